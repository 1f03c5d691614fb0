// Structs of the slot, thread and scheduling calls; the operations on them stand in host/host.hpp.
#pragma once

#include "abi/image.hpp"
#include "abi/native.hpp"
#include "abi/registers.hpp"
#include "base/types.hpp"

namespace hinge::host {

enum class PortalKind : u32 { message, caller_view };
enum class ClockKind : u32 { monotonic, wall };
enum class Floating : u32 { save, load, reset };
enum class Stop : u32 { power_off, reboot, halt };

struct SlotInfo {
  char name[image::name_bytes];
  Placement side;
  u32 index;                  ///< Slot number.
  u32 domain;                 ///< 0 is the kernel's.
  u32 state;                  ///< 0 empty, 1 running, 2 died.
  u64 calls, messages;        ///< Requests served by function call, by message.
  u64 switches;               ///< Address-space switches on behalf of its callers.
  u64 faults;                 ///< Faults that ended its domain.
  u64 dma_faults;             ///< Accesses beyond their mappings that its devices were refused.
  u64 frames, frame_limit;    ///< Memory charged to it, in 4 KiB frames.
  Death death;                ///< Why its domain ended last; none when it never did.
  u32 vector;                 ///< Of a fault: the processor's number of it,
  u64 address, instruction;   ///< what it was about, and where it happened.
  u64 died_at, answered_at;   ///< Time-stamp counter: when it ended; when a caller was answered again, 0 before.
  u32 capabilities;           ///< In its table.
  u32 activations;            ///< Of its portals.
};

struct SlotSetup {
  char name[image::name_bytes];     ///< Ended by a zero.
  u64 frames;                       ///< That it may hold in all.
  u64 worker_budget_ns, worker_period_ns;  ///< Of each of its workers, as in schedule; period 0: none.
  u32 worker_priority;              ///< 1 to 31.
  u32 reserved;
  u64 hang_limit_ns;       ///< A call that stays inside for longer ends its domain; 0: never. To about a tenth of a second.
};

struct ThreadSetup {
  Registers registers;         ///< Where it starts (cs, ss and flags are fixed up); fs_base and gs_base included.
  Handle space;
  Handle portal;               ///< Kind caller_view: where its system calls, faults and interruptions go.
  u64 cookie;                  ///< The personality's object for it.
  Handle parent;               ///< A thread whose floating-point state, priority and budget it inherits, or no_handle.
  u32 reserved;
};

struct ThreadInfo {
  u64 user_ns, system_ns;      ///< Processor time.
  u32 cpu, state;              ///< 0 running or ready, 1 parked, 2 stopped, 3 parked inside its personality.
  u64 switches;
  u64 minor_faults;
};

/// A message-signalled interrupt that the nucleus issued: its line, as a badge narrows the capability for all interrupts,
/// and what the device is to write where.
struct MessageInterrupt {
  u64 address;
  u32 data, line;
};

struct SystemInfo {
  u64 frames_total, frames_free;
  u64 frames_boot;             ///< Taken by image, pools and tables at boot.
  u32 cpus, floating_bytes;    ///< Size of the floating-point state.
  u64 context_switches, forks;
  u64 idle_ns, user_ns, system_ns;  ///< Summed over CPUs.
  u64 log_end;                 ///< Absolute position after the newest byte of the log.
  u64 tick_hz;                 ///< Time-stamp counter.
  u64 first_tick, ns_per_tick; ///< clock() is (counter - first_tick) * ns_per_tick >> 32, on every processor.
  u64 xcr0;                    ///< 0 without XSAVE.
};

}  // namespace hinge::host
