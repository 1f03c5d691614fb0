// Calls about the system as a whole: names, memory, randomness, stopping it.
#include <cstring>

#include "host/log.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

constinit Mutex<rank::Leaf> name_lock;
constinit SystemName the_name HINGE_GUARDED_BY(name_lock) = {"Linux", "hinge", "6.1.0-hinge", "#1 SMP Hinge", "x86_64", "(none)"};

Value set_name(Thread& self, char (&field)[SystemName::field_bytes], Args const& a) {
  if (!self.credentials->has(Capability::sys_admin)) return Errno::not_permitted;
  if (a.integer(1) < 0 || a.word(1) >= SystemName::field_bytes) return Errno::invalid;
  char text[SystemName::field_bytes] = {};
  ATTEMPT(copy_from_user(self, text, a.address(0), a.word(1)));
  Guard guard{name_lock};
  memcpy(field, text, sizeof text);
  return 0;
}

/// struct sysinfo.
struct SystemFigures {
  i64 uptime;
  u64 loads[3], total, free, shared, buffers, swap_total, swap_free;
  u16 processes, padding;
  u32 padding_two;
  u64 high_total, high_free;
  u32 unit;
  u32 tail;
};
static_assert(sizeof(SystemFigures) == 112);

}  // namespace

SystemName system_name() {
  Guard guard{name_lock};
  return the_name;
}

Value sys_uname(Thread& self, Args const& a) { return copy_to_user(self, a.address(0), system_name()); }

Value sys_sethostname(Thread& self, Args const& a) __attribute__((no_thread_safety_analysis));
Value sys_sethostname(Thread& self, Args const& a) { return set_name(self, the_name.node, a); }
Value sys_setdomainname(Thread& self, Args const& a) __attribute__((no_thread_safety_analysis));
Value sys_setdomainname(Thread& self, Args const& a) { return set_name(self, the_name.domain, a); }

Value sys_sysinfo(Thread& self, Args const& a) {
  host::SystemInfo info{};
  ATTEMPT(host::system_info(&info));
  SystemFigures f{};
  f.uptime = i64(now_ns() / second_ns);
  f.total = info.frames_total * page_bytes;
  f.free = info.frames_free * page_bytes;
  f.processes = u16(process_count());
  f.unit = 1;
  return copy_to_user(self, a.address(0), f);
}

Value sys_getrandom(Thread& self, Args const& a) {
  constexpr u32 non_block = 1, random = 2, insecure = 4, most = 0x1ffffff;
  if ((a.word(2) & ~(non_block | random | insecure)) || (a.word(2) & (random | insecure)) == (random | insecure)) return Errno::invalid;
  u64 const bytes = a[1] < most ? a[1] : most;
  u64 words[16];
  for (u64 done = 0; done < bytes;) {
    for (u64& w : words)
      if (!random_word(w)) return Errno::no_system_call;  // No entropy and no pretending: said in the log at start.
    u64 const step = bytes - done < sizeof words ? bytes - done : sizeof words;
    if (auto copied = copy_to_user(self, a.address(0) + done, words, step); !copied) return done ? Value{done} : Value{copied};
    done += step;
    if (done < bytes && self.interrupted()) return done;
  }
  return bytes;
}

Value sys_reboot(Thread& self, Args const& a) {
  constexpr u32 magic_one = 0xfee1dead, magic_two[] = {672274793, 85072278, 369367448, 537993216};
  constexpr u32 restart = 0x01234567, halt = 0xcdef0123, power_off = 0x4321fedc, keys_on = 0x89abcdef, keys_off = 0;
  if (!self.credentials->has(Capability::sys_boot)) return Errno::not_permitted;
  bool known = false;
  for (u32 m : magic_two) known |= a.word(1) == m;
  if (a.word(0) != magic_one || !known) return Errno::invalid;
  auto const stop = [](host::Stop how) { return Value{stop_machine(how)}; };
  switch (a.word(2)) {
    case keys_on: case keys_off: return 0;
    case restart: return stop(host::Stop::reboot);
    case halt: return stop(host::Stop::halt);
    case power_off: return stop(host::Stop::power_off);
    default: return Errno::invalid;
  }
}

}  // namespace hinge::linux_service
