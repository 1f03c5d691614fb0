// Threads and run queues: fixed priorities, round robin inside one, a queue for each CPU. The core lock
// is held from picking a thread until its context is live and the old one saved, so nobody picks it half-saved.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

Result<Thread*> Core::create_thread(u32 owner_slot) {
  Thread* const t = TRY(threads.allocate());
  auto const base = activations.allocate();
  if (!base) {
    threads.release(*t);
    return fail(base.error());
  }
  (*base)->thread = t->index;
  t->base = t->activation = (*base)->index;
  t->owner_slot = owner_slot;
  t->references = 1;
  // Services know an operation again by index and sequence: those of a thread that had the index before are none of ours.
  t->sequence = u64{t->generation} << 32;
  return t;
}

Result<Handle> Core::name_thread(u32 table, Thread& thread) {
  return insert(table, Kind::thread, thread.index, thread.generation, Right::all, 0);
}

void Core::push(Queue& q, Thread& t) {
  t.next = 0;
  t.previous = q.tail;
  (q.tail ? threads.at(q.tail).next : q.head) = t.index;
  q.tail = t.index;
}

void Core::cut(Queue& q, Thread& t) {
  (t.previous ? threads.at(t.previous).next : q.head) = t.next;
  (t.next ? threads.at(t.next).previous : q.tail) = t.previous;
  t.next = t.previous = 0;
}

void Core::unqueue(Thread& t) {
  RunQueue& rq = run_queues_[t.cpu];
  cut(rq.queues[t.priority], t);
  if (!rq.queues[t.priority].head) rq.ready_mask &= ~(1u << t.priority);
  --rq.length;
}

void Core::reprioritise(Thread& t, u8 priority, u64 cpu_mask) {
  t.own_priority = priority;
  requeue(t, t.lenders ? t.priority : priority, cpu_mask);
  if (t.lenders || t.lends_to) follow(t);
}

void Core::requeue(Thread& t, u8 priority, u64 cpu_mask) {
  bool const queued = t.state == ThreadState::ready;
  if (queued) unqueue(t);
  bool const waits = t.state == ThreadState::parked && t.wait == Wait::portal;
  if (waits) dequeue(portals.at(t.wait_object), t);
  t.priority = priority;
  t.cpu_mask = cpu_mask;
  if (queued) make_ready(t);
  // One that runs may have become the lesser of two, or must leave its CPU.
  if (t.state == ThreadState::running && (better_waits(t.cpu, priority + 1u) || must_leave(t))) machine->poke(t.cpu);
  if (waits) enqueue(portals.at(t.wait_object), t);
}

u32 Core::choose_cpu(Thread& t) const {
  auto const allowed = [&](u32 cpu) { return t.cpu_mask >> cpu & 1; };
  if (allowed(t.cpu) && processors[t.cpu].idle && !run_queues_[t.cpu].length) return t.cpu;
  u32 best = allowed(t.cpu) ? t.cpu : 0;
  for (u32 cpu = 0; cpu < cpus; ++cpu) {
    if (!allowed(cpu)) continue;
    if (processors[cpu].idle && !run_queues_[cpu].length) return cpu;
    if (!allowed(best)) best = cpu;
  }
  return best;
}

void Core::make_ready(Thread& t) {
  t.state = ThreadState::ready;
  t.cpu = choose_cpu(t);
  RunQueue& rq = run_queues_[t.cpu];
  push(rq.queues[t.priority], t);
  rq.ready_mask |= 1u << t.priority;
  ++rq.length;
  // An equal one wants to be known too: from now on the running thread's time slice counts.
  Thread const* const now = processors[t.cpu].running;
  if (processors[t.cpu].idle || (now && now != &t && now->priority <= t.priority)) machine->poke(t.cpu);
}

Thread* Core::pick(u32 cpu) {
  auto const take = [&](RunQueue& rq, bool stealing) -> Thread* {
    for (u32 mask = rq.ready_mask; mask;) {
      u32 const priority = 31 - u32(__builtin_clz(mask));
      mask &= ~(1u << priority);
      Queue& q = rq.queues[priority];
      for (u32 i = q.head; i; i = threads.at(i).next) {
        Thread& t = threads.at(i);
        if (stealing && !(t.cpu_mask >> cpu & 1)) continue;
        cut(q, t);
        if (!q.head) rq.ready_mask &= ~(1u << priority);
        --rq.length;
        t.cpu = cpu;
        return &t;
      }
    }
    return nullptr;
  };
  if (Thread* t = take(run_queues_[cpu], false)) return t;
  for (u32 i = 1; i < cpus; ++i) {
    if (Thread* t = take(run_queues_[(cpu + i) % cpus], true)) return t;
  }
  return nullptr;
}

bool Core::better_waits(u32 cpu, u32 priority) const {
  return priority < priorities && run_queues_[cpu].ready_mask >> priority != 0;
}

void Core::set_personality(Thread& t, Portal& portal) {
  t.personality = portal.index;
  t.entrance = &portal;
  ++portal.references;
}

/// Called by the thread itself on its way out, or for one that is stopped.
void Core::end_thread(Thread& t) {
  if (t.worker_event) unbind(events.at(t.worker_event));
  forfeit(t);
  t.state = ThreadState::ended;
  release(t);
}

void Core::release(Thread& t) {
  --t.references;
  // A thread holds a reference to itself until it ends. One that never ran ends with its last name.
  if (t.references == 1 && t.state == ThreadState::stopped) return end_thread(t);
  if (t.references) return;
  if (t.personality) release_portal(portals.at(t.personality));
  if (t.worker_portal) release_portal(portals.at(t.worker_portal));
  activations.release(activations.at(t.base));
  machine->thread_freed(t);
  threads.release(t);
}

}  // namespace hinge::nucleus
