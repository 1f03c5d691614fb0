// Rename: one name takes another's place, or two change places, in one step. The rules are rename(2)'s and renameat2(2)'s.
#include "services/tmpfs/service.hpp"

namespace hinge::tmpfs {
namespace {

using Rename = FileSystem::Rename;
bool is_directory(InodeRecord const& i) { return FileType(i.mode & file_type_mask) == FileType::directory; }

}  // namespace

bool Service::is_above(Name ancestor, Name directory) const {
  for (;;) {
    if (directory == ancestor) return true;
    InodeRecord const* const d = store_.inode(directory);
    if (!d || d->parent == directory) return false;
    directory = d->parent;
  }
}

/// ".." of a moved directory leads to its new home.
Result<> Service::reparent(host::UndoLog& undo, Name inode, Name directory) {
  InodeRecord& i = *store_.inode(inode);
  return is_directory(i) ? undo.set(i.parent, directory) : Result<>{ok};
}

Result<FileSystem::Removed> Service::on(Rename const& m, Caller const& caller) {
  constexpr u64 known = Rename::no_replace | Rename::exchange;
  if ((m.flags & ~known) || m.flags == known || m.new_name.bytes == 0) return fail(Error::invalid);
  if (m.new_name.bytes > FileName::max_bytes) return fail(Error::name_too_long);
  FileName new_text;
  new_text.bytes = u8(m.new_name.bytes);
  TRY(m.new_name.copy_in(0, new_text.text, m.new_name.bytes));
  auto const name = TRY(checked(m.name));
  auto const new_name = TRY(checked(new_text));

  Guard guard{lock_};
  Operation const operation{FileSystem::List::index<Rename>(),
                            detail::hash(new_name, detail::hash(name, m.from.raw() ^ m.to.raw() << 20))};
  if (auto const* before = done_before(operation, caller)) return before->removed;
  InodeRecord const& from = *TRY(store_.directory(m.from));
  InodeRecord const& to = *TRY(store_.directory(m.to));
  if (from.volume != to.volume) return fail(Error::cross_device);
  if (to.links == 0) return fail(Error::not_found);
  Name const entry = store_.find(to_name(m.from), name);
  if (!entry) return fail(Error::not_found);
  Name const other = store_.find(to_name(m.to), new_name);
  Name const moved = store_.entry(entry)->inode;
  if (is_directory(*store_.inode(moved)) && is_above(moved, to_name(m.to))) return fail(Error::invalid);

  if (m.flags & Rename::exchange) {
    if (!other) return fail(Error::not_found);
    Name const there = store_.entry(other)->inode;
    if (is_directory(*store_.inode(there)) && is_above(there, to_name(m.from))) return fail(Error::invalid);
    return exchange(m, operation, entry, other, caller);
  }
  if (other && (m.flags & Rename::no_replace)) return fail(Error::exists);
  return move(m, operation, entry, new_name, other, caller);
}

Result<FileSystem::Removed> Service::exchange(Rename const& m, Operation operation, Name entry, Name other, Caller const& caller) {
  EntryRecord& a = *store_.entry(entry);
  EntryRecord& b = *store_.entry(other);
  host::Activation undo{store_.vault};
  Name const first = a.inode, second = b.inode;
  TRY(undo->set(a.inode, second));
  TRY(undo->set(b.inode, first));
  TRY(reparent(*undo, first, b.directory));
  TRY(reparent(*undo, second, a.directory));
  // A directory that changes homes takes its ".." with it, which counts as a link of the home.
  i32 const gained = i32(is_directory(*store_.inode(first))) - i32(is_directory(*store_.inode(second)));
  InodeRecord& from = *store_.inode(a.directory);
  InodeRecord& to = *store_.inode(b.directory);
  if (a.directory != b.directory) {
    TRY(undo->set(to.links, to.links + u32(gained)));
    TRY(undo->set(from.links, from.links - u32(gained)));
  }
  for (InodeRecord* d : {&from, &to}) {
    TRY(undo->set(d->change_data_ns, m.now_ns));
    TRY(undo->set(d->change_ns, m.now_ns));
  }
  for (Name i : {first, second}) TRY(undo->set(store_.inode(i)->change_ns, m.now_ns));
  TRY(record(*undo, operation, caller, {}, first));
  undo->commit();
  return FileSystem::Removed{};
}

Result<FileSystem::Removed> Service::move(Rename const& m, Operation operation, Name entry, std::string_view new_name,
                                          Name replaced, Caller const& caller) {
  Name const inode = store_.entry(entry)->inode;
  Name const victim = replaced ? store_.entry(replaced)->inode : Name{};
  if (victim == inode) return FileSystem::Removed{};  // Two names of one file: nothing happens.
  InodeRecord& i = *store_.inode(inode);
  if (victim) {
    InodeRecord const& v = *store_.inode(victim);
    if (is_directory(i) && !is_directory(v)) return fail(Error::not_directory);
    if (!is_directory(i) && is_directory(v)) return fail(Error::is_directory);
    if (is_directory(v) && v.entries) return fail(Error::not_empty);
  }
  if (is_directory(i) && !victim && m.from != m.to && store_.inode(to_name(m.to))->links >= Store::max_links)
    return fail(Error::too_many_links);

  u32 const hash = store_.entry(entry)->hash;
  u32 const replaced_hash = replaced ? store_.entry(replaced)->hash : 0;
  FileSystem::Removed removed{};
  host::Activation undo{store_.vault};
  // Before anything is freed: what is free now must keep its contents in case of a roll-back.
  Name const fresh = TRY(store_.add_entry(*undo, to_name(m.to), new_name, inode, m.now_ns));
  if (replaced) {
    TRY(store_.remove_entry(*undo, replaced, m.now_ns));
    removed = TRY(drop_link(*undo, victim, m.now_ns));
  }
  TRY(store_.remove_entry(*undo, entry, m.now_ns));
  TRY(reparent(*undo, inode, to_name(m.to)));
  TRY(undo->set(i.change_ns, m.now_ns));
  TRY(record(*undo, operation, caller, removed, inode));
  undo->commit();
  store_.unindex(entry.index, hash);
  if (replaced) store_.unindex(replaced.index, replaced_hash);
  store_.index(fresh);
  return removed;
}

}  // namespace hinge::tmpfs
