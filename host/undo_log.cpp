// Recording and checking: see the header.
#include "host/undo_log.hpp"

#include <algorithm>

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
    std::memcpy(r.old, reinterpret_cast<void const*>(r.address), r.bytes);
    done += r.bytes;
  }
  publish(i);
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
