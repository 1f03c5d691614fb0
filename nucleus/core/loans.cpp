// Priority inheritance (Sha, Rajkumar, Lehoczky, IEEE Trans. Computers 1990): who waits for a service's lock lends its
// priority to the owner, and through the owner to whomever that one waits for, across as many locks and services as the
// chain is long. A thread keeps a list of its lenders; its priority is the highest of its own and theirs.
//
// Loans end with the wait. One who is woken to take the lock is lent to by the others from then on: it is the best of
// them, and if somebody else was quicker, it waits again and hands everything on.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

namespace {

/// Threads in a chain of owners who wait for others, seen from its beginning. Longer ones are lent to up to here.
constexpr u32 longest_chain = 16;

}  // namespace

void Core::lend(Thread& from, Thread& to) {
  if (&from == &to) return;
  if (!to.lenders) to.own_priority = to.priority;
  from.lends_to = to.index;
  from.previous_lender = 0;
  from.next_lender = to.lenders;
  if (to.lenders) threads.at(to.lenders).previous_lender = from.index;
  to.lenders = from.index;
  to.flags.fetch_or(flag_lent, std::memory_order_relaxed);
  follow(to);
}

void Core::unlend(Thread& from) {
  Thread& to = threads.at(from.lends_to);
  (from.previous_lender ? threads.at(from.previous_lender).next_lender : to.lenders) = from.next_lender;
  if (from.next_lender) threads.at(from.next_lender).previous_lender = from.previous_lender;
  from.lends_to = from.next_lender = from.previous_lender = 0;
  if (to.priority != to.own_priority) follow(to);
}

/// Brings the priorities along a chain up to date, from `first` on.
void Core::follow(Thread& first) {
  u32 at = first.index;
  for (u32 i = 0; at && i < longest_chain; ++i) {
    Thread& t = threads.at(at);
    u8 best = t.own_priority;
    for (u32 l = t.lenders; l; l = threads.at(l).next_lender) best = threads.at(l).priority > best ? threads.at(l).priority : best;
    if (best == t.priority && i) return;
    if (best != t.priority) requeue(t, best, t.cpu_mask);
    at = t.lends_to;
  }
}

bool Core::goes_through(Thread const& t, Slot const& slot) const {
  if (in_personality(t) && t.entrance->slot == slot.index) return true;
  for (u32 i = t.activation; i != t.base; i = activations.at(i).caller)
    if (activations.at(i).slot == slot.index) return true;
  return false;
}

void Core::hurry(Thread& from, Slot const& slot) {
  constexpr u32 looks = 256;
  u32 looked = 0;
  Thread* elsewhere = nullptr;
  for (u32 cpu = 0; cpu < cpus; ++cpu) {
    for (u32 priority = from.priority; priority-- > 0;) {
      for (u32 i = run_queues_[cpu].queues[priority].head; i && looked < looks; i = threads.at(i).next, ++looked) {
        Thread& t = threads.at(i);
        if (goes_through(t, slot)) return lend(from, t);
        if (in_personality(t) || t.activation != t.base) elsewhere = &t;
      }
    }
  }
  if (elsewhere) lend(from, *elsewhere);
}

void Core::forfeit(Thread& t) {
  while (t.lenders) unlend(threads.at(t.lenders));
  t.flags.fetch_and(~u32{flag_lent}, std::memory_order_relaxed);
}

}  // namespace hinge::nucleus
