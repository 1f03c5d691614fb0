#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<> Memory::start(std::span<PhysRange const> usable, PhysAddr master, TlbHardware const& hardware, u32 first_stack) {
  tlb.start(hardware);
  TRY(frames.start(usable));
  roots.start(frames, tlb, master);
  spaces.start(frames);
  regions.start(frames);
  objects.start(frames);
  slots.start(frames);
  dma.start(*this);
  TRY(pools.start(*this, layout::pools));
  return stacks.start(*this, first_stack);
}

}  // namespace hinge::nucleus::mm
