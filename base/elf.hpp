// Structures of ELF64 files, as far as loaders need them (System V gABI, chapters 4 and 5; AMD64 psABI, 4.4).
// All fields are little endian and come from files that nobody vouches for.
#pragma once

#include "base/types.hpp"

namespace hinge::elf {

struct Header {
  u8 identification[16];
  u16 type, machine;
  u32 version;
  u64 entry, program_offset, section_offset;
  u32 flags;
  u16 header_bytes, program_entry_bytes, program_count, section_entry_bytes, section_count, section_names;
};
static_assert(sizeof(Header) == 64);

inline constexpr u8 identification[7] = {0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */, 1 /* version */};
enum Type : u16 { executable = 2, dynamic = 3 };
inline constexpr u16 machine_x86_64 = 62;

struct Program {
  u32 type, flags;
  u64 offset, address, physical, file_bytes, memory_bytes, alignment;
};
static_assert(sizeof(Program) == 56);

enum ProgramType : u32 { load = 1, dynamic_section = 2, interpreter = 3, note = 4, program_table = 6, thread_storage = 7, gnu_stack = 0x6474'e551 };
enum ProgramFlag : u32 { execute = 1, write = 2, read = 4 };

struct Dynamic {
  i64 tag;
  u64 value;
};
enum DynamicTag : i64 { end = 0, needed = 1, plt_bytes = 2, rela = 7, rela_bytes = 8, rela_entry_bytes = 9, rel = 17, text_relocations = 22, jump_relocations = 23, relr = 36 };

struct Rela {
  u64 offset, info;
  i64 addend;
};
static_assert(sizeof(Rela) == 24);
inline constexpr u32 relative = 8;  ///< R_X86_64_RELATIVE: *(base + offset) = base + addend.

}  // namespace hinge::elf
