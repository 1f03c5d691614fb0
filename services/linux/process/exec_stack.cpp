// Third part of exec: what the program finds on its stack.
#include "services/linux/core/machine.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/exec_image.hpp"

namespace hinge::linux_service {

namespace {

/// Collects words and writes them to the space in ascending order.
class WordWriter {
 public:
  WordWriter(Thread& self, AddressSpace& space, u64 at) : self_{self}, space_{space}, at_{at} {}
  Attempt<> put(u64 word) {
    words_[used_++] = word;
    if (used_ == std::size(words_)) return flush();
    return ok;
  }
  Attempt<> flush() {
    u64 const bytes = used_ * 8;
    used_ = 0;
    if (bytes == 0) return ok;
    ATTEMPT(memory::copy_to_space(self_, space_, UserAddr{at_}, words_, bytes));
    at_ += bytes;
    return ok;
  }

 private:
  Thread& self_;
  AddressSpace& space_;
  u64 at_;
  u32 used_ = 0;
  u64 words_[64];
};

/// Writes a list's strings from `at` on.
Attempt<> put_strings(Thread& self, AddressSpace& space, StringList const& list, u64 at) {
  return list.for_each_block([&](char const* text, usize bytes) -> Attempt<> {
    ATTEMPT(memory::copy_to_space(self, space, UserAddr{at}, text, bytes));
    at += bytes;
    return ok;
  });
}

/// Writes the addresses of a list's strings, which begin at `at`, and a zero.
Attempt<> put_pointers(WordWriter& words, StringList const& list, u64 at) {
  bool at_start = true;
  ATTEMPT(list.for_each_block([&](char const* text, usize bytes) -> Attempt<> {
    for (usize i = 0; i < bytes; ++i, ++at) {
      if (at_start) ATTEMPT(words.put(at));
      at_start = text[i] == 0;
    }
    return ok;
  }));
  return words.put(0);
}

struct Vector {
  AuxiliaryEntry entries[auxiliary_entries];
};

Vector vector_for(Thread& self, ExecImage const& image) {
  ElfProgram const& program = image.program.program;
  Credentials const& c = *self.credentials;
  u64 const table = program.table_address ? program.table_address + image.program.bias : 0;
  constexpr u64 clock_ticks = 100, least_signal_stack = 2048;
  u64 const signal_stack = machine().xcr0 ? 1024 + machine().floating_bytes : least_signal_stack;
  return {{
      {Auxiliary::vdso, image.space->program.vdso},
      {Auxiliary::hwcap, machine().hwcap},
      {Auxiliary::page_bytes, page_bytes},
      {Auxiliary::clock_ticks, clock_ticks},
      {Auxiliary::program_headers, table},
      {Auxiliary::program_header_bytes, sizeof(elf::Program)},
      {Auxiliary::program_header_count, program.table_count},
      {Auxiliary::base, image.interpreter.file ? image.interpreter.bias : 0},
      {Auxiliary::flags, 0},
      {Auxiliary::entry, image.program.entry()},
      {Auxiliary::uid, c.uid},
      {Auxiliary::euid, image.euid},
      {Auxiliary::gid, c.gid},
      {Auxiliary::egid, image.egid},
      {Auxiliary::secure, image.secure},
      {Auxiliary::random, image.stack.random},
      {Auxiliary::hwcap2, machine().hwcap2},
      {Auxiliary::exec_name, image.stack.name},
      {Auxiliary::platform, image.stack.platform},
      {Auxiliary::signal_stack, signal_stack},
      {Auxiliary::end, 0},
  }};
}

}  // namespace

Attempt<> write_stack(Thread& self, ExecImage& image) {
  AddressSpace& space = *image.space;
  StackPlan const& plan = image.stack;
  ATTEMPT(put_strings(self, space, image.arguments, plan.arguments));
  ATTEMPT(put_strings(self, space, image.environment, plan.environment));
  ATTEMPT(memory::copy_to_space(self, space, UserAddr{plan.name}, image.path, plan.top - 8 - plan.name));
  ATTEMPT(memory::copy_to_space(self, space, UserAddr{plan.platform}, platform_name, sizeof platform_name));
  u64 const random[2] = {random_or_time(), random_or_time()};
  ATTEMPT(memory::copy_to_space(self, space, UserAddr{plan.random}, random, sizeof random));

  WordWriter words{self, space, plan.pointer};
  ATTEMPT(words.put(image.arguments.count()));
  ATTEMPT(put_pointers(words, image.arguments, plan.arguments));
  ATTEMPT(put_pointers(words, image.environment, plan.environment));
  ProgramLayout& layout = space.program;
  for (AuxiliaryEntry const& e : vector_for(self, image).entries) {
    ATTEMPT(words.put(u64(e.kind)));
    ATTEMPT(words.put(e.value));
    layout.vector[layout.vector_words++] = u64(e.kind);
    layout.vector[layout.vector_words++] = e.value;
  }
  return words.flush();
}

}  // namespace hinge::linux_service
