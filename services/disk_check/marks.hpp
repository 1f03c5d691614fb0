// Marks for the plugin that counts instructions (tests/peers/opcount.c): NOPs that it knows. What is executed between begin and
// end is reported under a label, divided by the number of operations in it.
#pragma once

#include <string_view>

#include "base/types.hpp"

namespace hinge::disk_check {

/// nopl disp32(%rax,%rax,1) with displacement 0x4f4200xx.
template <u8 Code>
[[gnu::always_inline]] inline void mark() {
  asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, %c0, 0x00, 0x42, 0x4f" : : "i"(Code) : "memory");
}

/// "NAME<TAB>OPERATIONS", bit by bit.
inline void mark_label(std::string_view text) {
  mark<1>();
  for (char c : text)
    for (u32 bit = 0; bit < 8; ++bit) {
      if (c >> bit & 1) mark<3>();
      else mark<2>();
    }
}
inline void mark_begin() { mark<4>(); }
inline void mark_end() { mark<5>(); }

}  // namespace hinge::disk_check
