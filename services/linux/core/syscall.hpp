// How a system call of Linux looks in the personality: `Value sys_NAME(Thread& self, Args const& a)`, listed as
// X(number, NAME) in the calls.def of its folder. dispatch.cpp makes the table from those lists.
#pragma once

#include "services/linux/core/value.hpp"

namespace hinge::linux_service {

class Thread;

/// The six argument words, read as the C type that the call declares.
class Args {
 public:
  /// The words as they lie where the nucleus has put them.
  static Args const& at(u64 const* words) { return *reinterpret_cast<Args const*>(words); }
  constexpr u64 operator[](u32 i) const { return words_[i]; }
  [[nodiscard]] constexpr i32 integer(u32 i) const { return static_cast<i32>(words_[i]); }
  [[nodiscard]] constexpr u32 word(u32 i) const { return static_cast<u32>(words_[i]); }
  [[nodiscard]] constexpr i64 signed_long(u32 i) const { return static_cast<i64>(words_[i]); }
  [[nodiscard]] constexpr UserAddr address(u32 i) const { return UserAddr{words_[i]}; }
  [[nodiscard]] constexpr u64 const* words() const { return words_; }

 private:
  u64 words_[6];
};

using Handler = Value (*)(Thread& self, Args const& a);

}  // namespace hinge::linux_service
