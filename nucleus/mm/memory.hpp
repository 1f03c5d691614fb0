// Everything the memory manager keeps, as one value: the kernel has one, tests as many as they like.
// Start order: Memory::start with the usable ranges and the boot root; then KernelAreas, slots, spaces.
#pragma once

#include "nucleus/mm/dma.hpp"
#include "nucleus/mm/frames.hpp"
#include "nucleus/mm/kernel_area.hpp"
#include "nucleus/mm/object.hpp"
#include "nucleus/mm/roots.hpp"
#include "nucleus/mm/shootdown.hpp"
#include "nucleus/mm/slab.hpp"
#include "nucleus/mm/slot_memory.hpp"
#include "nucleus/mm/space.hpp"

namespace hinge::nucleus::mm {

class Memory {
 public:
  Memory() = default;

  /// `usable`: free physical memory, below the end of the direct map. `master`: the root loaded now, whose upper half
  /// becomes the master's. The nucleus' own account pays for pools and stacks.
  /// `first_stack`: number of the first kernel stack that is not a CPU's own.
  Result<> start(std::span<PhysRange const> usable, PhysAddr master, TlbHardware const& hardware, u32 first_stack);

  Frames frames;
  Shootdown tlb;
  Roots roots;
  Account nucleus_account{~u64{0} >> 1};
  Slab<Space> spaces;
  Slab<Region> regions;
  Slab<Object> objects;
  Slab<SlotMemory> slots;
  KernelArea pools;                           ///< layout::pools
  KernelStacks stacks;
  Dma dma;
};

}  // namespace hinge::nucleus::mm
