#include "services/linux/tty/termios.hpp"

#include <gtest/gtest.h>

namespace hinge::linux_service {
namespace {

constexpr Termios start = initial_termios(pty_control);

TEST(ShortTermios, ComesBackAsItWas) {
  Termios t = start;
  t.local |= 0x1234'0000;
  t.characters[12] = 99;
  Termios const back = ShortTermios::of(t).put_into(t);
  EXPECT_EQ(back.local, t.local);
  EXPECT_EQ(back.characters, t.characters);
}

TEST(ShortTermios, ChangesLowHalvesAndTheFirstCharacters) {
  ShortTermios s = ShortTermios::of(start);
  s.input = 0;
  s.characters[7] = 88;
  Termios high = start;
  high.input = 0x7000'0400;
  Termios const t = s.put_into(high);
  EXPECT_EQ(t.input, 0x7000'0000u);
  EXPECT_EQ(t.characters[7], 88);
  EXPECT_EQ(t.characters[8], start.characters[8]);
}

TEST(Termios, WhatIsLockedStays) {
  Termios wanted = start, locked{};
  wanted.local = 0;
  wanted.characters[0] = 1;
  wanted.characters[1] = 2;
  locked.local = local_flag::echo;
  locked.characters[1] = 1;
  Termios const t = change_unlocked(start, wanted, locked);
  EXPECT_EQ(t.local, local_flag::echo);
  EXPECT_EQ(t.characters[0], 1);
  EXPECT_EQ(t.characters[1], start.characters[1]);
}

}  // namespace
}  // namespace hinge::linux_service
