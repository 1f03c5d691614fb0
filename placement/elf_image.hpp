// A service's ELF file, checked completely before any of it is used: bounds, alignment, order, overlap, writable XOR
// executable, relocations of the one kind there is. Nothing is believed because our own linker made it.
// Contents are laid out in a buffer as they will lie in the slot; placement copies them from there.
#pragma once

#include <span>

#include "abi/native.hpp"
#include "base/elf.hpp"
#include "base/fixed_list.hpp"
#include "placement/problem.hpp"

namespace hinge::placement {

inline constexpr u32 max_segments = 8;

/// Addresses are relative to the slot's base. Page-aligned, ascending, apart from each other.
struct ImageSegment {
  u64 address, memory_bytes;
  u64 file_offset, file_bytes;
  Protection protection;

  [[nodiscard]] bool contains(u64 at, u64 bytes) const {
    return at >= address && at - address <= memory_bytes && bytes <= memory_bytes - (at - address);
  }
};

struct ElfImage {
  std::span<u8 const> file;
  FixedList<ImageSegment, max_segments> segments;
  u64 memory_bytes = 0;        ///< End of the last segment.
  u64 relocations = 0;         ///< Address of the Rela array, 0 if there is none.
  u64 relocation_count = 0;

  /// The segment that holds all of [at, at + bytes), or null.
  [[nodiscard]] ImageSegment const* segment(u64 at, u64 bytes) const;
};

/// Checks the file's headers into `image`. `name` is for the Problem. The first segment begins at address 0.
Checked<> read_elf_image(std::string_view name, std::span<u8 const> file, ElfImage& image);

/// Writes the segments' contents into `memory` (of memory_bytes, zeroed) and applies the relocations for `base`.
Checked<> lay_out(std::string_view name, ElfImage const& image, std::span<u8> memory, u64 base);

}  // namespace hinge::placement
