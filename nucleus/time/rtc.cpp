#include "nucleus/time/rtc.hpp"

#include "nucleus/arch/x86_64/instructions.hpp"

namespace hinge::nucleus {
namespace {

enum class Register : u8 { second = 0, minute = 2, hour = 4, day = 7, month = 8, year = 9, status_a = 10, status_b = 11 };
constexpr u8 updating = 1 << 7, binary = 1 << 2, hours_24 = 1 << 1, afternoon = 1 << 7;
constexpr int patience = 1'000'000;  ///< Reads; an update takes 2 ms.

u8 read(Register r) {
  out8(0x70, u8(r));
  return in8(0x71);
}

struct Raw {
  u8 second, minute, hour, day, month, year;
  bool operator==(Raw const&) const = default;
};
Raw read_all() {
  return {read(Register::second), read(Register::minute), read(Register::hour),
          read(Register::day), read(Register::month), read(Register::year)};
}

}  // namespace

u64 rtc_seconds() {
  Raw raw{}, again{};
  int tries = 0;
  do {  // Twice the same outside of an update: no field had a carry under way.
    while ((read(Register::status_a) & updating) != 0)
      if (++tries > patience) return 0;
    raw = read_all();
    again = read_all();
  } while (raw != again && ++tries < patience);
  u8 const mode = read(Register::status_b);
  auto number = [&](u8 v) -> u32 { return (mode & binary) != 0 ? v : (v >> 4) * 10 + (v & 15); };
  u32 hour = number(raw.hour & u8(~afternoon));
  if ((mode & hours_24) == 0) hour = hour % 12 + ((raw.hour & afternoon) != 0 ? 12 : 0);
  return unix_seconds({2000 + number(raw.year), number(raw.month), number(raw.day), hour, number(raw.minute), number(raw.second)});
}

}  // namespace hinge::nucleus
