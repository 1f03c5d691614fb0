// Native calls about who runs, when and until when; and the machine's end. Contracts: host/host.hpp.
#include "abi/threads.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

Result<u64> native_schedule(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const cap = TRY(c.find(a[0], Kind::thread, Right::control));
  if (a[1] == 0 || a[1] >= priorities || !(a[2] & ((u64{1} << core.cpus) - 1))) return fail(Error::invalid);
  Thread& t = core.threads.at(u32(cap->object));
  if (a[4]) TRY(core.set_budget(t, a[3], a[4], now_ns()));
  core.reprioritise(t, u8(a[1]), a[2]);
  if (&t == &current()) watch_budget(t, now_ns());
  else if (t.state == ThreadState::running) core.machine->poke(t.cpu);
  return done();
}

Result<u64> native_yield(Context const&, Arguments) {
  yield_now();
  return done();
}

Result<u64> native_clock(Context const& c, Arguments a) {
  if (a[0] > u64(host::ClockKind::wall)) return fail(Error::invalid);
  if (host::ClockKind(a[0]) == host::ClockKind::monotonic) return now_ns();
  if (!a[1]) return wall_ns();
  CoreGuard guard;
  TRY(c.find(a[2], Kind::wall_clock, Right::control));
  set_wall_ns(a[1]);
  return done();
}

Result<u64> native_timer_set(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const e = TRY(c.find(a[0], Kind::event, Right::signal));
  core.set_timer(core.events.at(u32(e->object)), a[1], a[2]);
  return done();
}

Result<u64> native_system_info(Context const& c, Arguments a) {
  auto const frames = memory.frames.statistics();
  host::SystemInfo info{};
  info.frames_total = frames.total;
  info.frames_free = frames.free;
  info.frames_boot = frames.boot;
  info.cpus = core.cpus;
  info.floating_bytes = fpu_area_bytes();
  info.log_end = log_end();
  info.tick_hz = tick_hz();
  info.first_tick = tick_origin().first_tick;
  info.ns_per_tick = tick_origin().ns_per_tick;
  info.xcr0 = fpu_components();
  {
    CoreGuard guard;
    for (u32 i = 1; i <= core.threads.used(); ++i) {
      if (core.threads.at(i).live) info.context_switches += core.threads.at(i).switches;
    }
    auto const used = system_times();
    info.user_ns = used.user_ns;
    info.system_ns = used.system_ns;
    info.idle_ns = used.idle_ns;
  }
  return done(c.write(a[0], info));
}

Result<u64> native_system_stop(Context const& c, Arguments a) {
  {
    CoreGuard guard;
    TRY(c.find(a[0], Kind::power, Right::control));
  }
  if (a[1] > u64(host::Stop::halt)) return fail(Error::invalid);
  log("system stop");
  // Power-off and reset registers are the platform's business; what the nucleus can do itself is stop. QEMU's exit
  // port takes it from there: 0 means a clean end.
  if (host::Stop(a[1]) == host::Stop::reboot) {
    out8(0xcf9, 0x06);  // the chip set's reset control register: hard reset
  } else {
    out8(0xf4, 0);
  }
  for (;;) halt();
}

}  // namespace hinge::nucleus
