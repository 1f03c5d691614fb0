#include "services/console/line_books.hpp"

namespace hinge::console {

Result<u64> LineBooks::done_before(Kind kind, Caller const& caller) {
  for (Record& r : books_[current_.load(std::memory_order_relaxed)].done) {
    if (r.kind == Kind::none || r.thread != caller.thread) continue;
    if (caller.reason == Reason::repeated && r.kind == kind && r.sequence == caller.sequence) return r.moved;
    // A thread waits for one answer at a time: that it asks something new says that it has had the last one.
    if (caller.reason != Reason::repeated) r.kind = Kind::none;
  }
  return fail(Error::not_found);
}

void LineBooks::commit(Kind kind, u64 count, Caller const& caller) {
  u32 const current = current_.load(std::memory_order_relaxed);
  Books& next = books_[1 - current];
  next = books_[current];
  (kind == Kind::write ? next.written : next.read) += count;
  next.done[next.next++ % records] = {caller.sequence, caller.thread, kind, count};
  current_.store(1 - current, std::memory_order_release);  // the moment at which both are so
}

}  // namespace hinge::console
