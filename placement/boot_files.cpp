// See the header. The archive is mapped behind the page that holds BootInfo.
#include "placement/boot_files.hpp"

#include <algorithm>

#include "base/cpio.hpp"
#include "host/image.hpp"

namespace hinge::placement {

Result<> BootFiles::attach(boot::BootInfo const& info) {
  if (info.magic != boot::flat_magic) return fail(Error::corrupt);
  command_line_ = {info.command_line, std::min<usize>(info.command_bytes, boot::command_line_bytes)};
  u64 const window = host::own_slot_base() + layout::slot_windows + page_bytes;
  TRY(host::window_map(no_handle, window, boot::initial(boot::Initial::archive), 0, align_up(info.archive_bytes, page_bytes),
                       Protection::read));
  archive_ = {reinterpret_cast<u8 const*>(window), info.archive_bytes};
  return ok;
}

Result<std::span<u8 const>> BootFiles::file(std::string_view name) const {
  return TRY(cpio::find(archive_, name)).data;
}

Result<std::string_view> BootFiles::open(std::string_view name) {
  constexpr std::string_view folder = "boot/presets/";
  char path[128];
  if (folder.size() + name.size() > sizeof path) return fail(Error::name_too_long);
  std::copy(folder.begin(), folder.end(), path);
  std::copy(name.begin(), name.end(), path + folder.size());
  auto const data = TRY(file({path, folder.size() + name.size()}));
  return std::string_view{reinterpret_cast<char const*>(data.data()), data.size()};
}

}  // namespace hinge::placement
