#include "services/ext4/mounts.hpp"

#include "host/log.hpp"

namespace hinge::ext4 {

Result<> Mounts::start(Port<BlockDevice> const& disks) {
  Guard guard{mounting_};
  if (heap_) return ok;
  host::PoolBase* pools[] = {&records_};
  (void)TRY(vault_.attach("ext4", 1, pools));
  heap_ = host::make<Heap>(disks);
  if (!heap_) return fail(Error::no_memory);
  return ok;
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

Result<Ref<Volume>> Mounts::find(u64 volume, Caller const& caller) {
  if (auto v = find_open(volume)) return v;
  Guard guard{mounting_};
  if (auto v = find_open(volume)) return v;
  Name const name = find_record(volume);
  if (!name) return fail(Error::not_found);
  return open(*records_.find(name), caller);
}

Result<> Mounts::mount(MountRecord const& record, Caller const& caller) {
  Guard guard{mounting_};
  if (Name const name = find_record(record.volume)) {
    if (*records_.find(name) != record) return fail(Error::busy);
    if (!find_open(record.volume)) (void)TRY(open(record, caller));
    return ok;
  }
  if (records_.used() == max_mounts) return fail(Error::no_space);
  (void)TRY(open(record, caller));
  host::Activation undo{vault_};
  Name const name = TRY(records_.allocate(*undo));
  TRY(undo->set(*records_.find(name), record));
  undo->commit();
  return ok;
}

Result<> Mounts::unmount(u64 volume) {
  Guard guard{mounting_};
  Ref<Volume> gone;  // Ends after the locks, with whoever uses it last.
  if (Name const name = find_record(volume)) {
    host::Activation undo{vault_};
    TRY(records_.free(*undo, name));
    undo->commit();
  }
  Guard inner{heap_->lock};
  for (auto& v : heap_->open)
    if (v && v->number == volume) gone = std::move(v);
  return ok;
}

Result<Ref<Volume>> Mounts::open(MountRecord const& record, Caller const& caller) {
  auto const disk = Disk::open(heap_->disks, record.unit, record.first, record.blocks, caller);
  if (!disk) {
    host::log("volume {}: no disk {} with blocks {} + {}: {}", record.volume, record.unit, record.first, record.blocks, disk.error());
    return fail(disk.error());
  }
  Ref<Volume> const volume = host::make_ref<Volume>(record.volume, ++identities_, *disk, heap_->cache);
  if (!volume) return fail(Error::no_memory);
  TRY(open_volume(*volume, caller));
  Guard guard{heap_->lock};
  for (auto& v : heap_->open)
    if (!v) {
      v = volume;
      return volume;
    }
  return fail(Error::no_space);
}

}  // namespace hinge::ext4
