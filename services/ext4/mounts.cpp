#include "services/ext4/mounts.hpp"

#include "host/log.hpp"
#include "services/ext4/inode_change.hpp"

namespace hinge::ext4 {

Result<> Mounts::start(Port<BlockDevice> const& disks) {
  Guard guard{mounting_};
  if (heap_) return ok;
  host::PoolBase* pools[] = {&records_, &logs_};
  (void)TRY(vault_.attach("ext4", 2, pools));
  heap_ = host::make<Heap>(disks);
  if (!heap_) return fail(Error::no_memory);
  return ok;
}

Result<> Mounts::restart(Port<BlockDevice> const& disks) {
  {
    Guard guard{mounting_};
    host::destroy(std::exchange(heap_, nullptr));
  }
  return start(disks);
}

Ref<Volume> Mounts::find_open(u64 volume) {
  Guard guard{heap_->lock};
  for (auto const& v : heap_->open)
    if (v && v->number == volume) return v;
  return nullptr;
}

Name Mounts::find_record(u64 volume) const {
  Name found{};
  records_.for_each([&](Name name, MountRecord const& r) { if (r.volume == volume) found = name; });
  return found;
}

Result<Ref<Volume>> Mounts::find_or_open(MountRecord const& record, Caller const& caller) {
  if (auto v = find_open(record.volume)) return v;
  return open(record, false, caller);
}

Result<Ref<Volume>> Mounts::find(u64 volume, Caller const& caller) {
  if (auto v = find_open(volume)) return v;
  Guard guard{mounting_};
  Name const name = find_record(volume);
  if (!name) return fail(Error::not_found);
  return find_or_open(*records_.find(name), caller);
}

Result<> Mounts::mount(MountRecord record, Caller const& caller) {
  Guard guard{mounting_};
  if (Name const name = find_record(record.volume)) {
    MountRecord const& there = *records_.find(name);
    if (!there.same_words(record)) return fail(Error::busy);
    (void)TRY(find_or_open(there, caller));
    return ok;
  }
  if (records_.used() == max_mounts) return fail(Error::no_space);
  host::Activation undo{vault_};
  if (!record.read_only) record.log = TRY(logs_.allocate(*undo));
  (void)TRY(open(record, true, caller));
  Name const name = TRY(records_.allocate(*undo));
  TRY(undo->set(*records_.find(name), record));
  undo->commit();
  return ok;
}

Ref<Volume> Mounts::close(u64 volume) {
  Guard inner{heap_->lock};
  for (auto& v : heap_->open)
    if (v && v->number == volume) return std::move(v);
  return nullptr;
}

Result<> Mounts::unmount(u64 volume, Caller const& caller) {
  Guard guard{mounting_};
  Name const name = find_record(volume);
  if (!name) return ok;
  Result<> closed = ok;
  if (MountRecord const& record = *records_.find(name); !record.read_only) {
    auto const open = find_or_open(record, caller);
    closed = open ? (*open)->writing->close(Session{**open, caller}) : fail(open.error());
  }
  host::Activation undo{vault_};
  if (Name const log = records_.find(name)->log) TRY(logs_.free(*undo, log));
  TRY(records_.free(*undo, name));
  undo->commit();
  Ref<Volume> const gone = close(volume);  // Ends with whoever uses it last.
  return closed ? Result<>{ok} : fail(Error::io);
}

Result<> Mounts::remount(u64 volume, bool read_only, Caller const& caller) {
  Guard guard{mounting_};
  Name const name = find_record(volume);
  if (!name) return fail(Error::not_found);
  MountRecord record = *records_.find(name);
  if ((record.read_only != 0) == read_only) return ok;
  Ref<Volume> const before = TRY(find_or_open(record, caller));
  Session const session{*before, caller};
  if (read_only) {
    Turn const turn{*before};
    if (TRY(first_orphan(session)) != 0) return fail(Error::busy);
  }
  if (read_only) TRY(before->writing->close(session));
  host::Activation undo{vault_};
  record.read_only = read_only;
  if (read_only) {
    TRY(logs_.free(*undo, record.log));
    record.log = {};
  } else {
    record.log = TRY(logs_.allocate(*undo));
  }
  (void)close(volume);
  TRY(open(record, !read_only, caller));
  TRY(undo->set(*records_.find(name), record));
  undo->commit();
  return ok;
}

Result<Ref<Volume>> Mounts::open(MountRecord const& record, bool fresh, Caller const& caller) {
  auto const disk = Disk::open(heap_->disks, record.unit, record.first, record.blocks, caller);
  if (!disk) {
    host::log("volume {}: no disk {} with blocks {} + {}: {}", record.volume, record.unit, record.first, record.blocks, disk.error());
    return fail(disk.error());
  }
  Ref<Volume> const volume = host::make_ref<Volume>(record.volume, ++identities_, *disk, heap_->cache);
  if (!volume) return fail(Error::no_memory);
  TRY(open_volume(*volume, caller));
  if (!record.read_only) TRY(begin_writing(*volume, *logs_.find(record.log), fresh, caller));
  Guard guard{heap_->lock};
  for (auto& v : heap_->open)
    if (!v) {
      v = volume;
      return volume;
    }
  return fail(Error::no_space);
}

}  // namespace hinge::ext4
