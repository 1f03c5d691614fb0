// What placement wires a service to: the table of operations that is the host contract (documented, operation by
// operation, in host/host.hpp) and the Caller that comes with each request.
#pragma once

#include "abi/native.hpp"
#include "base/types.hpp"

namespace hinge {

/// Who asks. Stamped by the nucleus when a request crosses a boundary; on a direct call passed along as it is.
struct Caller {
  u64 badge = 0;             ///< Of the capability the call came through; 0 on a direct call.
  u32 thread = 0;            ///< The outermost thread.
  Reason reason = Reason::first;
  u64 deadline_ns = no_deadline;  ///< Monotonic. In a call to another domain: the caller goes on then, with timed_out.
  u64 sequence = 0;          ///< Operation number: with `thread`, names the outermost request and stays equal on reissue.
};

namespace host {

using Operation = i64 (*)(u64, u64, u64, u64, u64, u64);

struct Table {
  Operation operations[native::count];
  /// Sends `words_in` & 0xff words at `words` to a method of a portal; the first (`words_in` >> 8 & 0xff) pairs of them are
  /// Buffers, granted to the callee for this call. Bit 16 of `words_in`: `words` has room for 64 words, and either way
  /// may use them; else both have at most 6. Bit 18: the request is sent again (native::repeated_call). The reply lies at `words` afterwards. Returns status | reply words << 8.
  u64 (*call)(Handle portal, u32 method, u32 words_in, u64* words, Caller const& caller);
  /// Copy between the slot and the calling process' lower half (personality only), whatever address a program gave. Returns
  /// bytes NOT copied: all of them when the range is not in the lower half.
  /// Stops at the first page that is neither present nor fillable inside the nucleus.
  usize (*copy_in)(void* to, u64 user_from, usize bytes);
  usize (*copy_out)(u64 user_to, void const* from, usize bytes);
  /// Atomic compare-exchange of a 32-bit word of the calling process: 0 done (old value in *old), 1 faulted.
  u32 (*exchange_word)(u64 user, u32 expected, u32 desired, u32* old);
};

}  // namespace host
}  // namespace hinge
