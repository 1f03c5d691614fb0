// FUTEX_WAKE_OP's encoded operation and comparison (futex(2)), and requeueing.
#pragma once

#include "services/linux/process/futex.hpp"

namespace hinge::linux_service {

struct WakeOperation {
  enum Kind : u8 { set, add, bit_or, and_not, bit_xor } kind;
  enum Comparison : u8 { equal, unequal, less, less_equal, greater, greater_equal } comparison;
  i32 operand, against;
  bool is_valid;

  [[nodiscard]] constexpr u32 apply(u32 value) const {
    switch (kind) {
      case set: return u32(operand);
      case add: return value + u32(operand);
      case bit_or: return value | u32(operand);
      case and_not: return value & ~u32(operand);
      case bit_xor: return value ^ u32(operand);
    }
    return value;
  }
  [[nodiscard]] constexpr bool compare(u32 old) const {
    i32 const value = i32(old);
    switch (comparison) {
      case equal: return value == against;
      case unequal: return value != against;
      case less: return value < against;
      case less_equal: return value <= against;
      case greater: return value > against;
      case greater_equal: return value >= against;
    }
    return false;
  }
};

constexpr WakeOperation decode_wake_operation(u32 encoded) {
  constexpr u32 shifts_operand = 8;
  auto const signed12 = [](u32 v) { return i32(v << 20) >> 20; };
  u32 const kind = encoded >> 28, comparison = encoded >> 24 & 15;
  i32 operand = signed12(encoded >> 12 & 0xfff);
  if (kind & shifts_operand) operand = i32(u32{1} << (operand & 31));
  return {WakeOperation::Kind(kind & 7), WakeOperation::Comparison(comparison), operand, signed12(encoded & 0xfff),
          (kind & 7) <= WakeOperation::bit_xor && comparison <= WakeOperation::greater_equal};
}

struct RequeueCounts { u32 woken, moved; };
/// With both buckets locked: compares the word if asked (again: it differs; bad_address: its page is not present), wakes
/// the first, moves the next. Returns how many were woken or moved.
Attempt<u32> requeue_locked(FutexBucket& source, FutexBucket& target, FutexKey from, FutexKey to, RequeueCounts most,
                            bool compares, UserAddr word, u32 expected);

}  // namespace hinge::linux_service
