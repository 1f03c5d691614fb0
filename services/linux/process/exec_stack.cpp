// Third part of exec: what the program finds on its stack.
#include <cstring>

#include "services/linux/core/machine.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/exec_image.hpp"

namespace hinge::linux_service {

namespace {

/// The stack's content as it grows, to be copied into the space in one go. What nobody writes is zero.
class StackContent {
 public:
  explicit StackContent(StackPlan const& plan)
      : plan_{plan}, bytes_{plan.top - plan.pointer}, content_{static_cast<char*>(host::allocate(bytes_))}, word_{plan.pointer} {
    if (content_) memset(content_, 0, bytes_);
  }
  StackContent(StackContent const&) = delete;
  ~StackContent() { host::release(content_); }
  explicit operator bool() const { return content_; }

  void put(u64 address, void const* from, usize bytes) { memcpy(content_ + (address - plan_.pointer), from, bytes); }
  /// Words follow each other from the stack pointer on.
  void put_word(u64 word) {
    put(word_, &word, sizeof word);
    word_ += sizeof word;
  }
  /// A list's strings, from `at` on, and as words their addresses and a zero.
  void put_list(StringList const& list, u64 at) {
    bool at_start = true;
    list.for_each_block([&](char const* text, usize bytes) {
      put(at, text, bytes);
      for (usize i = 0; i < bytes; ++i, ++at) {
        if (at_start) put_word(at);
        at_start = text[i] == 0;
      }
    });
    put_word(0);
  }
  Attempt<> copy_to(Thread& self, AddressSpace& space) const {
    return memory::copy_to_space(self, space, UserAddr{plan_.pointer}, content_, bytes_);
  }

 private:
  StackPlan const& plan_;
  usize const bytes_;
  char* const content_;
  u64 word_;
};

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
  StackPlan const& plan = image.stack;
  StackContent content{plan};
  if (!content) return fail(Errno::no_memory);
  content.put(plan.name, image.path, plan.top - 8 - plan.name);
  content.put(plan.platform, platform_name, sizeof platform_name);
  u64 const random[2] = {random_or_time(), random_or_time()};
  content.put(plan.random, random, sizeof random);

  content.put_word(image.arguments.count());
  content.put_list(image.arguments, plan.arguments);
  content.put_list(image.environment, plan.environment);
  ProgramLayout& layout = image.space->program;
  for (AuxiliaryEntry const& e : vector_for(self, image).entries) {
    content.put_word(u64(e.kind));
    content.put_word(e.value);
    layout.vector[layout.vector_words++] = u64(e.kind);
    layout.vector[layout.vector_words++] = e.value;
  }
  return content.copy_to(self, *image.space);
}

}  // namespace hinge::linux_service
