// Changes of single names and inodes. Rename has a file of its own.
#include <utility>

#include "services/tmpfs/service.hpp"

namespace hinge::tmpfs {
namespace {

bool is_directory(InodeRecord const& i) { return FileType(i.mode & file_type_mask) == FileType::directory; }

bool is_known_type(u32 mode) {
  switch (FileType(mode & file_type_mask)) {
    case FileType::fifo: case FileType::character: case FileType::directory: case FileType::block:
    case FileType::regular: case FileType::socket: return (mode & ~(file_type_mask | permission_mask)) == 0;
    case FileType::symlink: return false;
  }
  return false;
}

InodeRecord fresh(u32 mode, u32 owner, u32 group, i64 now_ns) {
  InodeRecord i{};
  i.mode = mode;
  i.owner = owner;
  i.group = group;
  i.links = is_directory(i) ? 2 : 1;
  i.access_ns = i.change_data_ns = i.change_ns = i.birth_ns = now_ns;
  return i;
}

}  // namespace

Result<Name> Service::room_for(InodeNumber directory, std::string_view name) const {
  InodeRecord const* const d = TRY(store_.directory(directory));
  if (d->links == 0) return fail(Error::not_found);
  if (store_.find(to_name(directory), name)) return fail(Error::exists);
  return to_name(directory);
}

Result<Name> Service::make(host::UndoLog& undo, InodeNumber directory, InodeRecord initial, std::string_view name, i64 now_ns,
                           Name& entry) {
  Name const d = TRY(room_for(directory, name));
  InodeRecord& parent = *store_.inode(d);
  if (is_directory(initial) && parent.links >= Store::max_links) return fail(Error::too_many_links);
  initial.volume = parent.volume;
  if (is_directory(initial)) initial.parent = d;
  Name const inode = TRY(store_.create_inode(undo, initial));
  entry = TRY(store_.add_entry(undo, d, name, inode, now_ns));
  return inode;
}

Result<FileSystem::Create::Reply> Service::on(FileSystem::Create const& m, Caller const& caller) {
  if (!is_known_type(m.mode)) return fail(Error::invalid);
  InodeRecord initial = fresh(m.mode, m.owner, m.group, m.now_ns);
  initial.device = m.device;
  Guard guard{lock_};
  std::string_view const name = m.anonymous ? std::string_view{} : TRY(checked(m.name));
  Operation const operation{FileSystem::List::index<FileSystem::Create>(), detail::hash(name, m.directory.raw())};
  if (auto const* before = done_before(operation, caller))
    return FileSystem::Create::Reply{store_.attributes(before->inode, *TRY(store_.inode(to_number(before->inode))))};

  host::Activation undo{store_.vault};
  Name entry, inode;
  if (m.anonymous) {
    if (is_directory(initial)) return fail(Error::invalid);
    initial.volume = TRY(store_.directory(m.directory))->volume;
    initial.links = 0;
    inode = TRY(store_.create_inode(*undo, initial));
  } else {
    inode = TRY(make(*undo, m.directory, initial, name, m.now_ns, entry));
  }
  TRY(record(*undo, operation, caller, {}, inode));
  undo->commit();
  if (entry) store_.index(entry);
  return FileSystem::Create::Reply{store_.attributes(inode, *store_.inode(inode))};
}

Result<FileSystem::Symlink::Reply> Service::on(FileSystem::Symlink const& m, Caller const& caller) {
  constexpr u32 max_target = 4095;
  if (m.target.bytes == 0) return fail(Error::invalid);
  if (m.target.bytes > max_target) return fail(Error::name_too_long);
  auto const name = TRY(checked(m.name));
  Guard guard{lock_};
  Operation const operation{FileSystem::List::index<FileSystem::Symlink>(), detail::hash(name, m.directory.raw())};
  if (auto const* before = done_before(operation, caller))
    return FileSystem::Symlink::Reply{store_.attributes(before->inode, *TRY(store_.inode(to_number(before->inode))))};

  host::Activation undo{store_.vault};
  InodeRecord initial = fresh(u32(FileType::symlink) | 0777, m.owner, m.group, m.now_ns);
  initial.size = m.target.bytes;
  TRY(m.target.copy_in(0, target_, m.target.bytes));
  initial.target = TRY(store_.add_text(*undo, {target_, m.target.bytes}));
  Name entry;
  Name const inode = TRY(make(*undo, m.directory, initial, name, m.now_ns, entry));
  TRY(record(*undo, operation, caller, {}, inode));
  undo->commit();
  store_.index(entry);
  return FileSystem::Symlink::Reply{store_.attributes(inode, *store_.inode(inode))};
}

Result<FileSystem::Link::Reply> Service::on(FileSystem::Link const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  Guard guard{lock_};
  Name const inode = to_name(m.inode);
  InodeRecord& i = *TRY(store_.inode(m.inode));
  Operation const operation{FileSystem::List::index<FileSystem::Link>(), detail::hash(name, m.directory.raw() ^ m.inode.raw() << 20)};
  if (done_before(operation, caller)) return FileSystem::Link::Reply{store_.attributes(inode, i)};

  if (is_directory(i)) return fail(Error::not_permitted);
  if (i.links >= Store::max_links) return fail(Error::too_many_links);
  Name const d = TRY(room_for(m.directory, name));
  if (store_.inode(d)->volume != i.volume) return fail(Error::cross_device);
  host::Activation undo{store_.vault};
  Name const entry = TRY(store_.add_entry(*undo, d, name, inode, m.now_ns));
  TRY(undo->set(i.links, i.links + 1));
  TRY(undo->set(i.change_ns, m.now_ns));
  TRY(record(*undo, operation, caller, {}, inode));
  undo->commit();
  store_.index(entry);
  return FileSystem::Link::Reply{store_.attributes(inode, i)};
}

Result<FileSystem::Removed> Service::drop_link(host::UndoLog& undo, Name name, i64 now_ns) {
  InodeRecord& i = *store_.inode(name);
  // A directory's own "." goes with its last name.
  TRY(undo.set(i.links, is_directory(i) ? 0 : i.links - 1));
  TRY(undo.set(i.change_ns, now_ns));
  return FileSystem::Removed{to_number(name), i.links, 1};
}

Result<FileSystem::Removed> Service::remove(Operation operation, InodeNumber directory, std::string_view name, i64 now_ns,
                                            bool as_directory, Caller const& caller) {
  if (auto const* before = done_before(operation, caller)) return before->removed;
  (void)TRY(store_.directory(directory));
  Name const entry = store_.find(to_name(directory), name);
  EntryRecord const* const e = store_.entry(entry);
  if (!e) return fail(Error::not_found);
  InodeRecord const& i = *store_.inode(e->inode);
  if (as_directory && !is_directory(i)) return fail(Error::not_directory);
  if (!as_directory && is_directory(i)) return fail(Error::is_directory);
  if (as_directory && i.entries) return fail(Error::not_empty);

  u32 const hash = e->hash;
  host::Activation undo{store_.vault};
  Name const inode = e->inode;
  TRY(store_.remove_entry(*undo, entry, now_ns));
  auto const removed = TRY(drop_link(*undo, inode, now_ns));
  TRY(record(*undo, operation, caller, removed, inode));
  undo->commit();
  store_.unindex(entry.index, hash);
  return removed;
}

Result<FileSystem::Removed> Service::on(FileSystem::Unlink const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  Guard guard{lock_};
  return remove({FileSystem::List::index<FileSystem::Unlink>(), detail::hash(name, m.directory.raw())}, m.directory, name,
                m.now_ns, false, caller);
}

Result<FileSystem::Removed> Service::on(FileSystem::RemoveDirectory const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  Guard guard{lock_};
  return remove({FileSystem::List::index<FileSystem::RemoveDirectory>(), detail::hash(name, m.directory.raw())}, m.directory,
                name, m.now_ns, true, caller);
}

Result<FileSystem::SetAttributes::Reply> Service::on(FileSystem::SetAttributes const& m, Caller const&) {
  using Set = FileSystem::SetAttributes;
  Guard guard{lock_};
  InodeRecord& i = *TRY(store_.inode(m.inode));
  if ((m.mask & Set::size) && FileType(i.mode & file_type_mask) != FileType::regular) return fail(Error::invalid);
  host::Activation undo{store_.vault};
  if (m.mask & Set::mode) TRY(undo->set(i.mode, (i.mode & file_type_mask) | (m.new_mode & permission_mask)));
  if (m.mask & Set::owner) TRY(undo->set(i.owner, m.new_owner));
  if (m.mask & Set::group) TRY(undo->set(i.group, m.new_group));
  if (m.mask & Set::size) TRY(undo->set(i.size, m.new_size));
  if (m.mask & Set::access) TRY(undo->set(i.access_ns, m.access_ns));
  if (m.mask & Set::change_data) TRY(undo->set(i.change_data_ns, m.change_data_ns));
  if (m.mask & Set::change) TRY(undo->set(i.change_ns, m.change_ns));
  undo->commit();
  return Set::Reply{store_.attributes(to_name(m.inode), i)};
}

Result<> Service::on(FileSystem::Release const& m, Caller const&) {
  Guard guard{lock_};
  InodeRecord const* const i = store_.inode(to_name(m.inode));
  if (!i || i->links != 0) return ok;
  host::Activation undo{store_.vault};
  TRY(store_.free_inode(*undo, to_name(m.inode)));
  undo->commit();
  return ok;
}

}  // namespace hinge::tmpfs
