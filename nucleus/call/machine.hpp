// What ties the core to the machine: the memory manager's value, the slots' accounts, and what the core's Machine
// calls do.
#pragma once

#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/core/core.hpp"
#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus {

/// Built by machine_start, not before: the nucleus has no global constructors.
union MemoryStorage {
  constexpr MemoryStorage() : nothing{} {}
  ~MemoryStorage() {}
  char nothing;
  struct {
    mm::Memory memory;
    mm::Root domain_roots[layout::slot_count + 1];
  } value;
};
extern MemoryStorage memory_storage;
inline constinit mm::Memory& memory = memory_storage.value.memory;
inline mm::Root& domain_root(u32 domain) { return memory_storage.value.domain_roots[domain]; }

inline mm::SlotMemory& memory_of(Slot& slot) { return *static_cast<mm::SlotMemory*>(slot.memory); }
mm::Account& account_of(u32 slot_index);

/// Once, on the boot CPU: memory manager, pools, this CPU's idle thread.
void machine_start();
/// On every CPU: idle thread, SYSCALL entry. The CPU may schedule afterwards.
void machine_start_cpu();

/// Of each CPU: held while it looks for an object of the memory manager by Core::peek and takes a reference. Who has removed
/// a capability takes them in turn, with the core lock: nobody that has seen it looks any more.
struct alignas(64) Peek { mm::Lock<mm::Rank::peek> lock; };
extern Peek peeks[max_cpus];

/// What a deleted capability let go: to be called without the core lock after operations that delete capabilities.
void give_up_leftovers();
inline void finish_releases() {
  if (cpu().leftovers) give_up_leftovers();
}

inline constexpr u8 program_priority = 8, worker_priority = 16;

/// Gives a fresh thread (core.create_thread) a kernel stack and lets it run function(thread).
Result<> start_kernel_thread(Thread& thread, u8 priority, void (*function)(void*));
/// Says on a kernel stack whose it is: layout::stack_number.
inline void note_on_stack(u64 top, Activation const& a) { *reinterpret_cast<u64*>(top - layout::kernel_stack_bytes) = a.index; }
/// A kernel stack for a fresh thread, with the floating-point area above it if it is to run programs.
Result<> equip_thread(Thread& thread, bool program);

// ---- slots (slot.cpp) ----
Result<Slot*> create_slot(char const* name, u64 frame_limit);
/// Takes over the entries of the image header at `header`, which must all lie inside the slot.
Result<> read_header(Slot& slot, u64 header);
/// Moves the slot's top-level entry to where it now belongs. `with_domain`: no_domain for a new one.
Result<> place_slot(Slot& slot, Placement side, u32 with_domain);

}  // namespace hinge::nucleus
