// Recording and checking: see the header.
#include "host/undo_log.hpp"

#include <algorithm>

#include "host/fault_point.hpp"

namespace hinge::host {

Result<> UndoLog::record(void* field, usize bytes) {
  fault_point();
  u32 const first = count_.load(std::memory_order_relaxed);
  if ((bytes + record_bytes - 1) / record_bytes > capacity - first) return fail(Error::no_space);
  u32 i = first;
  for (usize done = 0; done < bytes; ++i) {
    Record& r = records_[i];
    r.address = reinterpret_cast<u64>(field) + done;
    r.bytes = u32(std::min<usize>(bytes - done, record_bytes));
    r.reserved = 0;
    auto const* const from = reinterpret_cast<void const*>(r.address);
    if (r.bytes == record_bytes) std::memcpy(r.old, from, record_bytes);  // Of a known size, it is two loads and two stores.
    else std::memcpy(r.old, from, r.bytes);
    done += r.bytes;
  }
  count_.store(i, std::memory_order_release);
  // The field's store must not move above the record: a crash is seen by another thread of execution later.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return ok;
}

bool UndoLog::valid_within(u64 begin, u64 end) const {
  u32 const count = count_.load(std::memory_order_acquire);
  if (count > capacity) return false;
  return std::all_of(records_, records_ + count, [&](Record const& r) {
    return r.bytes <= record_bytes && r.address >= begin && r.address <= end && r.bytes <= end - r.address;
  });
}

}  // namespace hinge::host
