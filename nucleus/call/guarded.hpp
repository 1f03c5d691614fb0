// Copies between nucleus memory and memory of ring 3 or of slots, guarded by fix-ups: a page that cannot be had ends
// the copy instead of the machine. Page tables are those that are loaded. Interrupts may be on or off.
#pragma once

#include "abi/layout.hpp"
#include "base/types.hpp"
#include "nucleus/arch/x86_64/features.hpp"

namespace hinge::nucleus {

extern "C" usize copy_guarded(void* to, void const* from, usize bytes);
extern "C" u32 exchange_guarded(u32* user, u32 expected, u32 desired, u32* old);

constexpr bool in_lower_half(u64 address, u64 bytes) {
  return address < layout::user_end && bytes <= layout::user_end - address;
}

/// All of [address, address + bytes) in one slot; its number in `slot`.
constexpr bool in_slot(u64 address, u64 bytes, u64& slot) {
  slot = (address - layout::slot_base(0)) / layout::entry_bytes;
  return address >= layout::slot_base(0) && slot < layout::slot_count && bytes <= layout::entry_bytes &&
         address - layout::slot_base(slot) <= layout::entry_bytes - bytes;
}

constexpr bool on_kernel_stacks(u64 address, u64 bytes) {
  return address >= layout::kernel_stacks && bytes <= layout::entry_bytes && address - layout::kernel_stacks <= layout::entry_bytes - bytes;
}

/// Bytes not copied. The slot address was checked to lie in a slot the current page tables map.
inline usize copy_to_slot(u64 slot_address, void const* from, usize bytes) {
  UserAccess access;
  return copy_guarded(reinterpret_cast<void*>(slot_address), from, bytes);
}
inline usize copy_from_slot(void* to, u64 slot_address, usize bytes) {
  UserAccess access;
  return copy_guarded(to, reinterpret_cast<void const*>(slot_address), bytes);
}

/// Bytes not copied; all of them when the range is not in the lower half.
extern "C" usize copy_from_user(void* to, u64 user, usize bytes);
extern "C" usize copy_to_user(u64 user, void const* from, usize bytes);

}  // namespace hinge::nucleus
