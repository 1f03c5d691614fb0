#include "services/ext4/vault_log.hpp"

namespace hinge::ext4 {

Result<host::Name> LogPool::allocate(host::UndoLog& undo) {
  host::Name const name = TRY(allocate_cell(undo));
  LogState& state = *find(name);
  for (LogHalf& h : state.halves) {
    h.transaction = h.promised = 0;
    h.used.store(0, std::memory_order_relaxed);
  }
  std::memset(static_cast<void*>(state.answers), 0, sizeof state.answers);
  return name;
}

void VaultLog::begin(u32 transaction, u64 promised) {
  LogHalf& h = half(transaction);
  give_up(h);
  h.promised = promised;
  h.transaction = mark | transaction;
}

/// In this order a death in between leaves either the records, or their answers, or both.
void VaultLog::give_up(LogHalf& h) {
  (void)for_each_record(h, [&](RecordHead const& r) -> Result<> {
    if (r.operation.sequence != 0 && r.operation.thread < LogState::max_threads)
      state_.answers[r.operation.thread] = {r.operation, r.outcome};
    return ok;
  });
  h.used.store(0, std::memory_order_release);
}

void VaultLog::publish(u32 transaction, u32 bytes) {
  LogHalf& h = half(transaction);
  // Release: whoever finds it counted, after a crash, finds all of it.
  h.used.store(h.used.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
}

LogHalf* VaultLog::find(u32 transaction) const {
  LogHalf& h = half(transaction);
  return h.transaction == (mark | transaction) ? &h : nullptr;
}

Outcome const* VaultLog::answer(OperationId const& operation) const {
  if (operation.sequence == 0) return nullptr;
  Outcome const* found = nullptr;
  // Of the steps of one operation the last: the older half first.
  u32 const older = state_.halves[0].transaction > state_.halves[1].transaction;
  for (u32 i : {older, 1 - older})
    (void)for_each_record(state_.halves[i], [&](RecordHead const& r) -> Result<> {
      if (r.operation == operation) found = &r.outcome;
      return ok;
    });
  if (found) return found;
  if (operation.thread >= LogState::max_threads) return nullptr;
  Answer const& last = state_.answers[operation.thread];
  return last.operation == operation ? &last.outcome : nullptr;
}

u64 VaultLog::promised(u32 transaction) const {
  LogHalf const& h = half(transaction);
  u64 promised = h.promised;
  (void)for_each_record(h, [&](RecordHead const& r) -> Result<> {
    promised = r.promised;
    return ok;
  });
  return promised;
}

}  // namespace hinge::ext4
