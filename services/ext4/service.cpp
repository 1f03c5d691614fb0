#include "services/ext4/service.hpp"

#include <algorithm>

#include "services/ext4/attributes.hpp"
#include "services/ext4/directory.hpp"
#include "services/ext4/file.hpp"

namespace hinge::ext4 {
namespace {

constexpr u64 ext4_kind = 0xef53;  // Linux' EXT4_SUPER_MAGIC, what programs know it by.
constexpr u64 max_volume = (u64{1} << 31) - 1;

}  // namespace

Result<std::string_view> checked(FileName const& name) {
  std::string_view const text = name.view();
  if (text.empty() || is_dots(text)) return fail(Error::invalid);
  for (char c : text)
    if (c == '/' || c == '\0') return fail(Error::invalid);
  return text;
}

Result<> expect_file(Session const& session, InodeNumber number) {
  u32 const on_disk = u32(number.raw());
  if (on_disk != format::root_inode && on_disk < session.geometry().first_inode) return fail(Error::not_found);
  return ok;
}

template <class F>
auto Service::with_inode(InodeNumber number, Caller const& caller, F&& f)
    -> decltype(f(std::declval<Session const&>(), std::declval<Inode const&>())) {
  Ref<Volume> const volume = TRY(mounts_.find(number.raw() >> 32, caller));
  Session const session{*volume, caller};
  TRY(expect_file(session, number));
  Turn const turn{*volume};
  Inode const inode = TRY(read_inode(session, u32(number.raw())));
  return f(session, inode);
}

Result<FileSystem::Mount::Reply> Service::on(FileSystem::Mount const& m, Caller const& caller) {
  if (m.volume == 0 || m.volume > max_volume || m.read_only > 1) return fail(Error::invalid);
  TRY(mounts_.mount({.volume = m.volume, .unit = m.unit, .first = m.first, .blocks = m.blocks, .read_only = m.read_only, .log = {}}, caller));
  return FileSystem::Mount::Reply{.read_only = m.read_only};
}

Result<> Service::on(FileSystem::Remount const& m, Caller const& caller) {
  if (m.read_only > 1) return fail(Error::invalid);
  return mounts_.remount(m.volume, m.read_only != 0, caller);
}

Result<FileSystem::Root::Reply> Service::on(FileSystem::Root const& m, Caller const& caller) {
  if (m.volume > max_volume) return fail(Error::not_found);
  return with_inode(InodeNumber{m.volume << 32 | format::root_inode}, caller, [](Session const& s, Inode const& i) -> Result<FileSystem::Root::Reply> {
    return FileSystem::Root::Reply{attributes_of(s, i)};
  });
}

Result<FileSystem::Statistics::Reply> Service::on(FileSystem::Statistics const& m, Caller const& caller) {
  Ref<Volume> const volume = TRY(mounts_.find(m.volume, caller));
  Geometry const& g = volume->geometry;
  u64 blocks_free = g.free_blocks, inodes_free = g.free_inodes;
  if (volume->writing) {
    Turn const turn{*volume};
    Space const& space = volume->writing->space;
    blocks_free = space.free_blocks - std::min(space.free_blocks, space.promised + space.reserve);
    inodes_free = space.free_inodes;
  }
  return FileSystem::Statistics::Reply{.block_bytes = g.block_bytes,
                                       .blocks = g.blocks - g.overhead_blocks,
                                       .blocks_free = blocks_free,
                                       .inodes = g.inodes,
                                       .inodes_free = inodes_free,
                                       .name_max = FileName::max_bytes,
                                       .kind = ext4_kind};
}

Result<FileSystem::Lookup::Reply> Service::on(FileSystem::Lookup const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  return with_inode(m.directory, caller, [&](Session const& s, Inode const& directory) -> Result<FileSystem::Lookup::Reply> {
    if (directory.type() != FileType::directory) return fail(Error::not_directory);
    u32 const number = TRY(look_up(s, directory, name));
    return FileSystem::Lookup::Reply{attributes_of(s, TRY(read_named_inode(s, number, directory.number)))};
  });
}

Result<FileSystem::GetAttributes::Reply> Service::on(FileSystem::GetAttributes const& m, Caller const& caller) {
  return with_inode(m.inode, caller, [](Session const& s, Inode const& i) -> Result<FileSystem::GetAttributes::Reply> {
    return FileSystem::GetAttributes::Reply{attributes_of(s, i)};
  });
}

Result<u64> Service::on(FileSystem::ReadLink const& m, Caller const& caller) {
  return with_inode(m.inode, caller, [&](Session const& s, Inode const& i) { return read_link(s, i, m.into, m.offset); });
}

Result<u64> Service::on(FileSystem::Read const& m, Caller const& caller) {
  Ref<Volume> const volume = TRY(mounts_.find(m.inode.raw() >> 32, caller));
  Session const session{*volume, caller};
  TRY(expect_file(session, m.inode));
  return read_file(session, u32(m.inode.raw()), m.into, m.offset);
}

Result<u64> Service::on(FileSystem::FindData const& m, Caller const& caller) {
  return with_inode(m.inode, caller, [&](Session const& s, Inode const& i) { return find_data(s, i, m.offset, m.hole != 0); });
}

Result<u64> Service::on(FileSystem::ReadAttribute const& m, Caller const& caller) {
  return with_inode(m.inode, caller, [&](Session const& s, Inode const& i) { return read_attribute(s, i, m.name.view(), m.into); });
}

Result<u64> Service::on(FileSystem::ListAttributes const& m, Caller const& caller) {
  return with_inode(m.inode, caller, [&](Session const& s, Inode const& i) { return list_attributes(s, i, m.into); });
}

Result<FileSystem::ReadDirectory::Reply> Service::on(FileSystem::ReadDirectory const& m, Caller const& caller) {
  return with_inode(m.directory, caller, [&](Session const& s, Inode const& i) -> Result<FileSystem::ReadDirectory::Reply> {
    if (i.type() != FileType::directory) return fail(Error::not_directory);
    return FileSystem::ReadDirectory::Reply{TRY(list(s, i, m.into, m.cookie))};
  });
}

}  // namespace hinge::ext4
