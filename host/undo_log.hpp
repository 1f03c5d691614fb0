// The undo log of one activation: vault stores go through it, so that a request that ends badly, by its own error or by
// a crash in the middle, leaves the vault as it found it. Old bytes are recorded before the new ones are stored; commit
// forgets them, rollback puts them back in reverse order. The log itself lies in the vault.
// One activation uses a log at a time; locks on what it changes are held until commit or rollback.
#pragma once

#include <atomic>
#include <cstring>
#include <type_traits>

#include "base/result.hpp"
#include "host/fault_point.hpp"

namespace hinge::host {

class UndoLog {
 public:
  static constexpr u32 capacity = 120;   ///< Records; a longer value takes several.
  static constexpr u32 record_bytes = 16;

  /// field = value, undoable. no_space when the log is full: roll back and fail the request.
  template <class T>
  Result<> set(T& field, std::type_identity_t<T> const& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if constexpr (sizeof(T) <= record_bytes) TRY(record_one<sizeof(T)>(&field));
    else TRY(record(&field, sizeof(T)));
    field = value;
    return ok;
  }
  /// Copies bytes over vault memory, undoable.
  Result<> store(void* to, void const* from, usize bytes) {
    TRY(record(to, bytes));
    std::memcpy(to, from, bytes);
    return ok;
  }
  /// The request's effect stands. One store: it is the moment at which effect and record become one.
  void commit() { count_.store(0, std::memory_order_release); }
  /// As if nothing had been set since the last commit.
  void rollback() {
    for (u32 i = count_.load(std::memory_order_acquire); i-- > 0;) {
      std::memcpy(reinterpret_cast<void*>(records_[i].address), records_[i].old, records_[i].bytes);
      count_.store(i, std::memory_order_release);
    }
  }
  [[nodiscard]] bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }
  /// After a crash, before rollback: every record must lie in [begin, end).
  [[nodiscard]] bool valid_within(u64 begin, u64 end) const;

 private:
  friend class Vault;
  struct Record { u64 address; u32 bytes, reserved; char old[record_bytes]; };
  Result<> record(void* field, usize bytes);
  /// The same for what fits into one record: most fields do.
  template <usize Bytes>
  [[gnu::noinline]] Result<> record_one(void* field) {
    fault_point();
    u32 const i = count_.load(std::memory_order_relaxed);
    if (i == capacity) return fail(Error::no_space);
    Record& r = records_[i];
    r.address = reinterpret_cast<u64>(field);
    r.bytes = Bytes;
    r.reserved = 0;
    std::memcpy(r.old, field, Bytes);
    publish(i + 1);
    return ok;
  }
  void publish(u32 records) {
    count_.store(records, std::memory_order_release);
    // The field's store must not move above the record: a crash is seen by another thread of execution later.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  std::atomic<u32> owner_{0};   ///< 1 while an activation uses it. Claimed and given back by Vault.
  std::atomic<u32> count_{0};   ///< Release after a record is written, so that a reader after a crash sees it whole.
  Record records_[capacity];
};
static_assert(sizeof(UndoLog) <= page_bytes);

}  // namespace hinge::host
