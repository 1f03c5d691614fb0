// cpio "newc": a header of 6 + 13 * 8 ASCII characters, the name with its terminating zero, padding to 4, the data,
// padding to 4. Numbers are eight hexadecimal digits.
#include "base/cpio.hpp"

#include <algorithm>

namespace hinge::cpio {
namespace {

enum Field : usize {
  inode, mode, user, group, links, modified, bytes, device_major, device_minor, node_major, node_minor, name_bytes, check,
  fields
};
constexpr usize magic_bytes = 6;
constexpr usize header_bytes = magic_bytes + fields * 8;
static_assert(header_bytes == 110);

Result<u32> hexadecimal(std::string_view text) {
  u32 value = 0;
  for (char c : text) {
    u32 digit;
    if (c >= '0' && c <= '9') digit = u32(c - '0');
    else if (c >= 'a' && c <= 'f') digit = u32(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F') digit = u32(c - 'A' + 10);
    else return fail(Error::corrupt);
    value = value << 4 | digit;
  }
  return value;
}

std::string_view plain(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.starts_with("/")) name.remove_prefix(1);
  return name;
}

}  // namespace

Result<Entry> Reader::member() {
  if (between_) {
    auto const zeros = archive_.subspan(at_);
    at_ += u64(std::find_if(zeros.begin(), zeros.end(), [](u8 b) { return b != 0; }) - zeros.begin());
  }
  u64 const left = archive_.size() - at_;
  if (left == 0) return fail(Error::not_found);
  if (left < header_bytes) return fail(Error::corrupt);
  std::string_view const rest{reinterpret_cast<char const*>(archive_.data()) + at_, left};
  if (!rest.starts_with("070701")) return fail(Error::corrupt);
  u32 f[fields];
  for (usize i = 0; i < fields; ++i) f[i] = TRY(hexadecimal(rest.substr(magic_bytes + i * 8, 8)));

  u64 const data_at = align_up(header_bytes + u64{f[name_bytes]}, 4);
  u64 const end = data_at + f[bytes];
  if (f[name_bytes] == 0 || end > left) return fail(Error::corrupt);
  std::string_view const name = rest.substr(header_bytes, f[name_bytes] - 1);
  if (rest[header_bytes + name.size()] != '\0' || name.find('\0') != name.npos) return fail(Error::corrupt);
  std::span<u8 const> const data = archive_.subspan(at_ + data_at, f[bytes]);
  at_ = std::min<u64>(at_ + align_up(end, 4), archive_.size());
  between_ = name == "TRAILER!!!";
  return Entry{plain(name), data, f[inode], f[mode], f[user], f[group], f[links], f[modified], f[node_major], f[node_minor]};
}

Result<Entry> Reader::next() {
  for (;;) {
    Entry const entry = TRY(member());
    if (!between_) return entry;
  }
}

Result<Entry> find(std::span<u8 const> archive, std::string_view name) {
  for (Reader reader{archive};;) {
    Entry const entry = TRY(reader.next());
    if (entry.name == name) return entry;
  }
}

}  // namespace hinge::cpio
