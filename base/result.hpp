// The error policy: everything that can fail returns Result<T>; TRY passes a failure on.
// One closed list of codes for nucleus, host and services. errno values exist in one file of the
// Linux personality only. No exceptions, no RTTI, no "should not happen" without a check.
#pragma once

#include <expected>

#include "base/types.hpp"

namespace hinge {

enum class Error : u8 {
  none = 0,            ///< Only as a wire status; never inside a Result.
  invalid,             ///< An argument is malformed or out of its domain.
  bad_handle,          ///< No capability in that slot, or one of another kind.
  no_rights,           ///< The capability lacks the right for this.
  not_found,
  exists,
  no_memory,           ///< No frames, or no address range.
  quota,               ///< The account that would pay is used up.
  bad_address,         ///< A pointer outside what the domain may name, or unmapped.
  not_present,         ///< Holder-filled memory without a frame yet: populate and retry.
  busy,
  peer_died,           ///< The domain that was to answer is gone.
  peer_restarts,       ///< It is gone and comes back: the request is to be issued again, as Reason::repeated.
  timed_out,
  cancelled,           ///< The caller was told to stop waiting; the handler must finish.
  blocked,             ///< The handler waits without a stack: see Caller and Blocked.
  would_block,         ///< Asked not to wait.
  not_supported,
  io,
  no_space,
  read_only,
  not_directory,
  is_directory,
  not_empty,
  name_too_long,
  too_many_links,
  access,              ///< Permission of the object, as opposed to no_rights of the capability.
  not_permitted,       ///< Only the owner or a privileged caller may.
  too_big,
  corrupt,             ///< Data from disk, image or peer that breaks its format.
  cross_device,
  loop,                ///< A cycle, or too many indirections.
  count_               ///< Number of codes; not a code.
};

template <class T = Unit>
using Result = std::expected<T, Error>;

constexpr std::unexpected<Error> fail(Error e) { return std::unexpected<Error>{e}; }
inline constexpr Unit ok{};

/// A code as an identifier, for logs. Never null.
constexpr char const* to_string(Error e) {
  constexpr char const* names[] = {
      "none", "invalid", "bad_handle", "no_rights", "not_found", "exists", "no_memory", "quota", "bad_address",
      "not_present", "busy", "peer_died", "peer_restarts", "timed_out", "cancelled", "blocked", "would_block", "not_supported", "io",
      "no_space", "read_only", "not_directory", "is_directory", "not_empty", "name_too_long", "too_many_links", "access",
      "not_permitted", "too_big", "corrupt", "cross_device", "loop"};
  static_assert(sizeof names / sizeof *names == static_cast<usize>(Error::count_));
  return e < Error::count_ ? names[static_cast<usize>(e)] : "?";
}

}  // namespace hinge

/// Evaluates a Result; on failure returns the error from the enclosing function, else yields the value.
#define TRY(...)                                                 \
  ({                                                             \
    auto try_result_ = (__VA_ARGS__);                            \
    if (!try_result_) return ::hinge::fail(try_result_.error()); \
    *static_cast<decltype(try_result_)&&>(try_result_);          \
  })
