// First part of exec: which files make the program. A script names its interpreter, an ELF file its dynamic linker.
#include <cstring>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/process/exec_image.hpp"

namespace hinge::linux_service {

namespace {

constexpr i32 at_working_directory = -100;
constexpr u32 set_user_id = 04000, set_group_id = 02010;  ///< The group bit counts only with group execution.

Attempt<> read_exactly(Thread& self, File& file, u64 offset, void* to, usize bytes) {
  if (ATTEMPT(files::read_program(self, file, offset, to, bytes)) != bytes) return fail(Errno::bad_executable);
  return ok;
}

Attempt<> parse(Thread& self, ExecImage& image, LoadedFile& loaded) {
  elf::Header header;
  ATTEMPT(read_exactly(self, *loaded.file, 0, &header, sizeof header));
  ElfTable const table = ATTEMPT(check_header(header));
  auto* const programs = reinterpret_cast<elf::Program*>(image.scratch);
  ATTEMPT(read_exactly(self, *loaded.file, table.offset, programs, table.count * sizeof(elf::Program)));
  return read_segments(header, {programs, table.count}, loaded.program);
}

/// The dynamic linker that PT_INTERP names.
Attempt<> find_linker(Thread& self, ExecImage& image) {
  ElfProgram const& program = image.program.program;
  if (!program.interpreter_bytes) return ok;
  ATTEMPT(read_exactly(self, *image.program.file, program.interpreter_offset, image.scratch, program.interpreter_bytes));
  if (image.scratch[program.interpreter_bytes - 1] != 0) return fail(Errno::bad_executable);
  image.interpreter.file = ATTEMPT(files::find_program(self, at_working_directory, image.scratch, 0));
  if (auto parsed = parse(self, image, image.interpreter); !parsed)
    return fail(parsed.error() == Errno::bad_executable ? Errno::bad_library : parsed.error());
  return ok;
}

/// Follows #! lines until the file is none. Returns with the file's first bytes in `head`.
Attempt<> follow_scripts(Thread& self, ExecImage& image) {
  for (;;) {
    char head[script_line_bytes];
    usize const bytes = ATTEMPT(files::read_program(self, *image.program.file, 0, head, sizeof head));
    std::string_view const text{head, bytes};
    if (!is_script(text)) return ok;
    if (image.script_count == std::size(image.scripts)) return fail(Errno::loop);
    ScriptLine& line = image.scripts[image.script_count++];
    ATTEMPT(parse_script(text, line));
    memcpy(image.scratch, line.interpreter().data(), line.interpreter().size());
    image.scratch[line.interpreter().size()] = 0;
    image.program.file = ATTEMPT(files::find_program(self, at_working_directory, image.scratch, 0));
  }
}

/// Set-id bits of the file that is really executed, unless the caller gave up the right to gain from them.
Attempt<> note_ids(Thread& self, ExecImage& image) {
  Credentials const& c = *self.credentials;
  image.euid = c.euid;
  image.egid = c.egid;
  if (c.no_new_privileges) return ok;
  Attributes const attributes = ATTEMPT(image.program.file->status(self)).of;
  if (attributes.mode & set_user_id) image.euid = attributes.owner;
  if ((attributes.mode & set_group_id) == set_group_id) image.egid = attributes.group;
  image.secure = image.euid != c.uid || image.egid != c.gid;
  return ok;
}

}  // namespace

Attempt<> find_image(Thread& self, ExecImage& image, i32 directory, u32 flags) {
  image.program.file = ATTEMPT(files::find_program(self, directory, image.path, flags));
  ATTEMPT(follow_scripts(self, image));
  ATTEMPT(parse(self, image, image.program));
  ATTEMPT(find_linker(self, image));
  return note_ids(self, image);
}

}  // namespace hinge::linux_service
