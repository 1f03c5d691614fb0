// Making pages: the nucleus fills what is anonymous or shared copy-on-write; for a page of a file it says not_present,
// the file supplies it to its memory object, and the nucleus is asked again.
#include "host/host.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/memory/address_space.hpp"

namespace hinge::linux_service::memory {

namespace {

/// Pages can be withdrawn and regions replaced between the steps; not forever without foul play.
constexpr u32 most_rounds = 16;

/// Asks the file behind a region for one page. `done` means: try again.
Populated supply(Thread& self, AddressSpace& space, RegionInfo const& region, u64 page, bool write) {
  Ref<File> const file = space.mapped_file(region.opaque[0]);
  if (!file) return Populated::done;  // Unmapped in the meantime: the next round will say.
  u64 const index = (region.offset + (page - region.begin)) >> page_shift;
  auto const supplied = file->supply_page(self, index, write && has(region.flags, MapFlag::shared));
  if (supplied) return Populated::done;
  return supplied.error() == Errno::no_memory ? Populated::no_memory : Populated::beyond_file;
}

}  // namespace

Populated populate(Thread& self, AddressSpace& space, UserAddr address, bool write) {
  if (!is_user_range(address, 1)) return Populated::no_region;
  u64 const page = align_down(address.raw(), page_bytes);
  for (u32 round = 0; round < most_rounds; ++round) {
    RegionInfo region{};
    auto const resolved = host::space_resolve(space.handle, page, write, &region);
    if (resolved) return Populated::done;
    switch (resolved.error()) {
      case Error::not_present: break;
      case Error::access: return Populated::no_access;
      case Error::no_memory: case Error::quota:
        if (files::give_way()) break;
        return Populated::no_memory;
      default: return Populated::no_region;
    }
    if (resolved.error() != Error::not_present) continue;
    Populated const supplied = supply(self, space, region, page, write);
    if (supplied != Populated::done) return supplied;
  }
  return Populated::no_memory;
}

namespace {

Attempt<> copy(Thread& self, AddressSpace& space, UserAddr user, void* own, usize bytes, bool write) {
  if (!is_user_range(user, bytes)) return fail(Errno::bad_address);
  for (usize done = 0, idle = 0; done < bytes && idle < most_rounds; ++idle) {
    auto const copied = host::space_copy(space.handle, user.raw() + done, static_cast<char*>(own) + done, bytes - done, write);
    if (!copied && copied.error() != Error::not_present) return fail(from(copied.error()));
    u64 const step = copied.value_or(0);
    done += step;
    if (step) idle = 0;
    if (done == bytes) return ok;
    // A private page is written even where the program may only read, so reading is all that is asked of it here.
    Populated const made = populate(self, space, user + done, false);
    if (made == Populated::no_memory) return fail(Errno::no_memory);
    if (made != Populated::done) return fail(Errno::bad_address);
  }
  return bytes ? Attempt<>{fail(Errno::bad_address)} : Attempt<>{ok};
}

}  // namespace

Attempt<> copy_to_space(Thread& self, AddressSpace& space, UserAddr to, void const* from, usize bytes) {
  return copy(self, space, to, const_cast<void*>(from), bytes, true);
}

Attempt<> copy_from_space(Thread& self, AddressSpace& space, void* to, UserAddr from, usize bytes) {
  return copy(self, space, from, to, bytes, false);
}

}  // namespace hinge::linux_service::memory
