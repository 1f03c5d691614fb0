// Reading and changing a stopped thread. Its registers are the nucleus': the thread was noted as stopped just before it
// parked, so the nucleus may for a moment find it busy still.
#include "services/linux/trace/requests.hpp"

#include <algorithm>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service::trace {

namespace {

constexpr u64 flag_trap = 1 << 8;
constexpr u64 user_area_bytes = 912;  ///< Of struct user; what is behind the registers reads as zeroes.
constexpr u64 status_set = 1;                                      ///< NT_PRSTATUS.

/// The stopped thread; kept alive by the reference.
Attempt<Ref<Thread>> stopped(Thread& self, i32 tid) {
  Guard guard{tree_lock};
  Tracee* const t = tracee_of(self, tid);
  if (!t || t->state != Tracing::stopped) return fail(Errno::no_process);
  return Ref<Thread>{*t->thread};
}

/// Waits for the thread as long as it is on its way to its park. That may need the tree's lock: the caller must not hold it.
Attempt<> access(Thread& self, i32 tid, Registers& r, bool write) {
  for (;;) {
    Ref<Thread> const thread = ATTEMPT(stopped(self, tid));
    auto const done = host::thread_registers(thread->handle, &r, write);
    if (done) return ok;
    if (done.error() != Error::busy) return fail(Errno::io);
    (void)host::yield();
  }
}

Attempt<UserRegisters> read(Thread& self, i32 tid) {
  Registers r;
  ATTEMPT(access(self, tid, r, false));
  return to_user(r);
}

Attempt<> write(Thread& self, i32 tid, UserRegisters const& u) {
  Registers r;
  ATTEMPT(access(self, tid, r, false));
  from_user(u, r);
  return access(self, tid, r, true);
}

Attempt<Ref<AddressSpace>> memory_of(Thread& self, i32 tid) {
  Ref<Thread> const thread = ATTEMPT(stopped(self, tid));
  Ref<AddressSpace> space = thread->process().shared_space();
  if (!space) return fail(Errno::no_process);
  return space;
}

}  // namespace

Tracee* tracee_of(Thread& self, i32 tid) {
  for (Tracee* t = self.process().tracees; t; t = t->next)
    if (t->tid == tid) return t;
  return nullptr;
}

Attempt<> set_step(Thread& self, i32 tid) {
  Registers r;
  ATTEMPT(access(self, tid, r, false));
  r.rflags |= flag_trap;
  return access(self, tid, r, true);
}

Value peek(Thread& self, i32 tid, UserAddr from, UserAddr to) {
  u64 word;
  Ref<AddressSpace> const space = ATTEMPT(memory_of(self, tid));
  if (!memory::copy_from_space(self, *space, &word, from, sizeof word)) return Errno::io;
  return copy_to_user(self, to, word);
}

Value poke(Thread& self, i32 tid, UserAddr to, u64 word) {
  Ref<AddressSpace> const space = ATTEMPT(memory_of(self, tid));
  if (!memory::copy_to_space(self, *space, to, &word, sizeof word)) return Errno::io;
  return 0;
}

Value peek_registers(Thread& self, i32 tid, u64 offset, UserAddr to) {
  if (offset % 8 || offset >= user_area_bytes) return Errno::io;
  UserRegisters const u = ATTEMPT(read(self, tid));
  u64 word = 0;
  if (offset < sizeof u) __builtin_memcpy(&word, reinterpret_cast<char const*>(&u) + offset, sizeof word);
  return copy_to_user(self, to, word);
}

Value poke_registers(Thread& self, i32 tid, u64 offset, u64 word) {
  if (offset % 8 || offset >= sizeof(UserRegisters)) return Errno::io;
  UserRegisters u = ATTEMPT(read(self, tid));
  __builtin_memcpy(reinterpret_cast<char*>(&u) + offset, &word, sizeof word);
  return write(self, tid, u);
}

Value copy_registers_out(Thread& self, i32 tid, UserAddr to, u64 bytes) {
  UserRegisters const u = ATTEMPT(read(self, tid));
  return copy_to_user(self, to, &u, bytes);
}

Value copy_registers_in(Thread& self, i32 tid, UserAddr from, u64 bytes) {
  UserRegisters u = ATTEMPT(read(self, tid));
  ATTEMPT(copy_from_user(self, &u, from, bytes));
  return write(self, tid, u);
}

Value register_set(Thread& self, i32 tid, u64 which, UserAddr vector, bool writes) {
  struct { u64 base, bytes; } v;
  ATTEMPT(copy_from_user(self, v, vector));
  if (which != status_set || v.bytes % 8) return Errno::invalid;
  v.bytes = std::min<u64>(v.bytes, sizeof(UserRegisters));
  Value const done = writes ? copy_registers_in(self, tid, UserAddr{v.base}, v.bytes) : copy_registers_out(self, tid, UserAddr{v.base}, v.bytes);
  if (done.is_error()) return done;
  return copy_to_user(self, vector, v);
}

Value message(Thread& self, i32 tid, UserAddr to) {
  u64 word;
  {
    Guard guard{tree_lock};
    Tracee const* const t = tracee_of(self, tid);
    if (!t) return Errno::no_process;
    word = t->message;
  }
  return copy_to_user(self, to, word);
}

Value signal_info(Thread& self, i32 tid, UserAddr at, bool writes) {
  SignalInfo info;
  if (writes) ATTEMPT(copy_from_user(self, info, at));
  {
    Guard guard{tree_lock};
    Tracee* const t = tracee_of(self, tid);
    if (!t) return Errno::no_process;
    if (!t->has_info) return Errno::invalid;
    if (writes) t->info = info;
    else info = t->info;
  }
  return writes ? Value{0} : copy_to_user(self, at, info);
}

Value mask(Thread& self, i32 tid, u64 bytes, UserAddr at, bool writes) {
  if (bytes != sizeof(SignalSet)) return Errno::invalid;
  SignalSet set;
  if (writes) ATTEMPT(copy_from_user(self, set, at));
  Ref<Thread> const thread = ATTEMPT(stopped(self, tid));
  {
    Guard guard{thread->process().lock};
    if (writes) {
      thread->blocked = set - unblockable;
      update_attention(thread->process(), *thread);
    } else {
      set = thread->blocked;
    }
  }
  return writes ? Value{0} : copy_to_user(self, at, set);
}

Value call_info(Thread& self, i32 tid, u64 room, UserAddr to) {
  enum Op : u8 { none, entry, leave };
  struct {
    u8 op, padding[3];
    u32 architecture;
    u64 rip, rsp;
    union {
      struct { u64 number, arguments[6]; } entry;
      struct { i64 value; u8 is_error; } leave;
    };
  } info{};
  constexpr u32 x86_64 = 0xc000003e;  // AUDIT_ARCH_X86_64
  UserRegisters const u = ATTEMPT(read(self, tid));
  Point point;
  {
    Guard guard{tree_lock};
    Tracee const* const t = tracee_of(self, tid);
    if (!t) return Errno::no_process;
    point = t->point;
  }
  info.architecture = x86_64;
  info.rip = u.rip;
  info.rsp = u.rsp;
  u64 bytes = 24;
  if (point == Point::entry) {
    info.op = entry;
    info.entry = {u.original_rax, {u.rdi, u.rsi, u.rdx, u.r10, u.r8, u.r9}};
    bytes = 80;
  } else if (point == Point::leave) {
    constexpr u64 most_errno = 4095;
    info.op = leave;
    info.leave = {i64(u.rax), u.rax >= -most_errno};
    bytes = 33;
  }
  ATTEMPT(copy_to_user(self, to, &info, std::min(room, bytes)));
  return bytes;
}

}  // namespace hinge::linux_service::trace
