// mmap, munmap, mprotect, mremap, brk: changes of regions, each one step under the space's lock.
#include <algorithm>
#include <atomic>

#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/memory/map.hpp"

namespace hinge::linux_service {

namespace {

/// What a region shows: a file's object, an anonymous object of its own, or nothing.
struct Backing {
  Ref<File> file;
  Handle object{};
  bool owns_object = false;
  u64 identity = 0;        ///< Second opaque word: names shared anonymous memory, for futexes; or memory::own_copy.
  Protection maximum = all_access;
  bool written = false;    ///< A shared mapping that could change the file.

  Backing() = default;
  Backing(Backing&& other) noexcept
      : file{std::move(other.file)}, object{other.object}, owns_object{std::exchange(other.owns_object, false)},
        identity{other.identity}, maximum{other.maximum}, written{other.written} {}
  ~Backing() { if (owns_object) (void)host::cap_delete(object); }  // Regions keep it from then on.
};

Attempt<> back_by_shared_memory(Backing& backing, u64 bytes) {
  backing.object = ATTEMPT(host::object_create(ObjectKind::anonymous, bytes));
  backing.owns_object = true;
  backing.identity = memory::new_identity();
  return ok;
}

Attempt<Backing> backing_for(Thread& self, MapRequest const& r, i32 descriptor) {
  Backing backing;
  if (!r.anonymous) {
    backing.file = ATTEMPT(files::file_of(self, descriptor));
    backing.maximum = ATTEMPT(most_protection({backing.file->readable(), backing.file->writable()}, r.shared, r.protection));
    auto const memory = ATTEMPT(backing.file->memory(self));
    backing.object = memory.object;
    if (memory.write_sealed && r.shared) {
      if (has(r.protection, Protection::write)) return fail(Errno::not_permitted);
      backing.maximum = Protection::read | Protection::execute;
    }
    backing.written = r.shared && backing.file->writable();
    if (!r.shared && has(r.protection, Protection::write)) backing.identity = memory::own_copy;
    if (backing.object == no_handle) backing.file = nullptr;  // /dev/zero: as if without a file.
  }
  if (!backing.file && r.shared) ATTEMPT(back_by_shared_memory(backing, r.bytes));
  return backing;
}

Errno map_error(Error e) {
  switch (e) {
    case Error::exists: return Errno::exists;
    case Error::access: return Errno::access;
    case Error::invalid: case Error::bad_address: return Errno::invalid;
    default: return Errno::no_memory;
  }
}

/// Removes what is mapped of a range, region by region: a range may be the whole address space, regions are few. The
/// caller lets the files go without the lock; where none was mapped none goes.
Attempt<MappedFile*> unmap(AddressSpace& space, u64 begin, u64 bytes) HINGE_REQUIRES(space.lock) {
  u64 const end = begin + bytes;
  RegionInfo region;
  bool files = false;
  for (u64 at = begin; at < end && host::space_query(space.handle, at, &region) && region.begin < end; at = region.end) {
    files |= region.opaque[0] != 0;
    u64 const from = std::max(region.begin, begin), to = std::min(region.end, end);
    if (auto gone = host::space_unmap(space.handle, from, to - from); !gone) return fail(map_error(gone.error()));
    space.mapped_bytes -= to - from;
  }
  return files ? space.sweep_files() : nullptr;
}

}  // namespace

u64 memory::new_identity() {
  static constinit std::atomic<u64> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Value sys_mmap(Thread& self, Args const& a) {
  MapRequest const r = ATTEMPT(read_request(a[0], a[1], a[2], a[3], a[5]));
  Backing const backing = ATTEMPT(backing_for(self, r, a.integer(4)));
  AddressSpace& space = self.space();
  u64 const limit = self.process().limit(Resource::address_space);
  MappedFile* gone = nullptr;
  Attempt<u64> mapped = fail(Errno::no_memory);
  {
    Guard guard{space.lock};
    u64 const replaced = has(r.nucleus_flags, MapFlag::fixed) ? space.mapped_in(r.address, r.address + r.bytes) : 0;
    if (limit != unlimited && space.mapped_bytes - replaced + r.bytes > limit) return Errno::no_memory;
    if (backing.file) ATTEMPT(space.keep(backing.file, backing.written));
    auto const at = host::space_map(space.handle, {.address = r.address, .bytes = r.bytes, .protection = r.protection,
                                                   .maximum = backing.maximum, .flags = r.nucleus_flags,
                                                   .object = backing.object, .offset = backing.file ? r.offset : 0,
                                                   .opaque = {reinterpret_cast<u64>(backing.file.get()), backing.identity}});
    if (at) {
      mapped = *at;
      space.mapped_bytes += r.bytes - replaced;
    } else {
      mapped = fail(map_error(at.error()));
    }
    if (replaced || !at) gone = space.sweep_files();
  }
  AddressSpace::let_go(gone);
  if (mapped && has(r.nucleus_flags, MapFlag::populate) && backing.file)
    for (u64 at = *mapped; at < *mapped + r.bytes; at += page_bytes)
      if (memory::populate(self, space, UserAddr{at}, false) != memory::Populated::done) break;  // Only a wish.
  return mapped;
}

Value sys_munmap(Thread& self, Args const& a) {
  u64 const begin = a[0], bytes = align_up(a[1], page_bytes);
  if (begin % page_bytes || a[1] == 0 || bytes < a[1] || !is_user_range(UserAddr{begin}, bytes)) return Errno::invalid;
  AddressSpace& space = self.space();
  MappedFile* gone;
  {
    Guard guard{space.lock};
    gone = ATTEMPT(unmap(space, begin, bytes));
  }
  AddressSpace::let_go(gone);
  return 0;
}

Value sys_mprotect(Thread& self, Args const& a) {
  constexpr u64 bits = 7, ignored = 8;
  u64 const begin = a[0], bytes = align_up(a[1], page_bytes);
  if (begin % page_bytes || (a[2] & ~(bits | ignored))) return Errno::invalid;
  if (a[1] == 0) return 0;
  if (bytes < a[1] || !is_user_range(UserAddr{begin}, bytes)) return Errno::no_memory;
  AddressSpace& space = self.space();
  Guard guard{space.lock};
  auto const done = host::space_protect(space.handle, begin, bytes, Protection(u32(a[2] & bits)));
  if (!done) return done.error() == Error::access ? Errno::access : Errno::no_memory;
  return 0;
}

Value sys_mremap(Thread& self, Args const& a) {
  constexpr u64 may_move = 1, fixed = 2;
  u64 const from = a[0], old_bytes = align_up(a[1], page_bytes), new_bytes = align_up(a[2], page_bytes), flags = a[3];
  if (from % page_bytes || new_bytes == 0 || new_bytes < a[2] || (flags & ~(may_move | fixed))) return Errno::invalid;
  if ((flags & fixed) && (!(flags & may_move) || a[4] % page_bytes || !is_user_range(UserAddr{a[4]}, new_bytes))) return Errno::invalid;
  if (!is_user_range(UserAddr{from}, old_bytes) || !is_user_range(UserAddr{0}, new_bytes)) return Errno::invalid;
  if ((flags & fixed) && a[4] < from + old_bytes && from < a[4] + new_bytes) return Errno::invalid;
  if (old_bytes == 0) return Errno::invalid;  // Linux would duplicate a shared mapping.
  AddressSpace& space = self.space();
  u64 const limit = self.process().limit(Resource::address_space);
  MappedFile* gone = nullptr;
  u64 moved = 0;
  {
    Guard guard{space.lock};
    if (space.mapped_in(from, from + old_bytes) != old_bytes) return Errno::bad_address;
    if (new_bytes > old_bytes && limit != unlimited && space.mapped_bytes + new_bytes - old_bytes > limit) return Errno::no_memory;
    if (flags & fixed) gone = ATTEMPT(unmap(space, a[4], new_bytes));
    auto const at = host::space_remap(space.handle, from, old_bytes, flags & fixed ? a[4] : 0, new_bytes, flags & may_move);
    if (at) {
      moved = *at;
      space.mapped_bytes += new_bytes - old_bytes;
    }
  }
  AddressSpace::let_go(gone);
  return moved ? Value{moved} : Value{Errno::no_memory};
}

Value sys_brk(Thread& self, Args const& a) {
  AddressSpace& space = self.space();
  u64 const wanted = a[0], limit = self.process().limit(Resource::data), space_limit = self.process().limit(Resource::address_space);
  Guard guard{space.lock};
  u64 const begin = space.program.break_begin, old_end = align_up(space.break_end, page_bytes);
  u64 const new_end = align_up(wanted, page_bytes);
  if (wanted < begin || wanted > layout::user_end || (limit != unlimited && wanted - begin > limit)) return space.break_end;
  if (new_end > old_end) {
    if (space_limit != unlimited && space.mapped_bytes + new_end - old_end > space_limit) return space.break_end;
    auto const at = host::space_map(space.handle, {.address = old_end, .bytes = new_end - old_end,
                                                   .protection = Protection::read | Protection::write, .maximum = all_access,
                                                   .flags = u32(MapFlag::fixed_noreplace) | u32(MapFlag::large_pages),
                                                   .object = no_handle, .offset = 0, .opaque = {}});
    if (!at) return space.break_end;
    space.mapped_bytes += new_end - old_end;
  } else if (new_end < old_end) {
    if (!host::space_unmap(space.handle, new_end, old_end - new_end)) return space.break_end;
    space.mapped_bytes -= old_end - new_end;
  }
  space.break_end = wanted;
  return space.break_end;
}

}  // namespace hinge::linux_service
