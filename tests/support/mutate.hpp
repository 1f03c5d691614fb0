// Mutations for tests of readers of untrusted bytes: the same seed gives the same input, everywhere. Flips, overwrites,
// cuts, inserts and repeats, and writes interesting numbers, because purely random bytes rarely get past a magic.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "base/types.hpp"

namespace hinge::test {

using Bytes = std::vector<u8>;

inline Bytes mutate(Bytes bytes, u64 seed) {
  std::mt19937_64 random{seed};
  auto const at = [&] { return bytes.empty() ? 0 : random() % bytes.size(); };
  static constexpr u64 numbers[] = {0, 1, 7, 0x7f, 0xff, 0xfff, 0x1000, 0x7fff'ffff, 0xffff'ffff, 0x7fff'ffff'ffff'ffff, ~u64{0}, ~u64{0} - 0xfff};
  for (u64 n = 1 + random() % 6; n-- > 0 && !bytes.empty();) {
    switch (random() % 7) {
      case 0: bytes[at()] ^= u8(1u << random() % 8); break;
      case 1: bytes[at()] = u8(random()); break;
      case 2: bytes.resize(at()); break;
      case 3: bytes.insert(bytes.begin() + i64(at()), random() % 16, u8(random())); break;
      case 4: {
        usize const from = at(), to = at();
        std::memmove(&bytes[to], &bytes[from], std::min<usize>(random() % 64, bytes.size() - std::max(from, to)));
        break;
      }
      default: {
        u64 const number = numbers[random() % (sizeof numbers / sizeof *numbers)];
        usize const place = random() % 2 ? at() & ~usize{3} : at();
        std::memcpy(&bytes[place], &number, std::min<usize>(usize{1} << random() % 4, bytes.size() - place));
      }
    }
  }
  return bytes;
}

}  // namespace hinge::test
