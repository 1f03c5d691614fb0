// Value: what a system-call handler returns: a result >= 0, an Errno, or one of three instructions to the dispatcher.
// Integers, Errno and failed Attempts convert by themselves, so that handlers say `return 0;` or `return Errno::again;`.
#pragma once

#include <concepts>

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class [[nodiscard]] Value {
 public:
  enum class Kind : u32 {
    result,   ///< For rax: a number >= 0.
    error,    ///< For rax: a negated Errno.
    blocked,  ///< The thread waits without a stack (made by Thread::block only); the call will be issued again.
    keep,     ///< The handler has written the thread's registers itself: exec, sigreturn.
    end,      ///< The thread is over.
  };

  template <std::integral I>
  constexpr Value(I result) : number_{static_cast<i64>(result)} {}
  constexpr Value(UserAddr address) : number_{static_cast<i64>(address.raw())} {}
  constexpr Value(Unit) {}
  constexpr Value(Errno e) : number_{-static_cast<i64>(e)}, kind_{Kind::error} {}
  constexpr Value(std::unexpected<Errno> e) : Value{e.error()} {}
  template <class T> requires std::constructible_from<Value, T>
  constexpr Value(Attempt<T> const& a) : Value{a ? Value{*a} : Value{a.error()}} {}

  static constexpr Value blocked() { return Value{Kind::blocked}; }
  static constexpr Value keep() { return Value{Kind::keep}; }
  static constexpr Value end() { return Value{Kind::end}; }

  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is_error() const { return kind_ == Kind::error; }
  [[nodiscard]] constexpr bool is(Errno e) const { return is_error() && number_ == -static_cast<i64>(e); }
  [[nodiscard]] constexpr Errno error() const { return Errno(u16(-number_)); }
  /// As rax shows it.
  [[nodiscard]] constexpr u64 number() const { return static_cast<u64>(number_); }

 private:
  constexpr explicit Value(Kind kind) : kind_{kind} {}
  i64 number_ = 0;
  Kind kind_ = Kind::result;
};

}  // namespace hinge::linux_service
