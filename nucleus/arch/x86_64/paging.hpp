// Page-table entries as the processor reads them (Intel SDM vol. 3, 4.5), and the tables the nucleus starts on. The
// early mapper is for boot alone; nucleus/mm walks and extends the same tables afterwards.
#pragma once

#include "abi/layout.hpp"
#include "base/types.hpp"

namespace hinge::nucleus {

namespace pte {
inline constexpr u64 present = 1, writable = 2, user = 4, write_through = 8, cache_disable = 16;
inline constexpr u64 accessed = 32, dirty = 64, large = 128, global = 256, no_execute = u64{1} << 63;
inline constexpr u64 frame_mask = 0x000f'ffff'ffff'f000;
}  // namespace pte

inline constexpr u64 large_page_bytes = u64{2} << 20;

/// The direct map's view of physical memory. RAM only.
template <class T = void>
T* direct(PhysAddr at) { return reinterpret_cast<T*>(layout::direct_map + at.raw()); }
/// The other way round; `p` must lie in the direct map.
inline PhysAddr physical(void const* p) { return PhysAddr{reinterpret_cast<u64>(p) - layout::direct_map}; }
/// Of something in the nucleus image.
inline PhysAddr image_physical(void const* p) { return PhysAddr{reinterpret_cast<u64>(p) - layout::nucleus_image}; }

/// Boot: builds the final tables (direct map, image W^X, device window) and switches to them.
void paging_init();
/// Boot: maps one page of the kernel half, or the stack with this number (see cpu.hpp), on fresh frames.
void early_map(u64 address, PhysAddr frame, u64 flags);
void early_map_stack(u32 number);

/// Maps [at, at + bytes) uncached in the device window, for good; never fails during boot, null when the window is
/// full. Any time, boot CPU or under the caller's lock.
void* map_device(PhysAddr at, u64 bytes);
/// The same, cached: firmware tables.
void* map_firmware(PhysAddr at, u64 bytes);

}  // namespace hinge::nucleus
