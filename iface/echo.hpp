// Echo: requests that do nothing, of the sizes whose price `hinge bench call` prints.
#pragma once

#include "iface/calls.hpp"

namespace hinge {

struct Echo {
  template <u32 N>
  struct Words { u64 words[N]; };

  struct Nothing { using Reply = Unit; };
  struct Six { using Reply = Words<6>; u64 words[6]; };
  struct SixtyFour { using Reply = Words<64>; u64 words[64]; };
  /// The server's own counters.
  struct Counters { struct Reply { u64 messages, switches; }; };
  using List = Calls<Nothing, Six, SixtyFour, Counters>;
};

}  // namespace hinge
