// Calls of a thread about itself: prctl, arch_prctl, where it reports its end, and that end.
#include <cstring>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

namespace {

constexpr usize name_bytes = 16;

Value set_name(Thread& self, UserAddr from) {
  char name[name_bytes] = {};
  if (auto length = copy_string_from_user(self, name, from, name_bytes - 1); !length && length.error() != Errno::name_too_long)
    return length.error();
  name[name_bytes - 1] = 0;
  memcpy(self.name, name, sizeof name);
  return 0;
}

Value drop_bounding(Thread& self, u64 which) {
  if (!self.credentials->has(Capability::setpcap)) return Errno::not_permitted;
  if (which > u64(Capability::last)) return Errno::invalid;
  Ref<Credentials> c = self.credentials->copy();
  if (!c) return Errno::no_memory;
  c->bounding &= ~(u64{1} << which);
  adopt_credentials(self, c);
  return 0;
}

template <class Change>
Value change(Thread& self, Change f) {
  Ref<Credentials> c = self.credentials->copy();
  if (!c) return Errno::no_memory;
  f(*c);
  adopt_credentials(self, c);
  return 0;
}

Value set_base(Thread& self, u64 Registers::*base, u64 value) {
  if (value >= layout::user_end) return Errno::not_permitted;
  Registers r;
  ATTEMPT(self.read_registers(r));
  r.*base = value;
  r.rax = 0;
  ATTEMPT(self.write_registers(r));
  return Value::keep();
}

Value get_base(Thread& self, u64 Registers::*base, UserAddr to) {
  Registers r;
  ATTEMPT(self.read_registers(r));
  return copy_to_user(self, to, r.*base);
}

}  // namespace

Value sys_prctl(Thread& self, Args const& a) {
  enum Option : i32 {
    set_death_signal = 1, get_death_signal = 2, get_dumpable = 3, set_dumpable = 4, get_keep_caps = 7, set_keep_caps = 8,
    set_comm = 15, get_comm = 16, bounding_read = 23, bounding_drop = 24, get_securebits = 27, set_timer_slack = 29,
    get_timer_slack = 30, set_subreaper = 36, get_subreaper = 37, set_no_new_privileges = 38, get_no_new_privileges = 39,
    get_tid_address = 40, set_thp_disable = 41, get_thp_disable = 42
  };
  constexpr u64 default_slack_ns = 50000;
  Process& p = self.process();
  switch (a.integer(0)) {
    case set_death_signal:
      if (a[1] > signal_count) return Errno::invalid;
      p.parent_death_signal = a.word(1);
      return 0;
    case get_death_signal: return copy_to_user(self, a.address(1), p.parent_death_signal);
    case get_dumpable: return p.dumpable.load(std::memory_order_relaxed);
    case set_dumpable:
      if (a[1] > 1) return Errno::invalid;
      p.dumpable.store(a.word(1), std::memory_order_relaxed);
      return 0;
    case get_keep_caps: return self.credentials->keep_capabilities;
    case set_keep_caps:
      if (a[1] > 1) return Errno::invalid;
      return change(self, [&](Credentials& c) { c.keep_capabilities = a[1] != 0; });
    case set_comm: return set_name(self, a.address(1));
    case get_comm: return copy_to_user(self, a.address(1), self.name, name_bytes);
    case bounding_read:
      if (a[1] > u64(Capability::last)) return Errno::invalid;
      return self.credentials->bounding >> a[1] & 1;
    case bounding_drop: return drop_bounding(self, a[1]);
    case get_securebits: return 0;
    case set_timer_slack: return 0;
    case get_timer_slack: return default_slack_ns;
    case set_subreaper: {
      Guard guard{tree_lock};
      p.subreaper = a[1] != 0;
      return 0;
    }
    case get_subreaper: return copy_to_user(self, a.address(1), u32{p.subreaper});
    case set_no_new_privileges:
      if (a[1] != 1 || a[2] || a[3] || a[4]) return Errno::invalid;
      return change(self, [](Credentials& c) { c.no_new_privileges = true; });
    case get_no_new_privileges: return self.credentials->no_new_privileges;
    case get_tid_address: return copy_to_user(self, a.address(1), self.clear_child_tid);
    case set_thp_disable: case get_thp_disable: return 0;  // There are no huge pages to disable.
    default: return Errno::invalid;
  }
}

Value sys_arch_prctl(Thread& self, Args const& a) {
  enum Code : i32 { set_gs = 0x1001, set_fs = 0x1002, get_fs = 0x1003, get_gs = 0x1004 };
  switch (a.integer(0)) {
    case set_fs: return set_base(self, &Registers::fs_base, a[1]);
    case set_gs: return set_base(self, &Registers::gs_base, a[1]);
    case get_fs: return get_base(self, &Registers::fs_base, a.address(1));
    case get_gs: return get_base(self, &Registers::gs_base, a.address(1));
    default: return Errno::invalid;
  }
}

Value sys_personality(Thread&, Args const& a) {
  constexpr u32 query = 0xffff'ffff, no_randomize = 0x0040000;
  if (a.word(0) == query || a.word(0) == 0 || a.word(0) == no_randomize) return 0;
  return Errno::invalid;
}

Value sys_set_tid_address(Thread& self, Args const& a) {
  self.clear_child_tid = a[0];
  return self.tid;
}

Value sys_exit(Thread& self, Args const& a) {
  {
    Process& p = self.process();
    Guard guard{p.lock};
    // The last thread's status is the process'; the first thread's counts if it goes before.
    if (p.life < Life::ending && (p.thread_count == 1 || self.tid == p.pid)) p.exit_status = exited_status(a.integer(0));
    if (trace::is_traced(self)) self.tracee->own_status = exited_status(a.integer(0));
    self.attention.fetch_or(attention::end, std::memory_order_acq_rel);
  }
  return 0;  // The end itself comes with the signal check.
}

Value sys_exit_group(Thread& self, Args const& a) {
  Guard guard{self.process().lock};
  end_group(self.process(), exited_status(a.integer(0)));
  return 0;
}

}  // namespace hinge::linux_service
