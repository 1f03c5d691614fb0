#include "nucleus/call/hang.hpp"

#include <algorithm>

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/debug/log.hpp"

namespace hinge::nucleus {

namespace {

constexpr u64 round_ns = 100'000'000, between_steps_ns = 1'000'000;
constexpr u32 steps = 256;

/// Of CPU 0.
constinit u32 cursor = 0, gone_by_ms = 0;
constinit u64 round_began_ns = 0;

bool hangs(Activation const& a) { return a.portal && a.home->hang_limit_ms && a.seen_ms > a.home->hang_limit_ms; }

/// The activation the thread is on. Of one that runs elsewhere, a moment ago.
Activation& top_of(Thread const& t) {
  if (t.state == ThreadState::running) return *static_cast<Activation*>(cpu_by_id(t.cpu).activation);
  return core.activations.at(t.activation);
}

/// True when the domain of a thread that stands still has to be ended. One that runs finds out by itself.
bool look_at(Thread& t) HINGE_REQUIRES(core_lock) {
  Activation& a = top_of(t);
  if (a.thread != t.index || !a.portal || !a.home->hang_limit_ms || a.dead || t.wait == Wait::portal) return false;
  a.seen_ms = a.seen_ms ? a.seen_ms + gone_by_ms : 1;  // at first sight it may just have begun
  if (!hangs(a)) return false;
  if (t.state == ThreadState::parked) return true;
  t.flags.fetch_or(flag_hang, std::memory_order_relaxed);
  if (t.state == ThreadState::running) {
    if (t.cpu == cpu().id) refresh_pending();
    else send_reschedule(t.cpu);
  }
  return false;
}

Thread* next_hung() {
  CoreGuard guard;
  for (u32 i = 0; i < steps && cursor < core.threads.used(); ++i) {
    Thread& t = core.threads.at(++cursor);
    bool const inside = t.live && t.state != ThreadState::stopped && t.state != ThreadState::ended;
    if (inside && look_at(t)) return &t;
  }
  return nullptr;
}

}  // namespace

u64 look_for_hangs(u64 now_ns) {
  if (now_ns < round_began_ns) return round_began_ns;
  if (cursor == 0) {
    // The clock goes on while a virtual machine stands still.
    gone_by_ms = u32(std::min(now_ns - round_began_ns, 2 * round_ns) / 1'000'000 + round_ns / 1'000'000);
  }
  if (Thread const* const t = next_hung()) {
    Activation const& a = core.activations.at(t->activation);
    log("fault: service {} died: hang, waits in a call, thread {}", std::string_view{a.home->name}, t->index);
    end_domain(a.domain, {.why = Death::hang});
    return now_ns;
  }
  if (cursor < core.threads.used()) return now_ns + between_steps_ns;
  cursor = 0;
  round_began_ns = now_ns + round_ns;  // of the next one
  return round_began_ns;
}

void end_if_hung(TrapFrame const& f) {
  Thread& t = current();
  if (!(t.flags.load(std::memory_order_relaxed) & flag_hang)) return;
  t.flags.fetch_and(~u32{flag_hang}, std::memory_order_relaxed);
  if (hangs(current_activation())) fault_current_domain("hang", f, Death::hang, 0, 0);
}

}  // namespace hinge::nucleus
