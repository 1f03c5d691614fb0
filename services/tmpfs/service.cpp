// Start, volumes, and the record of operations.
#include "services/tmpfs/service.hpp"

namespace hinge::tmpfs {

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  Guard guard{lock_};
  if (attached_) return ok;
  TRY(store_.attach());
  attached_ = true;
  return ok;
}

Result<> Service::restart() {
  Guard guard{lock_};
  return store_.attach();
}

OperationRecord const* Service::done_before(Operation operation, Caller const& caller) {
  OperationRecord* const r = store_.operation_of(caller.thread);
  if (!r) return nullptr;
  if (caller.reason == Reason::repeated)
    return r->sequence == caller.sequence && r->method == operation.method && r->subject == operation.subject ? r : nullptr;
  // A thread waits for one answer at a time: that it asks something new says that it has had the last one.
  r->sequence = 0;
  return nullptr;
}

Result<> Service::record(host::UndoLog& undo, Operation operation, Caller const& caller, FileSystem::Removed removed, Name inode) {
  if (caller.sequence == 0 || caller.thread >= Store::max_threads) return ok;  // Not a request that anybody could issue again.
  return store_.record(undo, {caller.sequence, caller.thread, operation.method, operation.subject, removed, inode});
}

Result<FileSystem::Root::Reply> Service::on(FileSystem::Root const& m, Caller const&) {
  Guard guard{lock_};
  Name root{};
  store_.volumes.for_each([&](Name, VolumeRecord const& v) { if (v.number == m.volume) root = v.root; });
  if (!root) {
    host::Activation undo{store_.vault};
    Name const volume = TRY(store_.volumes.allocate(*undo));
    InodeRecord initial{};
    initial.mode = u32(FileType::directory) | (m.volume == 0 ? 0755 : 01777);
    initial.links = 2;
    initial.volume = volume.index;
    initial.access_ns = initial.change_data_ns = initial.change_ns = initial.birth_ns = m.now_ns;
    root = TRY(store_.create_inode(*undo, initial));
    TRY(undo->set(store_.inode(root)->parent, root));
    TRY(undo->set(*store_.volumes.find(volume), VolumeRecord{m.volume, root}));
    undo->commit();
  }
  return FileSystem::Root::Reply{store_.attributes(root, *store_.inode(root))};
}

Result<> Service::on(FileSystem::Discard const& m, Caller const&) {
  constexpr u32 steps = 64;  // Bounds one call.
  Guard guard{lock_};
  Name volume{}, name{};
  store_.volumes.for_each([&](Name v, VolumeRecord const& r) { if (r.number == m.volume) volume = v, name = r.root; });
  if (!volume) return ok;
  Name const root = name;
  for (u32 i = 0; i < steps; ++i) {
    // Down to a directory whose first entry has no entries of its own; that entry goes.
    EntryRecord const* e;
    while ((e = store_.entry(store_.inode(name)->first)) && store_.inode(e->inode)->first) name = e->inode;
    host::Activation undo{store_.vault};
    if (e) {
      Name const entry = store_.inode(name)->first, inode = e->inode;
      u32 const hash = e->hash;
      TRY(store_.remove_entry(*undo, entry, 0));
      if (TRY(drop_link(*undo, inode, 0)).links == 0) TRY(store_.free_inode(*undo, inode));
      undo->commit();
      store_.unindex(entry.index, hash);
      if (!store_.inode(name)->first) name = root;
    } else if (name == root) {
      TRY(store_.free_inode(*undo, root));
      TRY(store_.volumes.free(*undo, volume));
      undo->commit();
      return ok;
    }
  }
  return fail(Error::busy);
}

}  // namespace hinge::tmpfs
