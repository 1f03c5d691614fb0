// Queues are short (a handful of entries), so a list in the order of sending is searched from its start.
#include "services/linux/signal/pending.hpp"

#include "host/heap.hpp"

namespace hinge::linux_service {

PendingSignals::Entry* PendingSignals::make(SignalInfo const& info) {
  if (in_place_used_) return host::make<Entry>(Entry{nullptr, info});
  in_place_used_ = true;
  in_place_ = {nullptr, info};
  return &in_place_;
}

void PendingSignals::free(Entry* entry) {
  if (entry == &in_place_) in_place_used_ = false;
  else host::destroy(entry);
}

Attempt<> PendingSignals::add(SignalInfo const& info, u32 limit) {
  Signal const s = info.number();
  if (!is_real_time(s) && set_.has(s)) return ok;
  bool const may_queue = !is_real_time(s) || queued_ < limit;
  Entry* const entry = may_queue ? make(info) : nullptr;
  if (entry) {
    Entry** at = &first_;
    while (*at) at = &(*at)->next;
    *at = entry;
    ++queued_;
  } else if (is_real_time(s)) {
    return fail(Errno::again);
  }
  set_.add(s);
  return ok;
}

bool PendingSignals::take(SignalSet allowed, SignalInfo& info) {
  SignalSet const there = set_ & allowed;
  if (there.empty()) return false;
  Signal const s = (there & synchronous).empty() ? there.lowest() : (there & synchronous).lowest();
  bool found = false, more = false;
  for (Entry** at = &first_; *at;) {
    Entry* const entry = *at;
    if (entry->info.number() != s) {
      at = &entry->next;
      continue;
    }
    if (found) {
      more = true;
      break;
    }
    found = true;
    info = entry->info;
    *at = entry->next;
    --queued_;
    free(entry);
  }
  if (!found) info = SignalInfo{.signal = i32(s), .code = signal_code::user};
  if (!more) set_.remove(s);
  return true;
}

void PendingSignals::discard(SignalSet which) {
  for (Entry** at = &first_; *at;) {
    Entry* const entry = *at;
    if (!which.has(entry->info.number())) {
      at = &entry->next;
      continue;
    }
    *at = entry->next;
    --queued_;
    free(entry);
  }
  set_ = set_ - which;
}

}  // namespace hinge::linux_service
