// Waiting and waking of one thread. The event's count is kept here too (seen_wakes): every wake adds one to both, so a
// request knows without asking the nucleus which count it saw when it began. A wake after that makes the two differ, and
// the nucleus issues the request again instead of parking it.
#include "services/linux/core/thread.hpp"

#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/process/exec_image.hpp"

namespace hinge::linux_service {

Thread::Thread(Ref<Process> process) : process_{static_cast<Ref<Process>&&>(process)} {}

Thread::~Thread() {
  if (handle != no_handle) (void)host::cap_delete(handle);
  if (event != no_handle) (void)host::cap_delete(event);
}

bool Thread::interrupted() const { return attention.load(std::memory_order_acquire) & attention::others; }

Value Thread::block(u64 deadline_ns, Errno when_interrupted) {
  if (interrupted() || request.reason == Reason::cancelled) return when_interrupted;
  if (request.reason == Reason::timed_out) return Errno::timed_out;
  wait_deadline_ns = deadline_ns;
  return Value::blocked();
}

Value Thread::block_killable() {
  if (attention.load(std::memory_order_acquire) & attention::end) return Errno::interrupted;
  wait_deadline_ns = no_deadline;
  return Value::blocked();
}

void Thread::wake() {
  // Before the nucleus' count, so that a request that begins in between is issued once too often rather than lost.
  seen_wakes.fetch_add(1, std::memory_order_acq_rel);
  (void)host::event_signal(event);
}

void Thread::interrupt() {
  (void)host::thread_interrupt(handle);
  wake();
}

void Thread::set_temporary_mask(SignalSet mask) {
  Process& p = *process_;
  Guard guard{p.lock};
  saved_mask = blocked;
  attention.fetch_or(attention::mask, std::memory_order_relaxed);
  blocked = mask - unblockable;
  update_attention(p, *this);
}

}  // namespace hinge::linux_service
