// Names for code addresses: the nucleus' own table, linked into the image by the build, and one for each slot, which
// lies in the slot and travels with it.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "nucleus/debug/backtrace.hpp"

namespace hinge::nucleus {

/// The blob that tools/symbols.py writes: this header, `count` entries ascending by offset, then zero-terminated names.
/// No field is trusted: a slot's table can hold anything.
struct SymbolTable {
  static constexpr u32 expected_magic = 0x4d595348;  // "HSYM"
  struct Entry { u32 offset, name; };                ///< From the image's base; from the blob's start.
  u32 magic, count, bytes, reserved;                 ///< `bytes`: of the whole blob.
};
static_assert(sizeof(SymbolTable) == 16 && sizeof(SymbolTable::Entry) == 8);

struct Symbol {
  std::string_view image;  ///< "nucleus" or the slot's name; empty: neither.
  char text[96];
  usize length = 0;        ///< 0: no table, or no symbol there.
  u64 offset = 0;          ///< From the symbol's start, or from the image's base without one.
  [[nodiscard]] std::string_view name() const { return {text, length}; }
};

/// The code at layout::slot_base(slot) is called `name` from now on; its table, if not 0, lies at `table`, an address in
/// that slot. `reader` gets at it while the slot is not mapped into the kernel; it is not used in a panic, so it may
/// lock. `name` and what the reader needs must stay.
void register_symbols(u32 slot, std::string_view name, u64 table, StackReader const& reader);
void unregister_symbols(u32 slot);

Symbol find_symbol(u64 address);

}  // namespace hinge::nucleus
