#include "nucleus/debug/symbols.hpp"

#include <array>

#include "abi/layout.hpp"
#include "nucleus/debug/panic.hpp"

extern "C" char const symbols_begin[], image_end[];

namespace hinge::nucleus {
namespace {

struct Registered {
  std::string_view name{};
  u64 table = 0;
  StackReader reader{};
};
// Written when a slot is placed, one at a time; read in reports, which take what they find.
constinit std::array<Registered, layout::slot_count> slots{};

/// A table read word by word, since it may lie anywhere.
class TableReader {
 public:
  TableReader(u64 at, StackReader const& reader) : at_{at}, reader_{reader} {}

  void look_up(u64 offset, Symbol& found) {
    u64 const header = word(0), count = header >> 32;
    if (u32(header) != SymbolTable::expected_magic) return;
    bytes_ = u32(word(8));
    u64 low = 0, high = count;
    while (low < high) {  // The last entry at or below `offset`.
      u64 const middle = low + (high - low) / 2;
      if (u32(word(entry(middle))) <= offset) low = middle + 1;
      else high = middle;
    }
    if (low == 0) return;
    u64 const best = word(entry(low - 1));
    for (u64 name = best >> 32; found.length < sizeof found.text && character(name) != 0; ++name)
      found.text[found.length++] = character(name);
    if (found.length != 0) found.offset = offset - u32(best);
  }

 private:
  static constexpr u64 entry(u64 n) { return sizeof(SymbolTable) + n * sizeof(SymbolTable::Entry); }
  /// What cannot be read is 0, which ends any search.
  u64 word(u64 offset) {
    u64 w = 0;
    if (offset >= bytes_ || !reader_.read(reader_.context, at_ + offset, w)) return 0;
    return w;
  }
  char character(u64 offset) { return char(word(align_down(offset, 8)) >> offset % 8 * 8); }

  u64 at_, bytes_ = sizeof(SymbolTable);
  StackReader reader_;
};

/// The plain way when the slot is the kernel's; else the registered one, which may lock.
StackReader const* reader_of(Registered const& slot) {
  u64 ignored;
  if (kernel_stack_reader.read(kernel_stack_reader.context, slot.table, ignored)) return &kernel_stack_reader;
  return panic_in_progress() ? nullptr : &slot.reader;
}

}  // namespace

void register_symbols(u32 slot, std::string_view name, u64 table, StackReader const& reader) {
  if (slot < slots.size()) slots[slot] = {name, table, reader};
}

void unregister_symbols(u32 slot) {
  if (slot < slots.size()) slots[slot] = {};
}

Symbol find_symbol(u64 address) {
  Symbol found{};
  if (address >= layout::nucleus_image && address < reinterpret_cast<u64>(image_end)) {
    found.image = "nucleus";
    found.offset = address - layout::nucleus_image;
    TableReader{reinterpret_cast<u64>(symbols_begin), kernel_stack_reader}.look_up(found.offset, found);
    return found;
  }
  u64 const slot = (address - layout::slot_base(0)) / layout::entry_bytes;
  if (address < layout::slot_base(0) || slot >= slots.size()) return found;
  Registered const& known = slots[slot];
  found.image = known.name;
  found.offset = address - layout::slot_base(slot);
  if (StackReader const* const reader = known.table == 0 ? nullptr : reader_of(known))
    TableReader{known.table, *reader}.look_up(found.offset, found);
  return found;
}

}  // namespace hinge::nucleus
