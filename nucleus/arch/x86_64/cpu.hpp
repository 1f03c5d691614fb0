// The per-CPU structure, reached by the GS base while in ring 0. Assembly of the call path knows the offsets of its
// first fields; they are asserted below. Nucleus code runs with interrupts off, so it stays on its CPU until it switches
// threads.
#pragma once

#include <cstddef>

#include "base/types.hpp"
#include "nucleus/arch/x86_64/segments.hpp"
#include "nucleus/limits.hpp"

namespace hinge::nucleus {

struct alignas(64) Cpu {
  // Known to assembly; owned by nucleus/core and nucleus/call.
  Cpu* self;
  void* local;           ///< The scheduler's per-CPU data.
  u64 user_rsp;          ///< Scratch of the SYSCALL entry.
  void* syscall_target;
  void* thread;
  void* activation;
  u64 root;              ///< What CR3 holds.
  u32 pending;           ///< Work before the next return to ring 3; not 0: hooks before_user / before_kernel run.
  u32 id;                ///< 0 is the boot CPU; dense.

  // Owned by nucleus/arch, time and debug.
  u32 apic_id;
  u32 missed_beats;      ///< Seconds since the last timer tick, counted by the lock-up watchdog.
  u64 timer_deadline_ns; ///< What arm_timer asked for; no_deadline when idle.
  u64 timer_armed_ns;    ///< When the hardware fires: never later than the deadline.
  u64 stack_top;         ///< The stack the CPU was started on; its idle loop may go on using it.
  u32 online;            ///< Written once by the CPU itself when it is up (release), read by the boot CPU (acquire).
  u32 halted;            ///< Written once by the CPU itself when a panic has stopped it.
  Gdt gdt;
  Tss tss;               ///< Its rsp0 is where SYSCALL finds the kernel stack, too; set through set_kernel_stack.

  u64 tick_due_ns;       ///< When a program's thread is next sampled here (sched/times.cpp).
  u64 program_calls;     ///< Requests of programs that a personality on the kernel side has served here.
  bool task_switched;    ///< What CR0.TS is: saves reading it.
  bool leftovers;        ///< Something was deleted or let go here that finish_releases is to give up.
};
static_assert(offsetof(Cpu, self) == 0 && offsetof(Cpu, local) == 8 && offsetof(Cpu, user_rsp) == 16);
static_assert(offsetof(Cpu, syscall_target) == 24 && offsetof(Cpu, thread) == 32 && offsetof(Cpu, activation) == 40);
static_assert(offsetof(Cpu, root) == 48 && offsetof(Cpu, pending) == 56 && offsetof(Cpu, id) == 60);
static_assert(offsetof(Cpu, tss) + 4 == 188);

/// This CPU, from the first instruction of C++ on. Each use of a member is one access relative to GS: a function that
/// sleeps or enters user mode may go on on another CPU, and is never given what it read before.
using LocalCpu = Cpu __attribute__((address_space(256)));
inline LocalCpu& cpu() { return *reinterpret_cast<LocalCpu*>(u64{0}); }
/// Its address, for many uses: until the thread is switched, and not with interrupts on.
inline Cpu& whole_cpu() { return *cpu().self; }

/// CPUs that are up. 1 until smp bring-up, constant afterwards.
u32 cpu_count();
/// `id` < cpu_count().
Cpu& cpu_by_id(u32 id);

/// The stack for the next entry from ring 3 on this CPU, by SYSCALL or by trap. 16-byte aligned.
inline void set_kernel_stack(u64 top) { whole_cpu().tss.set_rsp0(top); }

/// Kernel stacks are numbered; stack n ends at kernel_stack_top(n), with its guard page below the usable part. The
/// numbers below first_free_kernel_stack belong to the CPUs themselves (start, NMI, double fault, machine check).
inline constexpr u32 stacks_per_cpu = 4;
inline constexpr u32 first_free_kernel_stack = max_cpus * stacks_per_cpu;
u64 kernel_stack_top(u32 number);

}  // namespace hinge::nucleus
