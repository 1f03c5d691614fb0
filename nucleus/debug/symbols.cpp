#include "nucleus/debug/symbols.hpp"

#include <array>

#include "abi/layout.hpp"

extern "C" char const symbols_begin[], symbols_end[], image_end[];

namespace hinge::nucleus {
namespace {

struct Registered {
  std::string_view name{};
  SymbolTable const* table = nullptr;
};
// Written by placement's calls, one at a time under the core's lock; read in panics, which take what they find.
constinit std::array<Registered, layout::slot_count> slots{};

bool usable(void const* at, usize bytes) {
  if (bytes < sizeof(SymbolTable)) return false;
  auto const& t = *static_cast<SymbolTable const*>(at);
  return t.magic == SymbolTable::expected_magic && t.bytes <= bytes &&
         u64{t.count} * sizeof(SymbolTable::Entry) + sizeof t <= t.bytes;
}

/// The last entry at or below `offset`, by bisection.
void look_up(SymbolTable const& t, u64 offset, Symbol& found) {
  auto const* const entries = reinterpret_cast<SymbolTable::Entry const*>(&t + 1);
  u32 low = 0, high = t.count;
  while (low < high) {
    u32 const middle = low + (high - low) / 2;
    if (entries[middle].offset <= offset) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return;
  auto const& e = entries[low - 1];
  auto const* const text = reinterpret_cast<char const*>(&t);
  usize length = 0;
  while (e.name + length < t.bytes && text[e.name + length] != 0) ++length;
  found.name = {text + (e.name < t.bytes ? e.name : 0), length};
  found.offset = offset - e.offset;
}

}  // namespace

Result<> register_symbols(u32 slot, std::string_view name, void const* table, usize bytes) {
  if (slot >= slots.size()) return fail(Error::invalid);
  if (bytes != 0 && !usable(table, bytes)) return fail(Error::corrupt);
  slots[slot] = {name, bytes != 0 ? static_cast<SymbolTable const*>(table) : nullptr};
  return ok;
}

void unregister_symbols(u32 slot) {
  if (slot < slots.size()) slots[slot] = {};
}

Symbol find_symbol(u64 address) {
  if (address >= layout::nucleus_image && address < reinterpret_cast<u64>(image_end)) {
    Symbol s{"nucleus", {}, address - layout::nucleus_image};
    auto const bytes = usize(symbols_end - symbols_begin);
    if (usable(symbols_begin, bytes)) look_up(*reinterpret_cast<SymbolTable const*>(symbols_begin), s.offset, s);
    return s;
  }
  u64 const slot = (address - layout::slot_base(0)) / layout::entry_bytes;
  if (address < layout::slot_base(0) || slot >= slots.size() || slots[slot].name.empty()) return {{}, {}, address};
  Symbol s{slots[slot].name, {}, address - layout::slot_base(slot)};
  if (slots[slot].table != nullptr) look_up(*slots[slot].table, s.offset, s);
  return s;
}

}  // namespace hinge::nucleus
