// The machine's IOMMU: Intel's VT-d ("Intel Virtualization Technology for Directed I/O", chapters 3, 6, 7 and 11; QEMU's
// intel-iommu). One unit for all PCI devices, second-level translation, invalidation through registers. From
// iommu_enable on a device without a context entry reaches nothing. Interrupts are not remapped: a device may still write
// to 0xfee00000..0xfeefffff, which raises interrupts and touches no memory.
#pragma once

#include "nucleus/mm/dma.hpp"

namespace hinge::nucleus {

/// An access that was refused.
struct IommuFault {
  u32 function;            ///< bus << 8 | device << 3 | function.
  u32 reason;              ///< VT-d, appendix A.
  u64 address;             ///< Its page.
  bool write;
};

/// Looks at the unit whose registers begin there. not_supported: it cannot do what is needed here. busy: there is one already.
Result<mm::DmaHardware const*> iommu_find(PhysAddr registers, mm::Memory& memory);
/// Turns translation on. `on_fault` is called for each refused access, from an interrupt, without locks.
void iommu_enable(void (*on_fault)(IommuFault const& fault));

}  // namespace hinge::nucleus
