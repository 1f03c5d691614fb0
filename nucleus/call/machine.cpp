// The machine under the core: memory, pools, kernel threads, per-CPU start, and what happens to things whose last
// capability has gone.
#include "nucleus/call/machine.hpp"

#include "nucleus/call/detach.hpp"
#include "nucleus/call/linux.hpp"

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/segments.hpp"
#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/sched/sched.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

extern "C" void syscall_entry();

namespace {


/// Objects whose capability was deleted with the core lock held; let go when it is not.
struct Releases {
  static constexpr u32 capacity = 256;
  u32 count = 0;
  struct { Kind kind; u64 object; } items[capacity];
};
constinit Releases releases[max_cpus] = {};

void give_up(Kind kind, u64 object) {
  if (kind == Kind::space) {
    auto* const space = reinterpret_cast<mm::Space*>(object);
    // Deleting a space's name empties it: programs that still run there have nothing left to run.
    while (!space->destroy_step()) {}
    let_go(*space);
  } else if (kind == Kind::portal) {
    constexpr u32 steps = 256;
    memory.tlb.rendezvous();
    CoreGuard guard;
    core.collect(steps);
  } else {
    auto* const o = reinterpret_cast<mm::Object*>(object);
    if (o->drop()) o->dispose();
  }
}

void retain(Kind kind, u64 object) {
  if (kind == Kind::space) reinterpret_cast<mm::Space*>(object)->retain();
  else reinterpret_cast<mm::Object*>(object)->retain();
}

void release(Kind kind, u64 object) {
  for (u32 id = 0; kind != Kind::portal && id < cpu_count(); ++id) mm::Guard nobody_peeks{peeks[id].lock};
  Releases& r = releases[cpu().id];
  if (r.count == Releases::capacity) panic("more capabilities deleted in one step than can be remembered");
  r.items[r.count++] = {kind, object};
  cpu().leftovers = true;
}

void poke(u32 id) HINGE_REQUIRES(core_lock) {
  if (id == cpu().id) note_ready();
  else send_reschedule(id);
}

void thread_freed(Thread& t) {
  Activation& base = core.activations.at(t.base);
  if (t.stack_top) memory.stacks.free(account_of(t.owner_slot), VirtAddr{t.stack_top});
  base.kernel_stack = 0;
  if (auto* const space = static_cast<mm::Space*>(t.space)) let_go(*space);
  t.space = nullptr;
}

void activation_freed(Activation& a) {
  memory.stacks.free(account_of(a.slot), VirtAddr{a.kernel_stack});
  a.kernel_stack = 0;
}

void arm(u64 deadline_ns) {
  if (deadline_ns < cpu().timer_deadline_ns) arm_timer(deadline_ns);
}

bool populate_pool(void* base, u64 bytes) {
  u64 const begin = align_down(reinterpret_cast<u64>(base), page_bytes);
  u64 const end = align_up(reinterpret_cast<u64>(base) + bytes, page_bytes);
  return bool(memory.pools.populate(memory.nucleus_account, begin, end - begin));
}

void reopened(Portal& p) { p.way_in = fuzzing ? reinterpret_cast<u64>(way_closed) : way_in(p); }

constinit Machine const machine = {retain, release, poke, thread_freed, activation_freed, detached, arm, populate_pool, reopened};

template <class T>
void start_pool(Pool<T>& pool, u32 capacity) {
  auto const area = memory.pools.reserve(align_up(capacity * sizeof(T), page_bytes));
  if (!area) panic("no addresses for the object pools");
  pool.initialise(reinterpret_cast<T*>(*area), capacity, populate_pool);
}

constexpr mm::TlbHardware tlb_hardware = {
    [](u64 begin, u64 end) {
      for (u64 at = begin; at < end; at += page_bytes) invalidate_page(at);
    },
    [] { write_cr3(read_cr3()); },
    [](u32 id) { send_shootdown(id); },
};

}  // namespace

constinit MemoryStorage memory_storage;
constinit Peek peeks[max_cpus] = {};

void mm::while_waiting() {
  memory.tlb.serve();
  pause();
}

void give_up_leftovers() {
  cpu().leftovers = false;
  Releases& r = releases[cpu().id];
  while (r.count) {
    auto const item = r.items[--r.count];
    give_up(item.kind, item.object);
  }
  dispose_unneeded();
}

Result<> equip_thread(Thread& t, bool program) {
  VirtAddr const top = TRY(memory.stacks.allocate(account_of(t.owner_slot)));
  t.stack_top = top.raw();
  Activation& base = core.activations.at(t.base);
  base.kernel_stack = t.stack_top;
  note_on_stack(t.stack_top, base);
  if (program) {
    base.kernel_stack -= align_up(fpu_area_bytes(), 64);
    t.floating = reinterpret_cast<void*>(base.kernel_stack);
    fpu_init(t.floating);
  }
  base.floating = base.lower_half = program;
  base.root = program ? static_cast<mm::Space*>(t.space)->root().raw() : 0;
  return ok;
}

Result<> start_kernel_thread(Thread& t, u8 priority, void (*function)(void*)) {
  TRY(equip_thread(t, false));
  prepare_context(t, function, &t);
  CoreGuard guard;
  t.priority = priority;
  core.make_ready(t);
  return ok;
}

void machine_start() {
  new (&memory_storage.value) decltype(memory_storage.value);
  BootInfo const& info = boot_info();
  if (auto r = memory.start(info.free, info.root, tlb_hardware, first_free_kernel_stack); !r) panic("memory: {}", to_string(r.error()));
  core.machine = &machine;
  core.cpus = cpu_count();
  start_pool(core.portals, portals_of_slot * (layout::slot_count + 1));
  start_pool(core.activations, 1 << 17);
  start_pool(core.events, 1 << 18);
  start_pool(core.threads, 1 << 16);
  core.domains[kernel_domain].live = true;
}

void machine_start_cpu() {
  Cpu& self = whole_cpu();
  {
    CoreGuard guard;
    auto const idle = core.create_thread(0);
    if (!idle) panic("no idle thread for cpu {}", self.id);
    Thread& t = **idle;
    t.priority = 0;
    t.cpu = self.id;
    t.state = ThreadState::running;
    core.activations.at(t.base).kernel_stack = self.stack_top;
    core.activations.at(t.base).root = memory.roots.master().raw();
    self.thread = self.local = &t;
    self.root = memory.roots.master().raw();
    core.processors[self.id].running = &t;
    core.processors[self.id].idle = true;
    use_activation(core.activations.at(t.base));
  }
  memory.tlb.online();
  write_msr(msr::lstar, reinterpret_cast<u64>(&syscall_entry));
  write_msr(msr::fmask, rflags::trap | rflags::interrupts | rflags::direction | rflags::nested | rflags::alignment | rflags::resume);
  write_msr(msr::efer, read_msr(msr::efer) | efer::syscall);
  // SYSCALL loads cs from bits 47:32, SYSRET from bits 63:48 (segments.hpp).
  write_msr(msr::star, sysret_base << 48 | u64{kernel_cs} << 32);
}

}  // namespace hinge::nucleus
