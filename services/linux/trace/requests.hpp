// What a tracer may read and change of a thread that stands still. `tid` was found stopped; it may have been killed since,
// which each of these answers with no_process.
#pragma once

#include "services/linux/core/syscall.hpp"
#include "services/linux/trace/registers.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service::trace {

/// The caller's tracee with this number; null: it has none.
[[nodiscard]] Tracee* tracee_of(Thread& self, i32 tid) HINGE_REQUIRES(tree_lock);
/// Sets the trap flag: one instruction, then SIGTRAP.
Attempt<> set_step(Thread& self, i32 tid);

Value peek(Thread& self, i32 tid, UserAddr from, UserAddr to);
Value poke(Thread& self, i32 tid, UserAddr to, u64 word);
Value peek_registers(Thread& self, i32 tid, u64 offset, UserAddr to);
Value poke_registers(Thread& self, i32 tid, u64 offset, u64 word);
Value copy_registers_out(Thread& self, i32 tid, UserAddr to, u64 bytes);
Value copy_registers_in(Thread& self, i32 tid, UserAddr from, u64 bytes);
/// PTRACE_GETREGSET and its opposite: `vector` is a struct iovec, which learns how much there was.
Value register_set(Thread& self, i32 tid, u64 which, UserAddr vector, bool write);
Value message(Thread& self, i32 tid, UserAddr to);
Value signal_info(Thread& self, i32 tid, UserAddr at, bool write);
Value mask(Thread& self, i32 tid, u64 bytes, UserAddr at, bool write);
/// PTRACE_GET_SYSCALL_INFO: bytes there are, of which `room` are written.
Value call_info(Thread& self, i32 tid, u64 room, UserAddr to);

}  // namespace hinge::linux_service::trace
