// The checks follow what Linux refuses (fs/binfmt_elf.c is the specification there is), in the same order of errors.
#include "services/linux/process/elf_program.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "abi/layout.hpp"

namespace hinge::linux_service {

namespace {

constexpr u32 longest_path = 4096;
constexpr u64 highest_offset = u64{1} << 62;

Attempt<ElfSegment> segment_of(elf::Program const& p) {
  if (p.file_bytes > p.memory_bytes) return fail(Errno::invalid);
  if (p.offset > highest_offset || p.file_bytes > highest_offset) return fail(Errno::invalid);
  if (p.address > layout::user_end || p.memory_bytes > layout::user_end - p.address) return fail(Errno::invalid);
  if ((p.address ^ p.offset) % page_bytes) return fail(Errno::invalid);
  return ElfSegment{p.address, p.file_bytes, p.memory_bytes, p.offset, p.flags};
}

/// Adds a PT_LOAD; they stand in ascending order and share no page that both take from the file.
Attempt<> add_segment(ElfProgram& program, elf::Program const& p) {
  if (p.memory_bytes == 0) return ok;
  if (program.segment_count == ElfProgram::most_segments) return fail(Errno::bad_executable);
  ElfSegment const s = ATTEMPT(segment_of(p));
  if (program.segment_count && s.address < program.segments[program.segment_count - 1].memory_end()) return fail(Errno::invalid);
  if (p.alignment > 1 && std::has_single_bit(p.alignment) && p.alignment <= (u64{1} << 30))
    program.alignment = std::max(program.alignment, p.alignment);
  program.segments[program.segment_count++] = s;
  return ok;
}

Attempt<> set_interpreter(ElfProgram& program, elf::Program const& p) {
  if (program.interpreter_bytes) return ok;  // The first one counts.
  if (p.file_bytes < 2 || p.file_bytes > longest_path || p.offset > highest_offset) return fail(Errno::bad_executable);
  program.interpreter_offset = p.offset;
  program.interpreter_bytes = u32(p.file_bytes);
  return ok;
}

/// The program headers' address: inside the segment that holds their place in the file.
u64 address_of_table(ElfProgram const& program, u64 offset, u64 bytes) {
  for (u32 i = 0; i < program.segment_count; ++i) {
    ElfSegment const& s = program.segments[i];
    if (offset >= s.offset && offset - s.offset <= s.file_bytes && bytes <= s.file_bytes - (offset - s.offset))
      return s.address + (offset - s.offset);
  }
  return 0;
}

}  // namespace

u64 ElfProgram::highest() const {
  u64 end = 0;
  for (u32 i = 0; i < segment_count; ++i) end = std::max(end, segments[i].memory_end());
  return end;
}

Attempt<ElfTable> check_header(elf::Header const& h) {
  if (memcmp(h.identification, elf::identification, sizeof elf::identification) != 0) return fail(Errno::bad_executable);
  if (h.machine != elf::machine_x86_64 || (h.type != elf::executable && h.type != elf::dynamic)) return fail(Errno::bad_executable);
  if (h.program_entry_bytes != sizeof(elf::Program) || h.program_count == 0) return fail(Errno::bad_executable);
  if (u32{h.program_count} * sizeof(elf::Program) > most_table_bytes) return fail(Errno::bad_executable);
  if (h.program_offset > highest_offset) return fail(Errno::bad_executable);
  return ElfTable{h.program_offset, h.program_count};
}

Attempt<> read_segments(elf::Header const& header, std::span<elf::Program const> table, ElfProgram& program) {
  program.is_position_independent = header.type == elf::dynamic;
  program.entry = header.entry;
  program.table_count = u32(table.size());
  for (elf::Program const& p : table) {
    switch (p.type) {
      case elf::load: ATTEMPT(add_segment(program, p)); break;
      case elf::interpreter: ATTEMPT(set_interpreter(program, p)); break;
      case elf::gnu_stack: program.executable_stack = p.flags & elf::execute; break;
      default: break;
    }
  }
  if (program.segment_count == 0) return fail(Errno::bad_executable);
  if (!program.is_position_independent && program.lowest() < layout::user_begin) return fail(Errno::not_permitted);
  program.table_address = address_of_table(program, header.program_offset, table.size_bytes());
  return ok;
}

}  // namespace hinge::linux_service
