// Checking mmap's arguments; no process needed.
#include "services/linux/memory/map.hpp"

#include "abi/layout.hpp"

namespace hinge::linux_service {

Attempt<Protection> most_protection(FileRights file, bool shared, Protection wanted) {
  if (!file.readable) return fail(Errno::access);
  if (!shared || file.writable) return all_access;
  if (has(wanted, Protection::write)) return fail(Errno::access);
  return Protection::read | Protection::execute;
}

Attempt<MapRequest> read_request(u64 address, u64 bytes, u64 protection, u64 flags, u64 offset) {
  constexpr u64 protection_bits = 7, ignored_protection = 8;  // PROT_SEM
  u32 const type = u32(flags) & map_flag::type;
  if (type != map_flag::shared && type != map_flag::private_ && type != map_flag::shared_validate) return fail(Errno::invalid);
  if (bytes == 0 || (protection & ~(protection_bits | ignored_protection)) || offset % page_bytes) return fail(Errno::invalid);
  if (flags & map_flag::huge) return fail(Errno::no_memory);
  u64 const rounded = align_up(bytes, page_bytes);
  if (rounded < bytes || rounded > layout::user_end) return fail(Errno::no_memory);
  if (offset + rounded < offset) return fail(Errno::overflow);

  MapRequest r{address, rounded, Protection(u32(protection & protection_bits)), 0, type != map_flag::private_,
               (flags & map_flag::anonymous) != 0, offset};
  bool const is_fixed = flags & (map_flag::fixed | map_flag::fixed_noreplace);
  if (is_fixed) {
    if (address % page_bytes) return fail(Errno::invalid);
    if (address > layout::user_end - rounded) return fail(Errno::no_memory);
    if (address < layout::user_begin) return fail(Errno::not_permitted);
    r.nucleus_flags |= u32(flags & map_flag::fixed_noreplace ? MapFlag::fixed_noreplace : MapFlag::fixed);
  } else {
    r.address = align_down(address, page_bytes);  // A wish that cannot be is none.
    if (r.address < layout::user_begin || r.address > layout::user_end - rounded) r.address = 0;
  }
  if (r.shared) r.nucleus_flags |= u32(MapFlag::shared);
  if (flags & map_flag::populate) r.nucleus_flags |= u32(MapFlag::populate);
  if ((flags & map_flag::grows_down) && !r.shared && r.anonymous) r.nucleus_flags |= u32(MapFlag::grows_down);
  else if (!(flags & map_flag::stack) && !r.shared && r.anonymous) r.nucleus_flags |= u32(MapFlag::large_pages);
  return r;
}

}  // namespace hinge::linux_service
