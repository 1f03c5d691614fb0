// VaultLog: the records of a volume's uncommitted changes, in the vault, so that they outlive the service. Two halves take
// turns: one belongs to the running transaction, the other to the one before, until it is committed. A record counts from
// the one store that raises `used`; a half is given up as a whole.
//
// Answers outlive their records: what each thread was last replied to stands in a table, filled when a half is given up.
// Guarded by the volume's lock.
#pragma once

#include <atomic>

#include "host/vault.hpp"
#include "services/ext4/record.hpp"

namespace hinge::ext4 {

struct LogHalf {
  static constexpr u32 bytes = 512 * 1024;
  u64 transaction;            ///< Its number in the journal, plus 2^32: 0 says that the half was never used.
  u64 promised;               ///< Space::promised before its first record.
  std::atomic<u64> used;      ///< Bytes of records that count.
  u64 reserved;
  u8 records[bytes - 32];
};
static_assert(sizeof(LogHalf) == LogHalf::bytes);

/// The last answer of a thread.
struct Answer {
  OperationId operation;
  Outcome outcome;
};

struct LogState {
  static constexpr u32 max_threads = 4096;
  LogHalf halves[2];
  Answer answers[max_threads];
};

/// LogStates, of the vault; they are committed when first used, and not logged in the undo log.
class LogPool : public host::PoolBase {
  struct Slot { Cell cell; LogState state; };

 public:
  constexpr explicit LogPool(u32 capacity) : PoolBase{sizeof(Slot), capacity} {}
  Result<host::Name> allocate(host::UndoLog& undo);
  Result<> free(host::UndoLog& undo, host::Name name) { return free_cell(undo, name); }
  [[nodiscard]] LogState* find(host::Name name) const {
    Cell* const c = find_cell(name);
    return c ? &reinterpret_cast<Slot*>(c)->state : nullptr;
  }
};

class VaultLog {
 public:
  static constexpr u32 max_record = 16 * 1024;

  explicit VaultLog(LogState& state) : state_{state} {}

  /// Gives the half up that `transaction` is to use, and makes it that transaction's. `promised` as it is now.
  void begin(u32 transaction, u64 promised);
  /// Whether the transaction may have one more record of the largest size.
  [[nodiscard]] bool has_room(u32 transaction) const { return half(transaction).used.load(std::memory_order_relaxed) + max_record <= sizeof(LogHalf::records); }
  /// Where the next record of the transaction is to be written.
  [[nodiscard]] u8* next(u32 transaction) const { return half(transaction).records + half(transaction).used.load(std::memory_order_relaxed); }
  /// The record that next() gave counts from now on.
  void publish(u32 transaction, u32 bytes);

  /// The half of a transaction if it is its, else null.
  [[nodiscard]] LogHalf* find(u32 transaction) const;
  /// What was answered to an operation before; null: nothing.
  [[nodiscard]] Outcome const* answer(OperationId const& operation) const;
  /// The promises as the last record left them.
  [[nodiscard]] u64 promised(u32 transaction) const;

 private:
  static constexpr u64 mark = u64{1} << 32;
  [[nodiscard]] LogHalf& half(u32 transaction) const { return state_.halves[transaction % 2]; }
  void give_up(LogHalf& half);

  LogState& state_;
};

/// Calls f(RecordHead const&) for each record that counts, oldest first.
template <class F>
Result<> for_each_record(LogHalf const& half, F&& f) {
  for (u64 at = 0; at < half.used.load(std::memory_order_acquire);) {
    auto const& record = *reinterpret_cast<RecordHead const*>(half.records + at);
    TRY(f(record));
    at += record.bytes;
  }
  return ok;
}

}  // namespace hinge::ext4
