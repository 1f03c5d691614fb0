// Names for code addresses: the nucleus' own table, linked into the image by the build, and one for each slot that
// registers its own. The format is position-independent (see SymbolTable), so a table can be used where it lies.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace hinge::nucleus {

/// The blob tools/symbols.py writes: this header, `count` entries sorted by offset, then zero-terminated names.
struct SymbolTable {
  static constexpr u32 expected_magic = 0x4d595348;  // "HSYM"
  struct Entry { u32 offset, name; };                ///< From the image's base; from the blob's start.
  u32 magic, count, bytes, reserved;                 ///< `bytes`: of the whole blob.
};
static_assert(sizeof(SymbolTable) == 16 && sizeof(SymbolTable::Entry) == 8);

struct Symbol {
  std::string_view image;  ///< "nucleus" or the slot's name.
  std::string_view name;   ///< Empty: no table, or no symbol there.
  u64 offset;              ///< From the symbol's start, or from the image's base without one.
};

/// Tables and names are kept by reference and must stay until unregistered. No table: 0 bytes. corrupt: not a table.
Result<> register_symbols(u32 slot, std::string_view name, void const* table, usize bytes);
void unregister_symbols(u32 slot);

Symbol find_symbol(u64 address);

}  // namespace hinge::nucleus
