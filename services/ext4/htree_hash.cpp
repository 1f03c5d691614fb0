#include "services/ext4/htree_hash.hpp"

#include <algorithm>

namespace hinge::ext4 {
namespace {

constexpr u32 md4_start[4] = {0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476};
constexpr u32 largest_hash = 0xffff'fffe;  ///< Means the end of the directory to others.

/// A character as the processor that made the file system saw it.
constexpr u32 character(char c, bool is_unsigned) { return is_unsigned ? u32{u8(c)} : u32(i32{static_cast<signed char>(c)}); }

/// A piece of the name as words, first character uppermost, the last word and those missing filled with the length.
template <usize words>
void pack(std::string_view rest, bool is_unsigned, u32 (&to)[words]) {
  u32 const length = u32(rest.size()), filler = (length | length << 8) * 0x1'0001;
  usize const characters = std::min(rest.size(), words * 4);
  for (usize w = 0; w < words; ++w) {
    u32 value = filler;
    for (usize i = w * 4; i < std::min(w * 4 + 4, characters); ++i) value = character(rest[i], is_unsigned) + (value << 8);
    to[w] = value;
  }
}

constexpr u32 rotate(u32 value, u32 by) { return value << by | value >> (32 - by); }

struct Round {
  u32 (*mix)(u32, u32, u32);
  u32 constant;
  u8 order[8], shifts[4];
};
// RFC 1320, section 3.4, with half the steps.
constexpr Round rounds[] = {
    {[](u32 x, u32 y, u32 z) { return (x & y) | (~x & z); }, 0, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 7, 11, 19}},
    {[](u32 x, u32 y, u32 z) { return (x & y) | (x & z) | (y & z); }, 0x5a82'7999, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 5, 9, 13}},
    {[](u32 x, u32 y, u32 z) { return x ^ y ^ z; }, 0x6ed9'eba1, {3, 7, 2, 6, 1, 5, 0, 4}, {3, 9, 11, 15}},
};

void half_md4(u32 (&state)[4], u32 const (&in)[8]) {
  u32 s[4] = {state[0], state[1], state[2], state[3]};
  for (Round const& round : rounds)
    for (u32 i = 0; i < 8; ++i) {
      // The step's target is a, d, c, b in turn.
      u32 &a = s[(8 - i) % 4], b = s[(9 - i) % 4], c = s[(10 - i) % 4], d = s[(11 - i) % 4];
      a = rotate(a + round.mix(b, c, d) + in[round.order[i]] + round.constant, round.shifts[i % 4]);
    }
  for (u32 i = 0; i < 4; ++i) state[i] += s[i];
}

void tea(u32 (&state)[4], u32 const (&key)[4]) {
  constexpr u32 delta = 0x9e37'79b9;
  u32 y = state[0], z = state[1];
  for (u32 sum = delta, i = 0; i < 16; ++i, sum += delta) {
    y += ((z << 4) + key[0]) ^ (z + sum) ^ ((z >> 5) + key[1]);
    z += ((y << 4) + key[2]) ^ (y + sum) ^ ((y >> 5) + key[3]);
  }
  state[0] += y;
  state[1] += z;
}

u32 legacy(std::string_view name, bool is_unsigned) {
  u32 current = 0x12a3'fe2d, before = 0x37ab'e8f9;
  for (char c : name) {
    u32 next = before + (current ^ character(c, is_unsigned) * 7'152'373);
    if (next & 0x8000'0000) next -= 0x7fff'ffff;
    before = current;
    current = next;
  }
  return current << 1;
}

/// Runs `step` over the name in pieces of `words` words.
template <usize words>
void for_pieces(std::string_view name, bool is_unsigned, u32 (&state)[4], void (*step)(u32 (&)[4], u32 const (&)[words])) {
  u32 piece[words];
  do {
    pack(name, is_unsigned, piece);
    step(state, piece);
    name.remove_prefix(std::min(name.size(), words * 4));
  } while (!name.empty());
}

}  // namespace

u32 name_hash(std::string_view name, format::HashVersion version, u32 const (&seed)[4]) {
  using enum format::HashVersion;
  bool const is_unsigned = version >= legacy_unsigned, seeded = seed[0] | seed[1] | seed[2] | seed[3];
  u32 state[4];
  std::copy_n(seeded ? seed : md4_start, 4, state);
  u32 hash = 0;
  switch (version) {
    case format::HashVersion::legacy: case legacy_unsigned:
      hash = ext4::legacy(name, is_unsigned);
      break;
    case format::HashVersion::half_md4: case half_md4_unsigned:
      for_pieces<8>(name, is_unsigned, state, ext4::half_md4);
      hash = state[1];
      break;
    case format::HashVersion::tea: case tea_unsigned:
      for_pieces<4>(name, is_unsigned, state, ext4::tea);
      hash = state[0];
      break;
  }
  hash &= ~u32{1};
  return hash == largest_hash ? hash - 2 : hash;
}

}  // namespace hinge::ext4
