// What the driver of the hostile service asks of it. Private to this image: all its instances are the same file.
#pragma once

#include "iface/calls.hpp"

namespace hinge::hostile {

struct Attacks {
  /// What a method replies that can be told whether it held.
  struct Held { u64 attempts, broken; };

  struct Natives { using Reply = Held; u64 seed, rounds; };       ///< Random native calls.
  struct Calls_ { using Reply = Held; u64 seed, rounds; };        ///< Random calls to the echo.
  struct Forge { using Reply = Unit; u64 variant; };              ///< Replies in a way of its own.
  struct ForgeLong { using Reply = Unit; u64 variant; u64 words[7]; };
  struct Flags { using Reply = Held; };                           ///< Odd flags and segment bases around calls.
  struct Unmap { using Reply = Held; u64 rounds; };               ///< A buffer goes while the peer copies from it.
  struct Portals { using Reply = Held; u64 rounds; };             ///< Makes portals, calls them, deletes them, with calls inside too.
  struct Look { struct Reply { u64 rcx, r11, r15, flags, fs_base, gs_base; }; };   ///< What its entry found.
  struct Copy { static constexpr u32 buffers = 1; using Reply = Unit; u64 address; u32 bytes, writable; u64 rounds; };
  struct Floating { using Reply = Unit; };                        ///< Uses SSE: does not come back.
  struct Step { using Reply = Unit; };                            ///< Single-steps itself: does not come back.
  struct Frames { struct Reply { u64 frames; }; };                ///< Charged to it.
  using List = Calls<Natives, Calls_, Forge, ForgeLong, Flags, Unmap, Portals, Look, Copy, Floating, Step, Frames>;
};

inline constexpr u64 magic = 0x5a5a'dead'4b1d'0000;   ///< What is never to be seen on the other side, low bits aside.
inline constexpr u64 magic_base = 0x0000'7ead'4b1d'0000;
inline constexpr u32 forged = 8;                      ///< Variants of Forge.

class Random {
 public:
  explicit Random(u64 seed) : state_{seed * 0x9e37'79b9'7f4a'7c15 | 1} {}
  u64 next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }
  u64 below(u64 n) { return (next() >> 11) % n; }

 private:
  u64 state_;
};

}  // namespace hinge::hostile
