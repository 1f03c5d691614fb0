// A program on its way in: everything that execve prepares before the point of no return. Lives on the heap, in the
// thread while the other threads of its process come to their end.
#pragma once

#include "host/heap.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/memory/address_space.hpp"
#include "services/linux/process/elf_program.hpp"
#include "services/linux/process/script.hpp"
#include "services/linux/process/start_stack.hpp"
#include "services/linux/process/string_list.hpp"

namespace hinge::linux_service {

/// An ELF file and where it goes.
struct LoadedFile {
  Ref<File> file;
  ElfProgram program;
  u64 bias = 0;            ///< Added to all its addresses.
  [[nodiscard]] u64 entry() const { return program.entry + bias; }
};

struct ExecImage {
  static constexpr usize longest_path = 4096;

  char path[longest_path];         ///< As given; AT_EXECFN.
  char scratch[most_table_bytes];  ///< Program headers, the interpreter's path.
  LoadedFile program, interpreter;
  StringList arguments, environment;
  ScriptLine scripts[4];
  u32 script_count = 0;
  Ref<AddressSpace> space;
  StackPlan stack;
  u64 entry = 0;
  u32 euid = 0, egid = 0;          ///< After set-id bits.
  bool secure = false;             ///< They changed something: AT_SECURE.
  ExecImage() {}                   ///< Leaves the texts alone: they are written before they are read.
  void dispose() { host::destroy(this); }
};

/// Opens `image.path`, goes through scripts, and checks the ELF files.
Attempt<> find_image(Thread& self, ExecImage& image, i32 directory, u32 flags);
/// Makes the space and maps the files, the stack and its content.
Attempt<> load_image(Thread& self, ExecImage& image);
/// Writes the stack as planned; part of load_image.
Attempt<> write_stack(Thread& self, ExecImage& image);
/// Starts a program in the calling thread, which is the only one of its process. From here on failure is death.
Attempt<> become(Thread& self, ExecImage& image);

}  // namespace hinge::linux_service
