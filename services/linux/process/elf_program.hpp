// What exec needs to know of an ELF file, checked completely before anything is mapped: a pure function of the file's
// bytes, so that it is tested and fuzzed on the host. Nothing in the file is trusted.
#pragma once

#include <span>

#include "base/elf.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

/// One PT_LOAD, in pages where a mapping is in pages.
struct ElfSegment {
  u64 address = 0;        ///< p_vaddr.
  u64 file_bytes = 0, memory_bytes = 0;
  u64 offset = 0;         ///< p_offset; congruent to address modulo a page.
  u32 flags = 0;          ///< elf::ProgramFlag bits.

  [[nodiscard]] u64 first_page() const { return align_down(address, page_bytes); }
  [[nodiscard]] u64 file_end() const { return address + file_bytes; }
  [[nodiscard]] u64 memory_end() const { return address + memory_bytes; }
};

struct ElfProgram {
  static constexpr u32 most_segments = 64;

  bool is_position_independent = false;  ///< ET_DYN.
  u64 entry = 0;
  u64 table_address = 0;                 ///< Where the program headers are in memory, for AT_PHDR; 0: in no segment.
  u32 table_count = 0;
  u64 interpreter_offset = 0;            ///< PT_INTERP's string in the file.
  u32 interpreter_bytes = 0;             ///< With its zero; 0: none.
  bool executable_stack = true;          ///< Without PT_GNU_STACK, as Linux has it.
  u64 alignment = page_bytes;            ///< The largest p_align, for the load bias.
  u32 segment_count = 0;
  ElfSegment segments[most_segments];

  [[nodiscard]] u64 lowest() const { return segments[0].first_page(); }
  [[nodiscard]] u64 highest() const;     ///< End of the last segment in memory, not rounded.
};

/// Most bytes of a program header table (Linux: one page).
inline constexpr u32 most_table_bytes = 4096;

/// Checks the file header and says where the program headers lie. bad_executable.
struct ElfTable { u64 offset; u32 count; };
Attempt<ElfTable> check_header(elf::Header const& header);

/// Reads the program headers into `program`. bad_executable for what is malformed; invalid where Linux says EINVAL
/// (segments that overlap, leave the address space, or are not congruent to their file offset).
Attempt<> read_segments(elf::Header const& header, std::span<elf::Program const> table, ElfProgram& program);

}  // namespace hinge::linux_service
