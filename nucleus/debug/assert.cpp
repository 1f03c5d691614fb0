// What assert() of the C library's header calls: the intrusive containers check themselves with it.
#include "nucleus/debug/panic.hpp"

extern "C" [[noreturn]] void __assert_fail(char const* what, char const* file, unsigned line, char const*) noexcept {
  hinge::nucleus::panic("{}:{}: not so: {}", file, line, what);
}
