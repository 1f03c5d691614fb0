// Echo: requests that do nothing, of the sizes whose price `hinge bench call` and `hinge bench boundary` print.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct Echo {
  template <u32 N>
  struct Words { u64 words[N]; };

  struct Nothing { using Reply = Unit; };
  struct Six { using Reply = Words<6>; u64 words[6]; };
  struct SixtyFour { using Reply = Words<64>; u64 words[64]; };
  static constexpr u32 max_bytes = 64 * 1024;
  /// Copies a granted buffer, of max_bytes at most, into memory of the server's. invalid.
  struct Copy { using Reply = Unit; static constexpr u32 buffers = 1; Buffer from; };
  /// Maps so much of a memory object, max_bytes at most, looks at each page, and unmaps it. invalid. The object is the
  /// server's own: a buffer's grant allows copies, not mappings.
  struct Map { using Reply = Unit; u64 bytes; };
  /// The server's own counters.
  struct Counters { struct Reply { u64 messages, switches; }; };
  using List = Calls<Nothing, Six, SixtyFour, Copy, Map, Counters>;
};

}  // namespace hinge
