// Buffer: payload by reference. A request names memory in its sender's slot; for the time of the call, and only
// then, the receiver may copy from or to it (copy_in, copy_out). Across a boundary the nucleus checks each copy
// against the grants of the call in progress; on a direct call the verbs check the bounds and copy.
#pragma once

#include "host/host.hpp"

namespace hinge {

struct Buffer {
  u64 address = 0;     ///< In the sender's slot.
  u32 bytes = 0;
  u32 writable = 0;    ///< 1: the receiver may copy_out into it.

  /// Copies [offset, offset + count) of the buffer to own memory. invalid when out of bounds.
  Result<> copy_in(u64 offset, void* to, u64 count) const {
    if (offset > bytes || count > bytes - offset) return fail(Error::invalid);
    return host::buffer_copy(address + offset, to, count, false);
  }
  /// The other way; no_rights when the buffer is not writable.
  Result<> copy_out(u64 offset, void const* from, u64 count) const {
    if (offset > bytes || count > bytes - offset) return fail(Error::invalid);
    if (!writable) return fail(Error::no_rights);
    return host::buffer_copy(address + offset, const_cast<void*>(from), count, true);
  }
};
static_assert(sizeof(Buffer) == 16);

}  // namespace hinge
