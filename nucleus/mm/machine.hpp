// The memory manager's view of the machine, and the only file here that differs between kernel and host: how the
// contents of a physical frame are reached, and which CPU this is. On the host physical memory is an array.
// Everything else that is hardware (TLB, interprocessor interrupts) goes through TlbHardware in shootdown.hpp.
#pragma once

#include "abi/layout.hpp"
#include "base/types.hpp"
#include "nucleus/limits.hpp"

#if !HINGE_HOST
#include "nucleus/arch/x86_64/cpu.hpp"
#endif

namespace hinge::nucleus::mm {

#if HINGE_HOST
inline constexpr bool poison_freed = true;
inline u8* fake_memory = nullptr;           ///< Page-aligned array that plays physical memory from address 0 on.
inline thread_local u32 fake_cpu = 0;
inline u64 frame_window() { return reinterpret_cast<u64>(fake_memory); }
inline u32 this_cpu() { return fake_cpu; }
#else
#ifdef HINGE_DEBUG
inline constexpr bool poison_freed = true;
#else
inline constexpr bool poison_freed = false;
#endif
inline u64 frame_window() { return layout::direct_map; }
inline u32 this_cpu() { return cpu().id; }
#endif

/// The contents of physical memory at `address`. The one way to them.
inline void* frame_pointer(PhysAddr address) { return reinterpret_cast<void*>(frame_window() + address.raw()); }
template <class T>
T* frame_pointer(PhysAddr address) { return static_cast<T*>(frame_pointer(address)); }

/// The inverse, for pointers that frame_pointer made.
inline PhysAddr frame_address(void const* pointer) { return PhysAddr{reinterpret_cast<u64>(pointer) - frame_window()}; }

/// What a CPU does each time round while it spins for a lock or an answer with interrupts off: serves the shootdowns
/// that others wait for, then pauses. Defined with the Memory that the kernel (or the test) runs on.
void while_waiting();

}  // namespace hinge::nucleus::mm
