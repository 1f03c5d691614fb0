// Second part of exec: a new space with the program's segments mapped straight from the page cache, its stack, and the
// end of data where brk begins. The old program still runs; a failure leaves it as it was.
#include <algorithm>

#include "abi/layout.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/memory/map.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/time/vdso.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 program_base = align_down(layout::user_end / 3 * 2, page_bytes);  ///< Where Linux puts PIE (ELF_ET_DYN_BASE).
constexpr u64 stack_room = 132 * 1024;                                          ///< Beside its initial content.

u64 random_pages(u32 bits) {
  return machine().randomizes ? (random_or_time() & ((u64{1} << bits) - 1)) << page_shift : 0;
}

Protection protection_of(u32 elf_flags) {
  Protection p = Protection::none;
  if (elf_flags & elf::read) p = p | Protection::read;
  if (elf_flags & elf::write) p = p | Protection::write;
  if (elf_flags & elf::execute) p = p | Protection::execute;
  return p;
}

Attempt<u64> map(AddressSpace& space, Mapping mapping) {
  mapping.maximum = all_access;
  u64 const address = ATTEMPT(host::space_map(space.handle, mapping));
  Guard guard{space.lock};
  space.mapped_bytes += align_up(mapping.bytes, page_bytes);
  return address;
}

Attempt<> map_file_part(Thread& self, AddressSpace& space, LoadedFile& loaded, ElfSegment const& s) {
  u64 const begin = s.first_page(), bytes = align_up(s.file_end(), page_bytes) - begin;
  u64 const offset = align_down(s.offset, page_bytes);
  File::Memory const file = ATTEMPT(loaded.file->memory(self));
  if (file.object == no_handle) return fail(Errno::access);
  {
    Guard guard{space.lock};
    ATTEMPT(space.keep(loaded.file));
  }
  Protection const protection = protection_of(s.flags);
  u64 const copied = has(protection, Protection::write) ? memory::own_copy : 0;
  ATTEMPT(map(space, {.address = begin + loaded.bias, .bytes = bytes, .protection = protection, .maximum = {},
                      .flags = u32(MapFlag::fixed), .object = file.object, .offset = offset,
                      .opaque = {reinterpret_cast<u64>(loaded.file.get()), copied}}));
  return ok;
}

/// What memory has beyond the file: the rest of its last page, then whole pages of nothing.
Attempt<> map_zero_part(Thread& self, AddressSpace& space, LoadedFile& loaded, ElfSegment const& s) {
  u64 const page_end = s.file_bytes ? align_up(s.file_end(), page_bytes) : s.first_page();
  if (s.file_bytes)  // To the page's end, beyond the segment's: ld.so allocates from there.
    ATTEMPT(memory::copy_to_space(self, space, UserAddr{s.file_end() + loaded.bias}, page_of_zeroes, page_end - s.file_end()));
  if (s.memory_end() <= page_end) return ok;
  ATTEMPT(map(space, {.address = page_end + loaded.bias, .bytes = align_up(s.memory_end(), page_bytes) - page_end,
                      .protection = protection_of(s.flags), .maximum = {},
                      .flags = u32(MapFlag::fixed) | u32(MapFlag::large_pages), .object = no_handle, .offset = 0, .opaque = {}}));
  return ok;
}

Attempt<> map_segments(Thread& self, AddressSpace& space, LoadedFile& loaded) {
  for (u32 i = 0; i < loaded.program.segment_count; ++i) {
    ElfSegment const& s = loaded.program.segments[i];
    if (s.memory_end() + loaded.bias > layout::user_end) return fail(Errno::no_memory);
    if (s.file_bytes) ATTEMPT(map_file_part(self, space, loaded, s));
    if (s.memory_bytes > s.file_bytes) ATTEMPT(map_zero_part(self, space, loaded, s));
  }
  return ok;
}

/// Chooses a place for all segments of a position-independent file: at `wish`, or anywhere.
Attempt<> place(AddressSpace& space, LoadedFile& loaded, u64 wish) {
  ElfProgram const& program = loaded.program;
  if (!program.is_position_independent) return ok;
  u64 const span = align_up(program.highest(), page_bytes) - program.lowest();
  u64 const slack = program.alignment > page_bytes ? program.alignment : 0;
  u64 const found = ATTEMPT(host::space_map(
      space.handle, {.address = wish, .bytes = span + slack, .protection = Protection::none, .maximum = all_access,
                     .flags = 0, .object = no_handle, .offset = 0, .opaque = {}}));
  ATTEMPT(host::space_unmap(space.handle, found, span + slack));
  loaded.bias = align_up(found, program.alignment) - align_down(program.lowest(), program.alignment);
  return ok;
}

void note_layout(ExecImage& image) {
  ProgramLayout& l = image.space->program;
  ElfProgram const& program = image.program.program;
  u64 const bias = image.program.bias;
  l.code_begin = ~u64{0};
  for (u32 i = 0; i < program.segment_count; ++i) {
    ElfSegment const& s = program.segments[i];
    l.code_begin = std::min(l.code_begin, s.address + bias);
    if (s.flags & elf::execute) l.code_end = s.file_end() + bias;
    l.data_begin = s.address + bias;
    l.data_end = s.file_end() + bias;
  }
  l.break_begin = align_up(program.highest() + bias, page_bytes) + random_pages(13);
  l.stack_top = image.stack.top;
  l.arguments_begin = image.stack.arguments;
  l.arguments_end = l.environment_begin = image.stack.environment;
  l.environment_end = image.stack.name;
  Guard guard{image.space->lock};
  image.space->break_end = l.break_begin;
}

Attempt<> map_stack(Thread& self, ExecImage& image) {
  u64 const top = layout::user_end - random_pages(13);
  image.stack = plan_stack(top, {image.arguments.count(), image.arguments.bytes(), image.environment.count(),
                                 image.environment.bytes(), __builtin_strlen(image.path) + 1, auxiliary_entries});
  u64 const bytes = align_up(top - image.stack.pointer + stack_room, page_bytes);
  u64 const limit = std::min<u64>(self.process().limit(Resource::stack), layout::stack_area_bytes / 2);
  Protection p = Protection::read | Protection::write;
  if (image.program.program.executable_stack) p = p | Protection::execute;
  u64 const lowest = top - std::max(align_up(limit, page_bytes), bytes);
  ATTEMPT(map(*image.space, {.address = top - bytes, .bytes = bytes, .protection = p, .maximum = {},
                             .flags = u32(MapFlag::fixed) | u32(MapFlag::grows_down), .object = no_handle, .offset = lowest,
                             .opaque = {}}));
  return ok;
}

}  // namespace

Attempt<> load_image(Thread& self, ExecImage& image) {
  image.space = ATTEMPT(AddressSpace::create());
  AddressSpace& space = *image.space;
  ATTEMPT(map_stack(self, image));
  ATTEMPT(place(space, image.program, program_base + random_pages(28)));
  ATTEMPT(map_segments(self, space, image.program));
  image.entry = image.program.entry();
  if (image.interpreter.file) {
    ATTEMPT(place(space, image.interpreter, 0));
    ATTEMPT(map_segments(self, space, image.interpreter));
    image.entry = image.interpreter.entry();
  }
  space.program.vdso = ATTEMPT(vdso::map(space));
  space.executable = image.program.file;
  note_layout(image);
  return write_stack(self, image);
}

}  // namespace hinge::linux_service
