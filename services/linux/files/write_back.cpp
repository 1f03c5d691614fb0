// Writing back: rows of dirty pages become requests. A page is clean from the moment its request is made up, when mappings
// lose it too; who changes it meanwhile makes it dirty again. Nothing here allocates.
#include <algorithm>
#include <cstring>

#include "services/linux/files/dirty_list.hpp"

namespace hinge::linux_service {

/// Makes up the next request from the dirty pages of [from, last). False: there are none, or (`busy`) the first of them is
/// just being written as it was before, or writing is paused.
bool DiskCache::collect(u64 from, u64 last, Batch& b, bool& busy) {
  busy = false;
  b = {dirty_count() ? dirty_tree_.next_present(from, last) : last, 0, 0, nullptr};
  if (b.first >= last) return false;
  bool stored = false;
  for (; !paused_ && b.count < batch && b.first + b.count < last; ++b.count) {
    u64* const word = tree_.find(b.first + b.count);
    if (!word || !(*word & dirty) || *word & writing) break;
    if (b.count == 0) b.pages = address(*word);
    else if (address(*word) != b.pages + b.count * page_bytes) break;
    stored = stored || *word & storing;
    b.promises += (*word & promised) != 0;
    *word = (*word & ~(dirty | promised)) | writing;
  }
  busy = b.count == 0;
  if (busy) return false;
  dirty_tree_.visit(b.first, b.first + b.count, [](u64, u64& mark) { mark = 0; });
  dirty_pages_.fetch_sub(b.count, std::memory_order_relaxed);
  DirtyList::count(-i64(b.count));
  writing_ += b.count;
  if (stored) {
    (void)host::object_withdraw(object_, b.first, b.count);
    tree_.visit(b.first, b.first + b.count, [](u64, u64& word) { word &= ~(storing | mapped); });
  }
  clear_tail(b);
  return true;
}

/// What a mapping has stored behind the end is nobody's, and not to be seen when the file grows.
void DiskCache::clear_tail(Batch const& b) {
  u64 const end = source_.end(), begin = b.first * page_bytes, bytes = b.count * page_bytes;
  if (end > begin && end < begin + bytes) std::memset(b.pages + (end - begin), 0, bytes - (end - begin));
}

Attempt<> DiskCache::send(Batch const& b) {
  auto const done = source_.write_pages(b.first * page_bytes, Buffer{reinterpret_cast<u64>(b.pages), u32(b.count * page_bytes), 0});
  if (!done) errors_.record(done.error());
  {
    Guard guard{lock_};
    tree_.visit(b.first, b.first + b.count, [&](u64, u64& word) { word = (word & ~writing) | (done ? placed : 0); });
    writing_ -= b.count;
    if (b.promises) source_.end_places(b.promises, bool{done});
    promised_pages_.fetch_sub(b.promises, std::memory_order_relaxed);
  }
  tell_ended();
  return done;
}

bool DiskCache::any_busy(u64 first, u64 last, u64 busy_marks) {
  bool any = false;
  if (busy_marks == writing && writing_ == 0) return false;
  tree_.visit(first, last, [&](u64, u64& word) { any = any || word & busy_marks; });
  return any;
}

void DiskCache::pause() {
  for (;;) {
    u32 const seen = ended_.load(std::memory_order_acquire);
    {
      Guard guard{lock_};
      paused_ = true;
      if (writing_ == 0) return;
    }
    wait(seen);
  }
}

void DiskCache::resume() {
  {
    Guard guard{lock_};
    paused_ = false;
  }
  tell_ended();
}

void DiskCache::wait_written(u64 first, u64 last) {
  for (;;) {
    u32 const seen = ended_.load(std::memory_order_acquire);
    {
      Guard guard{lock_};
      if (!any_busy(first, last, writing)) return;
    }
    wait(seen);
  }
}

Attempt<> DiskCache::write_back(u64 first, u64 last, u64 most) {
  Attempt<> result = ok;
  u64 written = 0;
  for (u64 at = first; written < most;) {
    Batch b;
    bool busy, more;
    u32 const seen = ended_.load(std::memory_order_acquire);
    {
      Guard guard{lock_};
      more = collect(at, last, b, busy);
    }
    if (busy) {
      wait(seen);
      continue;
    }
    if (!more) break;
    if (auto const sent = send(b); !sent && result) result = sent;
    written += b.count;
    at = b.first + b.count;
  }
  if (most == ~u64{0}) wait_written(first, last);
  return result;
}

}  // namespace hinge::linux_service
