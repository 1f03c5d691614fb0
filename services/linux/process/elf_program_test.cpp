// The ELF checks against good files, against each rule broken, and against ten thousand mutations: nothing may be
// accepted that could not be mapped.
// links: services/linux/process/elf_program.cpp
#include "services/linux/process/elf_program.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "abi/layout.hpp"

namespace hinge::linux_service {
namespace {

struct Sample {
  elf::Header header{};
  std::vector<elf::Program> programs;
};

Sample good() {
  Sample s;
  memcpy(s.header.identification, elf::identification, sizeof elf::identification);
  s.header.type = elf::executable;
  s.header.machine = elf::machine_x86_64;
  s.header.version = 1;
  s.header.entry = 0x401000;
  s.header.program_offset = 64;
  s.header.program_entry_bytes = sizeof(elf::Program);
  s.header.program_count = 3;
  s.programs = {
      {elf::load, elf::read | elf::execute, 0, 0x400000, 0, 0x2345, 0x2345, 0x1000},
      {elf::load, elf::read | elf::write, 0x2f00, 0x403f00, 0, 0x200, 0x5000, 0x1000},
      {elf::gnu_stack, elf::read | elf::write, 0, 0, 0, 0, 0, 16},
  };
  return s;
}

Attempt<ElfProgram> load(Sample const& s) {
  ElfTable const table = ATTEMPT(check_header(s.header));
  ElfProgram program;
  std::vector<elf::Program> programs = s.programs;
  programs.resize(table.count);
  ATTEMPT(read_segments(s.header, programs, program));
  return program;
}

/// What the loader relies on.
void expect_mappable(ElfProgram const& p) {
  ASSERT_GE(p.segment_count, 1u);
  ASSERT_LE(p.segment_count, ElfProgram::most_segments);
  for (u32 i = 0; i < p.segment_count; ++i) {
    ElfSegment const& s = p.segments[i];
    EXPECT_LE(s.file_bytes, s.memory_bytes);
    EXPECT_LE(s.memory_end(), layout::user_end);
    EXPECT_GE(s.memory_end(), s.address);
    EXPECT_EQ(s.address % page_bytes, s.offset % page_bytes);
    EXPECT_GE(s.offset + s.file_bytes, s.offset);
    if (i) {
      EXPECT_GE(s.address, p.segments[i - 1].memory_end());
    }
  }
  EXPECT_TRUE(std::has_single_bit(p.alignment));
  EXPECT_LE(p.interpreter_bytes, 4096u);
}

TEST(ElfProgram, AcceptsAPlainStaticProgram) {
  auto const p = load(good());
  ASSERT_TRUE(p);
  EXPECT_FALSE(p->is_position_independent);
  EXPECT_EQ(p->segment_count, 2u);
  EXPECT_EQ(p->table_address, 0x400040u);
  EXPECT_EQ(p->lowest(), 0x400000u);
  EXPECT_EQ(p->highest(), 0x408f00u);
  EXPECT_FALSE(p->executable_stack);
  expect_mappable(*p);
}

TEST(ElfProgram, RefusesWhatIsNoElf) {
  for (usize i = 0; i < sizeof elf::identification; ++i) {
    Sample s = good();
    s.header.identification[i] ^= 1;
    EXPECT_EQ(load(s).error(), Errno::bad_executable) << i;
  }
  Sample s = good();
  s.header.machine = 3;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s = good();
  s.header.type = 1;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s = good();
  s.header.program_count = 0;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s = good();
  s.header.program_count = 74;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s = good();
  s.header.program_entry_bytes = 32;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
}

TEST(ElfProgram, RefusesBadSegments) {
  auto const with = [](auto change) {
    Sample s = good();
    change(s.programs[1]);
    return load(s).error();
  };
  EXPECT_EQ(with([](elf::Program& p) { p.file_bytes = p.memory_bytes + 1; }), Errno::invalid);
  EXPECT_EQ(with([](elf::Program& p) { p.address += 8; }), Errno::invalid);
  EXPECT_EQ(with([](elf::Program& p) { p.memory_bytes = ~u64{0} - 5; }), Errno::invalid);
  EXPECT_EQ(with([](elf::Program& p) { p.address = 0xffff'8000'0000'0f00; }), Errno::invalid);
  EXPECT_EQ(with([](elf::Program& p) { p.address = 0x400f00; }), Errno::invalid);  // Overlaps the first.
  Sample s = good();
  s.programs[0].type = s.programs[1].type = elf::note;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s = good();
  s.programs[0].address = 0;
  EXPECT_EQ(load(s).error(), Errno::not_permitted);  // Below the lowest address a program may map.
}

TEST(ElfProgram, FindsTheInterpreter) {
  Sample s = good();
  s.programs[2] = {elf::interpreter, elf::read, 0x300, 0x400300, 0, 28, 28, 1};
  auto p = load(s);
  ASSERT_TRUE(p);
  EXPECT_EQ(p->interpreter_offset, 0x300u);
  EXPECT_EQ(p->interpreter_bytes, 28u);
  s.programs[2].file_bytes = 1;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
  s.programs[2].file_bytes = 1 << 20;
  EXPECT_EQ(load(s).error(), Errno::bad_executable);
}

TEST(ElfProgram, SurvivesMutations) {
  std::mt19937_64 random{20261123};
  u32 accepted = 0;
  for (int round = 0; round < 10000; ++round) {
    Sample s = good();
    for (u64 n = 1 + random() % 4; n; --n) {
      u64 const what = random() % (sizeof s.header + s.programs.size() * sizeof(elf::Program));
      u8* const byte = what < sizeof s.header ? reinterpret_cast<u8*>(&s.header) + what
                                              : reinterpret_cast<u8*>(s.programs.data()) + (what - sizeof s.header);
      *byte = random() % 3 ? u8(random()) : u8(0xff * (random() & 1));
    }
    auto const p = load(s);
    if (!p) continue;
    ++accepted;
    expect_mappable(*p);
  }
  EXPECT_GT(accepted, 100u);
}

}  // namespace
}  // namespace hinge::linux_service
