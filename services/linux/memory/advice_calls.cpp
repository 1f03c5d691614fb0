// madvise, msync and the locking calls. Memory is never paged out here, so locking means having it present.
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

namespace {

struct Range { u64 begin, end; };

Attempt<Range> range_of(u64 begin, u64 bytes) {
  u64 const rounded = align_up(bytes, page_bytes);
  if (begin % page_bytes || rounded < bytes) return fail(Errno::invalid);
  if (!is_user_range(UserAddr{begin}, rounded)) return fail(Errno::no_memory);
  return Range{begin, begin + rounded};
}

/// no_memory when part of the range is not mapped.
Attempt<> check_mapped(AddressSpace& space, Range r) {
  Guard guard{space.lock};
  if (space.mapped_in(r.begin, r.end) != r.end - r.begin) return fail(Errno::no_memory);
  return ok;
}

Attempt<> make_all_present(Thread& self, Range r, bool write) {
  for (u64 at = r.begin; at < r.end; at += page_bytes) {
    if (self.interrupted()) return fail(Errno::interrupted);
    if (memory::populate(self, self.space(), UserAddr{at}, write) != memory::Populated::done) return fail(Errno::no_memory);
  }
  return ok;
}

Value lock_range(Thread& self, u64 begin, u64 bytes) {
  Range const r = ATTEMPT(range_of(align_down(begin, page_bytes), bytes + begin % page_bytes));
  ATTEMPT(check_mapped(self.space(), r));
  u64 const limit = self.process().limit(Resource::locked);
  if (!self.credentials->has(Capability::ipc_lock) && r.end - r.begin > limit) return Errno::no_memory;
  return make_all_present(self, r, false);
}

}  // namespace

Value sys_madvise(Thread& self, Args const& a) {
  enum Advice : i32 { normal, random, sequential, will_need, dont_need, free = 8, remove, dont_fork, do_fork,
                      mergeable, unmergeable, huge_page, no_huge_page, dont_dump, do_dump, wipe_on_fork, keep_on_fork,
                      cold, page_out, populate_read, populate_write };
  Range const r = ATTEMPT(range_of(a[0], a[1]));
  if (r.begin == r.end) return 0;
  switch (a.integer(2)) {
    case dont_need: case free: {
      AddressSpace& space = self.space();
      ATTEMPT(check_mapped(space, r));
      Guard guard{space.lock};
      return Attempt<>{host::space_discard(space.handle, r.begin, r.end - r.begin) ? Attempt<>{ok} : fail(Errno::invalid)};
    }
    case populate_read: return make_all_present(self, r, false);
    case populate_write: return make_all_present(self, r, true);
    case normal: case random: case sequential: case will_need: case mergeable: case unmergeable: case huge_page:
    case no_huge_page: case dont_dump: case do_dump: case cold: case page_out:
      return check_mapped(self.space(), r);
    default: return Errno::invalid;  // What would change behaviour and is not offered: remove, fork advice.
  }
}

Value sys_msync(Thread& self, Args const& a) {
  constexpr u32 async = 1, invalidate = 2, sync = 4;
  if ((a.word(2) & ~(async | invalidate | sync)) || (a.word(2) & (async | sync)) == (async | sync)) return Errno::invalid;
  Range const r = ATTEMPT(range_of(a[0], a[1]));
  AddressSpace& space = self.space();
  ATTEMPT(check_mapped(space, r));
  if (!(a.word(2) & sync)) return 0;
  RegionInfo region;
  for (u64 at = r.begin; at < r.end && host::space_query(space.handle, at, &region); at = region.end) {
    if (!has(region.flags, MapFlag::shared) || !region.opaque[0]) continue;
    if (Ref<File> const file = space.mapped_file(region.opaque[0])) ATTEMPT(file->synchronize(self, false));
  }
  return 0;
}

/// Of a file's pages: which could be read without waiting. Anonymous memory counts as present: it is never paged out, and what
/// was not touched yet costs no waiting either.
Value sys_mincore(Thread& self, Args const& a) {
  Range const r = ATTEMPT(range_of(a[0], a[1]));
  AddressSpace& space = self.space();
  ATTEMPT(check_mapped(space, r));
  u8 present[64];
  for (u64 at = r.begin; at < r.end;) {
    u32 count = 0;
    for (; count < sizeof present && at < r.end; ++count, at += page_bytes) {
      RegionInfo region;
      bool const known = bool{host::space_query(space.handle, at, &region)} && region.begin <= at && region.opaque[0];
      Ref<File> const file = known ? space.mapped_file(region.opaque[0]) : Ref<File>{};
      present[count] = !file || file->has_page((region.offset + (at - region.begin)) / page_bytes);
    }
    ATTEMPT(copy_to_user(self, a.address(2) + (at - r.begin) / page_bytes - count, present, count));
  }
  return 0;
}

Value sys_mlock(Thread& self, Args const& a) { return lock_range(self, a[0], a[1]); }
Value sys_mlock2(Thread& self, Args const& a) {
  constexpr u64 on_fault = 1;
  if (a[2] & ~on_fault) return Errno::invalid;
  return a[2] ? Value{0} : lock_range(self, a[0], a[1]);
}
Value sys_munlock(Thread& self, Args const& a) {
  Range const r = ATTEMPT(range_of(align_down(a[0], page_bytes), a[1] + a[0] % page_bytes));
  return check_mapped(self.space(), r);
}
Value sys_mlockall(Thread&, Args const& a) {
  constexpr u32 current = 1, future = 2, on_fault = 4;
  if (a.word(0) == 0 || (a.word(0) & ~(current | future | on_fault))) return Errno::invalid;
  return 0;
}
Value sys_munlockall(Thread&, Args const&) { return 0; }

}  // namespace hinge::linux_service
