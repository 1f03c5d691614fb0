// The address map that every side agrees on. Four-level paging, 48-bit addresses.
//   lower half            a process' own memory (empty in a pure service domain)
//   entries 256..319      nucleus: direct map (256), object pools (272), kernel stacks (273), per-CPU areas (274)
//   entries 320..383      slots: one top-level entry (512 GiB) for each service, on whichever side it is
//   entry 511             nucleus image at -2 GiB
#pragma once

#include "base/types.hpp"

namespace hinge::layout {

inline constexpr u64 entry_bytes = u64{1} << 39;  ///< Reach of one top-level page-table entry.
constexpr u64 entry_base(u64 entry) { return 0xffff'0000'0000'0000 | (entry << 39); }

inline constexpr u64 user_begin = 0x1'0000;              ///< Lowest address a process may map (mmap_min_addr).
inline constexpr u64 user_end = 0x7fff'ffff'f000;        ///< One page short of the canonical hole, as Linux has it.
inline constexpr u64 stack_area_bytes = u64{128} << 20;  ///< Below user_end; mappings without a wish go below it.

inline constexpr u64 direct_map = entry_base(256);       ///< All physical memory, U=0, NX, at most 512 GiB.
inline constexpr u64 pools = entry_base(272);
inline constexpr u64 kernel_stacks = entry_base(273);
inline constexpr u64 nucleus_image = 0xffff'ffff'8000'0000;

inline constexpr u64 first_slot_entry = 320;
inline constexpr u64 slot_count = 64;
constexpr u64 slot_base(u64 slot) { return entry_base(first_slot_entry + slot); }
static_assert(slot_base(0) == 0xffff'a000'0000'0000);

/// Inside a slot, offsets from its base.
inline constexpr u64 slot_image = 0;                      ///< Image header, text, read-only data, data, bss: up to 1 GiB.
inline constexpr u64 slot_stacks = u64{1} << 30;          ///< Activation stacks, each below a guard page.
inline constexpr u64 slot_heap = u64{16} << 30;           ///< Committed on demand by the service.
inline constexpr u64 slot_vault = u64{128} << 30;         ///< State that outlives a crash.
inline constexpr u64 slot_windows = u64{192} << 30;       ///< Mappings of memory objects: boot image, device registers.
inline constexpr u64 slot_pages = u64{256} << 30;         ///< Page frames by the page: caches that supply memory objects.

inline constexpr u64 activation_stack_bytes = 16 * 1024;  ///< Usable; below it one guard page.
inline constexpr u64 activation_stack_stride = 32 * 1024;
inline constexpr u64 kernel_stack_bytes = 16 * 1024;
inline constexpr u64 kernel_stack_stride = 32 * 1024;

/// Stacks have numbers that tell them apart on either side: what a lock's word says of its owner. The nucleus keeps the
/// index of a stack's activation in the stack: in the last word of an activation stack, in the first of a kernel stack.
inline constexpr u32 stack_number_mask = 0x7fff'ffff;
constexpr u32 stack_number(u64 address) { return u32(address / activation_stack_stride) & stack_number_mask; }
/// Where that stack ends: all of them lie in the entries 256 to 383.
constexpr u64 stack_end(u32 number) {
  return (u64{0xffff'8000'0000'0000} | u64{number & stack_number_mask} * activation_stack_stride) + activation_stack_stride;
}
static_assert(kernel_stack_stride == activation_stack_stride && stack_number_mask / (entry_bytes / activation_stack_stride) == 127);
static_assert(stack_end(stack_number(kernel_stacks)) == kernel_stacks + kernel_stack_stride);

}  // namespace hinge::layout
