// The personality's half of a process' memory: which files it shows, how much it has mapped.
#include "services/linux/memory/address_space.hpp"

#include <algorithm>

#include "host/host.hpp"
#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

AddressSpace::AddressSpace(Handle space) : handle{space} {}

AddressSpace::~AddressSpace() {
  (void)host::cap_delete(handle);
  let_go(files_);
}

Attempt<Ref<AddressSpace>> AddressSpace::create() {
  Handle const space = ATTEMPT(host::space_create());
  auto made = host::make_ref<AddressSpace>(space);
  if (made) return made;
  (void)host::cap_delete(space);
  return fail(Errno::no_memory);
}

Attempt<Ref<AddressSpace>> AddressSpace::clone() {
  Guard guard{lock};
  Handle const space = ATTEMPT(host::space_clone(handle));
  Ref<AddressSpace> copy = host::make_ref<AddressSpace>(space);
  if (!copy) {
    (void)host::cap_delete(space);
    return fail(Errno::no_memory);
  }
  // The copy's files are dropped outside the guard if this fails: they are ours as well, so none of them ends by that.
  ATTEMPT(copy->start_as(*this));
  return copy;
}

Attempt<> AddressSpace::start_as(AddressSpace const& from) {
  break_end = from.break_end;
  mapped_bytes = from.mapped_bytes;
  program = from.program;
  wants_barriers.store(from.wants_barriers.load(std::memory_order_relaxed), std::memory_order_relaxed);
  wants_global_barriers.store(from.wants_global_barriers.load(std::memory_order_relaxed), std::memory_order_relaxed);
  executable = from.executable;
  for (MappedFile* f = from.files_; f; f = f->next) ATTEMPT(keep(f->file, f->written));
  return ok;
}

Attempt<> AddressSpace::keep(Ref<File> file, bool written) {
  MappedFile* kept = files_;
  while (kept && kept->file != file) kept = kept->next;
  if (!kept) {
    if (!(kept = host::make<MappedFile>(files_, std::move(file), false))) return fail(Errno::no_memory);
    files_ = kept;
  }
  if (!written || kept->written) return ok;
  ATTEMPT(kept->file->begin_shared_writing());
  kept->written = true;
  return ok;
}

Ref<File> AddressSpace::mapped_file(u64 word) {
  Guard guard{lock};
  for (MappedFile* f = files_; f; f = f->next)
    if (reinterpret_cast<u64>(f->file.get()) == word) return f->file;
  return nullptr;
}

MappedFile* AddressSpace::sweep_files() {
  if (!files_) return nullptr;
  for (MappedFile* f = files_; f; f = f->next) f->seen = f->seen_written = false;
  RegionInfo region;
  for (u64 at = 0; host::space_query(handle, at, &region); at = region.end)
    for (MappedFile* f = files_; f && region.opaque[0]; f = f->next) {
      if (reinterpret_cast<u64>(f->file.get()) != region.opaque[0]) continue;
      f->seen = true;
      f->seen_written |= has(region.flags, MapFlag::shared) && has(region.maximum, Protection::write);
    }
  MappedFile* gone = nullptr;
  for (MappedFile** at = &files_; *at;) {
    MappedFile* const f = *at;
    if (f->written && !f->seen_written) {
      f->file->end_shared_writing();
      f->written = false;
    }
    if (f->seen) {
      at = &f->next;
      continue;
    }
    *at = f->next;
    f->next = gone;
    gone = f;
  }
  return gone;
}

void AddressSpace::let_go(MappedFile* files) {
  while (MappedFile* const f = files) {
    files = f->next;
    if (f->written) f->file->end_shared_writing();
    host::destroy(f);
  }
}

u64 AddressSpace::resident_bytes() const {
  RegionInfo first;
  return host::space_query(handle, 0, &first, Resident::of_space) ? first.resident * page_bytes : 0;
}

u64 AddressSpace::mapped_in(u64 begin, u64 end) {
  u64 sum = 0;
  RegionInfo region;
  for (u64 at = begin; at < end && host::space_query(handle, at, &region) && region.begin < end; at = region.end)
    sum += std::min(region.end, end) - std::max(region.begin, begin);
  return sum;
}

}  // namespace hinge::linux_service
