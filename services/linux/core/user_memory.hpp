// Reading and writing the calling process' memory. These check that addresses are a program's own, make pages that are
// not there yet, and answer bad_address where Linux would. They may take locks of files and sleep for a disk: call them
// without any lock; under a lock only the _nofault forms, which stop at a page that is not there.
#pragma once

#include <span>

#include "abi/layout.hpp"
#include "host/host.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Thread;

/// Whether [address, address + bytes) lies in the part of the address space that programs own.
constexpr bool is_user_range(UserAddr address, u64 bytes) {
  return address.raw() <= layout::user_end && bytes <= layout::user_end - address.raw();
}
/// Whether a copy there may do anything: only what it says no to is wrong for sure, for the rest the copy itself finds out.
constexpr bool may_be_copied(UserAddr address, u64 bytes) { return (address.raw() | bytes | (address.raw() + bytes)) >> 47 == 0; }

/// Bytes NOT copied; all of them where the memory is not a program's.
inline usize copy_from_user_nofault(void* to, UserAddr from, usize bytes) { return host::copy_from_caller(to, from, bytes); }
inline usize copy_to_user_nofault(UserAddr to, void const* from, usize bytes) { return host::copy_to_caller(to, from, bytes); }

/// The rest of a copy that came short, with the pages made that were not there: `left` of `bytes`.
Attempt<> copy_rest_from_user(Thread& self, void* to, UserAddr from, usize bytes, usize left);
Attempt<> copy_rest_to_user(Thread& self, UserAddr to, void const* from, usize bytes, usize left);

inline Attempt<> copy_from_user(Thread& self, void* to, UserAddr from, usize bytes) {
  usize const left = copy_from_user_nofault(to, from, bytes);
  return left ? copy_rest_from_user(self, to, from, bytes, left) : ok;
}
inline Attempt<> copy_to_user(Thread& self, UserAddr to, void const* from, usize bytes) {
  usize const left = copy_to_user_nofault(to, from, bytes);
  return left ? copy_rest_to_user(self, to, from, bytes, left) : ok;
}
/// Makes a page present that a _nofault copy stopped at (the address of the first byte that was not copied).
Attempt<> make_present(Thread& self, UserAddr address, bool write);

/// A zero-terminated string of at most `room` bytes with the zero; returns its length without it. name_too_long if there
/// is no zero within `room`.
Attempt<usize> copy_string_from_user(Thread& self, char* to, UserAddr from, usize room);

template <class T>
Attempt<> copy_from_user(Thread& self, T& to, UserAddr from) {
  static_assert(std::is_trivially_copyable_v<T>);
  return copy_from_user(self, &to, from, sizeof(T));
}
template <class T>
Attempt<> copy_to_user(Thread& self, UserAddr to, T const& from) {
  static_assert(std::is_trivially_copyable_v<T>);
  return copy_to_user(self, to, &from, sizeof(T));
}
/// For copies of nothing.
inline constexpr char page_of_zeroes[page_bytes] = {};
/// Zeroes a range (read of a hole, bss).
Attempt<> clear_user(Thread& self, UserAddr to, usize bytes);

}  // namespace hinge::linux_service
