// Native calls about threads. The threads of the nucleus' callers are programs' threads: their holder, the personality,
// makes them, reads and sets their registers while they stand still, and ends them. Contracts: host/host.hpp.
#include "abi/threads.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/call/linux.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

namespace {

/// Flags a program may have: arithmetic, direction, trap, alignment check, identification (Intel SDM vol. 1, 3.4.3).
constexpr u64 program_flags = 0x0024'0dd5;
constexpr u64 fixed_flags = rflags::fixed | rflags::interrupts;

bool canonical(u64 address) { return i64(address << 16) >> 16 == i64(address); }

/// Takes over registers that a program could have, or says invalid.
Result<> set_registers(Thread& t, Registers const& r) {
  if (r.rip >= layout::user_end || !canonical(r.rsp) || !canonical(r.fs_base) || !canonical(r.gs_base)) return fail(Error::invalid);
  if (r.fs_base >> 47 || r.gs_base >> 47) return fail(Error::invalid);
  TrapFrame& f = user_frame(t);
  __builtin_memcpy(&f, &r, sizeof f);
  f.cs = user_cs;
  f.ss = user_ss;
  f.rflags = (r.rflags & program_flags) | fixed_flags;
  f.vector_error = 0;
  t.whole_frame = t.sequence | 1;
  t.fs_base = r.fs_base;
  t.gs_base = r.gs_base;
  return ok;
}

/// Whether the segment bases in the processor are this thread's now, and not those it parked in its Thread.
bool bases_live(Thread const& t) { return &t == &current() && current_activation().index == t.base; }

/// The thread that own_thread names; null for other handles, and where there is none. It runs here: no lock is needed.
Thread* served(Context const& c, u64 handle) {
  Thread& t = current();
  bool const serves = handle == own_thread.raw() && t.entrance && t.entrance->home->domain == c.domain && t.sequence % 2;
  return serves ? &t : nullptr;
}

/// Reads or writes all of `t`'s user registers, and its segment bases where they are: in the processor while `t` runs on it.
Result<> exchange_registers(Thread& t, Registers& r, bool write) {
  bool const live = bases_live(t);
  if (write) {
    TRY(set_registers(t, r));
    if (live) {
      write_user_fs_base(t.fs_base);
      write_user_gs_base(t.gs_base);
    }
    return ok;
  }
  if (live) {
    t.fs_base = read_user_fs_base();
    t.gs_base = read_user_gs_base();
  }
  __builtin_memcpy(&r, &whole_user_frame(t), sizeof(TrapFrame));
  r.fs_base = t.fs_base;
  r.gs_base = t.gs_base;
  return ok;
}

/// The thread a capability names. It may be looked at: it is stopped, parked, or the caller's own outermost.
Result<Thread*> thread_of(Context const& c, u64 handle, bool standing_still) {
  Capability const* const cap = TRY(c.find(handle, Kind::thread, Right::control));
  Thread& t = core.threads.at(u32(cap->object));
  bool const still = t.state == ThreadState::stopped || t.state == ThreadState::parked || &t == &current();
  if (standing_still && !still) return fail(Error::busy);
  return &t;
}

}  // namespace

Result<u64> native_thread_create(Context const& c, Arguments a) {
  auto const s = TRY(c.read<host::ThreadSetup>(a[0]));
  Thread* t;
  Thread* parent = nullptr;
  {
    CoreGuard guard;
    Capability const* const space = TRY(c.find(s.space.raw(), Kind::space, Right::control));
    Capability const* const portal = TRY(c.find(s.portal.raw(), Kind::portal, Right::control));
    Portal& p = core.portals.at(u32(portal->object));
    if (p.kind != PortalKind::caller_view) return fail(Error::invalid);
    if (s.parent != no_handle) parent = TRY(thread_of(c, s.parent.raw(), true));
    t = TRY(core.create_thread(p.slot));
    core.set_personality(*t, p);
    t->cookie = s.cookie;
    auto* const object = reinterpret_cast<mm::Space*>(space->object);
    object->retain();
    t->space = object;
  }
  auto ready = equip_thread(*t, true);
  if (ready) ready = set_registers(*t, s.registers);
  if (ready && parent) {
    if (parent == &current()) {
      set_task_switched(false);
      fpu_save(parent->floating);
      set_task_switched(!current_activation().floating);
    }
    __builtin_memcpy(t->floating, parent->floating, fpu_area_bytes());
  }
  CoreGuard guard;
  t->priority = parent ? Core::own_priority(*parent) : program_priority;
  t->cpu_mask = parent ? parent->cpu_mask : ~u64{0};
  if (parent && parent->budget_ns) (void)core.set_budget(*t, parent->budget_ns, parent->period_ns, now_ns());
  t->cpu = cpu().id;
  Result<Handle> name = ready ? core.name_thread(table_of(s.space), *t) : fail(ready.error());
  if (!name) core.end_thread(*t);
  return handle_value(name);
}

Result<u64> native_thread_start(Context const& c, Arguments a) {
  CoreGuard guard;
  Thread& t = *TRY(thread_of(c, a[0], true));
  if (t.state != ThreadState::stopped) return fail(Error::busy);
  prepare_context(t, run_program, &t);
  core.make_ready(t);
  return done();
}

Result<u64> native_thread_interrupt(Context const& c, Arguments a) {
  CoreGuard guard;
  Thread& t = *TRY(thread_of(c, a[0], false));
  t.flags.fetch_or(flag_interrupt, std::memory_order_relaxed);
  if (&t == &current()) refresh_pending();
  else if (t.state == ThreadState::running) core.machine->poke(t.cpu);
  return done();
}

Result<u64> native_thread_registers(Context const& c, Arguments a) {
  bool const write = a[2] != 0;
  Thread* const own = served(c, a[0]);
  if (own && c.kernel() && c.may_name(a[1], sizeof(Registers))) {  // Without a second copy.
    TRY(exchange_registers(*own, *reinterpret_cast<Registers*>(a[1]), write));
    return done();
  }
  Registers r;
  if (write) r = TRY(c.read<Registers>(a[1]));
  if (own) {
    TRY(exchange_registers(*own, r, write));
  } else {
    CoreGuard guard;
    TRY(exchange_registers(*TRY(thread_of(c, a[0], true)), r, write));
  }
  if (!write) TRY(c.write(a[1], r));
  return done();
}

Result<u64> native_thread_rehome(Context const& c, Arguments a) {
  mm::Space* old;
  {
    CoreGuard guard;
    Thread& t = *TRY(thread_of(c, a[0], true));
    if (&t != &current() || !t.space) return fail(Error::invalid);
    Capability const* const space = TRY(c.find(a[1], Kind::space, Right::control));
    auto* const fresh = reinterpret_cast<mm::Space*>(space->object);
    fresh->retain();
    old = static_cast<mm::Space*>(t.space);
    t.space = fresh;
    t.view = 0;
    core.activations.at(t.base).root = fresh->root().raw();
  }
  // A caller view follows at once; a personality on the kernel side runs on the base activation.
  Activation& here = current_activation();
  Result<> followed = ok;
  if (here.portal && here.lower_half) {
    auto const root = view_root(core.slots[here.slot]);
    if (root) here.root = *root;
    current().view = root.value_or(0);
    followed = root ? Result<>{ok} : fail(root.error());
  }
  use_activation(here);
  if (old->drop()) old->dispose();
  return done(followed);
}

Result<u64> native_thread_floating(Context const& c, Arguments a) {
  Thread* t = served(c, a[0]);
  if (!t) {
    CoreGuard guard;
    t = TRY(thread_of(c, a[0], true));
  }
  if (t != &current() || a[1] > u64(host::Floating::reset)) return fail(Error::invalid);
  auto const what = host::Floating(a[1]);
  Result<> r = ok;
  set_task_switched(false);
  if (what == host::Floating::save) {
    fpu_save(t->floating);
    if (copy_to_user(a[2], t->floating, fpu_area_bytes())) r = fail(Error::bad_address);
  } else {
    // A state that cannot be had or must not be loaded leaves the program with a fresh one.
    if (what == host::Floating::load) {
      if (copy_from_user(t->floating, a[2], fpu_area_bytes())) r = fail(Error::bad_address);
      else if (!fpu_valid(t->floating)) r = fail(Error::invalid);
    }
    if (what == host::Floating::reset || !r) fpu_init(t->floating);
    fpu_restore(t->floating);
  }
  set_task_switched(!current_activation().floating);
  return done(r);
}

Result<u64> native_thread_end(Context const& c, Arguments a) {
  CoreGuard guard;
  Thread& t = *TRY(thread_of(c, a[0], false));
  if (t.state == ThreadState::stopped) {
    core.end_thread(t);
  } else {
    t.flags.fetch_or(flag_end, std::memory_order_relaxed);
    core.cancel(t);
    if (&t == &current()) refresh_pending();
    else if (t.state == ThreadState::running) core.machine->poke(t.cpu);
  }
  return done();
}

Result<u64> native_thread_info(Context const& c, Arguments a) {
  host::ThreadInfo info{};
  {
    CoreGuard guard;
    Thread& t = *TRY(thread_of(c, a[0], false));
    auto const used = processor_times(t);
    info.user_ns = used.user_ns;
    info.system_ns = used.system_ns;
    info.cpu = t.cpu;
    u32 const parked = t.entrance && t.sequence % 2 ? 3 : 1;
    info.state = t.state == ThreadState::parked ? parked : t.state == ThreadState::stopped ? 2 : 0;
    info.switches = t.switches;
    info.minor_faults = t.minor_faults;
  }
  return done(c.write(a[1], info));
}

}  // namespace hinge::nucleus
