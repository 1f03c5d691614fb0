// What looks and changes nothing: lookup, attributes, symlinks, listings.
#include <algorithm>
#include <cstring>

#include "services/tmpfs/service.hpp"

namespace hinge::tmpfs {

Result<std::string_view> checked(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return fail(Error::invalid);
  if (name.size() > FileName::max_bytes) return fail(Error::name_too_long);
  for (char c : name)
    if (c == '/' || c == '\0') return fail(Error::invalid);
  return name;
}

Result<std::string_view> checked(FileName const& name) { return checked(name.view()); }

Result<FileSystem::Lookup::Reply> Service::on(FileSystem::Lookup const& m, Caller const&) {
  auto const name = TRY(checked(m.name));
  Guard guard{lock_};
  (void)TRY(store_.directory(m.directory));
  EntryRecord const* const e = store_.entry(store_.find(to_name(m.directory), name));
  if (!e) return fail(Error::not_found);
  return FileSystem::Lookup::Reply{store_.attributes(e->inode, *store_.inode(e->inode))};
}

Result<FileSystem::GetAttributes::Reply> Service::on(FileSystem::GetAttributes const& m, Caller const&) {
  Guard guard{lock_};
  return FileSystem::GetAttributes::Reply{store_.attributes(to_name(m.inode), *TRY(store_.inode(m.inode)))};
}

Result<FileSystem::Statistics::Reply> Service::on(FileSystem::Statistics const&, Caller const&) {
  constexpr u64 tmpfs_magic = 0x0102'1994;  // Linux' TMPFS_MAGIC, what programs know it by.
  host::SystemInfo system{};
  TRY(host::system_info(&system));
  Guard guard{lock_};
  return FileSystem::Statistics::Reply{.block_bytes = page_bytes,
                                       .blocks = system.frames_total / 2,
                                       .blocks_free = std::min(system.frames_total / 2, system.frames_free),
                                       .inodes = Store::max_inodes,
                                       .inodes_free = Store::max_inodes - store_.inodes_used(),
                                       .name_max = FileName::max_bytes,
                                       .kind = tmpfs_magic};
}

Result<u64> Service::on(FileSystem::ReadLink const& m, Caller const&) {
  Guard guard{lock_};
  InodeRecord const* const i = TRY(store_.inode(m.inode));
  if (FileType(i->mode & file_type_mask) != FileType::symlink) return fail(Error::invalid);
  char piece[256];
  u64 done = 0;
  while (done < m.into.bytes) {
    usize const room = std::min<u64>(sizeof piece, m.into.bytes - done);
    usize const n = store_.read_text(i->target, m.offset + done, i->size, piece, room);
    if (n == 0) break;
    TRY(m.into.copy_out(done, piece, n));
    done += n;
  }
  return i->size;
}

Result<FileSystem::ReadDirectory::Reply> Service::on(FileSystem::ReadDirectory const& m, Caller const&) {
  Guard guard{lock_};
  InodeRecord const* const d = TRY(store_.directory(m.directory));
  // A copy into the caller's buffer is a call of the host on the user side: records go in rows.
  alignas(8) char row[1024];
  static_assert(sizeof row >= FileSystem::Entry::bytes_for(FileName::max_bytes));
  u64 done = 0;
  usize used = 0;
  auto const send = [&]() -> Result<> {
    TRY(m.into.copy_out(done, row, used));
    done += used;
    used = 0;
    return ok;
  };
  Name name = store_.after(*d, to_name(m.directory), m.cookie);
  for (EntryRecord const* e; (e = store_.entry(name)); name = e->next) {
    usize const bytes = FileSystem::Entry::bytes_for(e->bytes);
    if (bytes > m.into.bytes - done - used) {
      if (done + used == 0) return fail(Error::invalid);
      break;
    }
    if (bytes > sizeof row - used) TRY(send());
    std::memset(row + used, 0, bytes);
    new (row + used) FileSystem::Entry{to_number(e->inode), Store::cookie(name, *e),
                                       store_.inode(e->inode)->mode & file_type_mask, u16(bytes), u16(e->bytes)};
    store_.text_of(*e, row + used + sizeof(FileSystem::Entry));
    used += bytes;
  }
  if (used) TRY(send());
  return FileSystem::ReadDirectory::Reply{done};
}

}  // namespace hinge::tmpfs
