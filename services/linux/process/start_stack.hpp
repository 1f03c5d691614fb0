// The first page(s) of a program's stack (System V AMD64 psABI, 3.4.1): strings at the top, then below them argc, the
// pointers to arguments and environment, and the auxiliary vector. Arithmetic only; exec_stack.cpp writes it.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

/// AT_* numbers.
enum class Auxiliary : u64 {
  end = 0, program_headers = 3, program_header_bytes = 4, program_header_count = 5, page_bytes = 6, base = 7, flags = 8,
  entry = 9, uid = 11, euid = 12, gid = 13, egid = 14, platform = 15, hwcap = 16, clock_ticks = 17, secure = 23,
  random = 25, hwcap2 = 26, exec_name = 31, vdso = 33, signal_stack = 51
};

struct AuxiliaryEntry {
  Auxiliary kind;
  u64 value;
};

struct StackSizes {
  u64 argument_count = 0, argument_bytes = 0;        ///< Bytes with the zeros.
  u64 environment_count = 0, environment_bytes = 0;
  u64 name_bytes = 0;                                ///< AT_EXECFN's string with its zero.
  u64 vector_entries = 0;                            ///< With the end.
};

/// Addresses of the parts, ascending from `pointer`.
struct StackPlan {
  u64 pointer = 0;        ///< rsp at the start: argc lies there. 16-byte aligned.
  u64 argument_pointers = 0, environment_pointers = 0, vector = 0;
  u64 random = 0;         ///< 16 bytes.
  u64 platform = 0;       ///< "x86_64".
  u64 arguments = 0, environment = 0, name = 0;
  u64 top = 0;
};

inline constexpr u64 auxiliary_entries = 21;  ///< As many as exec writes, with the end.

inline constexpr char platform_name[] = "x86_64";

constexpr StackPlan plan_stack(u64 top, StackSizes const& s) {
  StackPlan p;
  p.top = top;
  u64 at = top - 8;  // One zero word ends the stack.
  p.name = at -= s.name_bytes;
  p.environment = at -= s.environment_bytes;
  p.arguments = at -= s.argument_bytes;
  p.platform = at -= sizeof platform_name;
  p.random = at = align_down(at - 16, 16);
  u64 const words = 1 + s.argument_count + 1 + s.environment_count + 1 + 2 * s.vector_entries;
  p.pointer = align_down(at - words * 8, 16);
  p.argument_pointers = p.pointer + 8;
  p.environment_pointers = p.argument_pointers + (s.argument_count + 1) * 8;
  p.vector = p.environment_pointers + (s.environment_count + 1) * 8;
  return p;
}

}  // namespace hinge::linux_service
