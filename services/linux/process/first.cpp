// Process 1. Nobody forks it, so it is put together here around an empty space; its thread's first request then executes
// the program, as any exec does, only that path and arguments come from the kernel command line.
#include <algorithm>
#include <cstring>

#include "host/log.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"
#include "services/linux/time/vdso.hpp"

namespace hinge::linux_service {

constinit Port<Platform> platform_port;

namespace {

constinit std::string_view first_path, first_arguments;
constexpr std::string_view default_paths[] = {"/run/hinge/init", "/sbin/init", "/init"};
constexpr i32 at_working_directory = -100;
constexpr u64 argument_limit = 128 * 1024;

/// The next word of `rest`, its quotes taken off; empty at the end.
std::string_view next_word(std::string_view& rest, bool& any) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  any = !rest.empty();
  char const end = any && rest[0] == '"' ? '"' : ' ';
  if (end == '"') rest.remove_prefix(1);
  usize const bytes = std::min(rest.find(end), rest.size());
  std::string_view const word = rest.substr(0, bytes);
  rest.remove_prefix(std::min(bytes + 1, rest.size()));
  return word;
}

Attempt<> execute(Thread& self, std::string_view path) {
  Own<ExecImage> image{host::make<ExecImage>()};
  if (!image) return fail(Errno::no_memory);
  if (path.size() >= sizeof image->path) return fail(Errno::name_too_long);
  memcpy(image->path, path.data(), path.size());
  image->path[path.size()] = 0;
  ATTEMPT(find_image(self, *image, at_working_directory, 0));
  if (image->script_count) return fail(Errno::bad_executable);
  ATTEMPT(image->arguments.add(path, argument_limit));
  bool any;
  std::string_view rest = first_arguments;
  for (auto word = next_word(rest, any); any; word = next_word(rest, any)) ATTEMPT(image->arguments.add(word, argument_limit));
  ATTEMPT(image->environment.add("HOME=/", argument_limit));
  ATTEMPT(image->environment.add("TERM=linux", argument_limit));
  ATTEMPT(load_image(self, *image));
  return become(self, *image);
}

/// Descriptors 0, 1 and 2, once there is a /dev. Without a console the table is empty.
Attempt<> open_console(Thread& self) {
  Process& p = self.process();
  files::mount_standard(self);
  auto opened = files::first_descriptors(self);
  Ref<Descriptors> table = opened ? std::move(*opened) : host::make_ref<Descriptors>();
  if (!table) return fail(Errno::no_memory);
  {
    Guard guard{p.lock};
    p.descriptors = table;
  }
  if (!opened) return fail(opened.error());
  return ok;
}

}  // namespace

Attempt<> stop_machine(host::Stop how) {
  files::leave_clean();
  ATTEMPT(platform_port.on(Platform::Stop{u64(how)}, Caller{}));
  return ok;
}

Attempt<> start_first_process(std::string_view path, std::string_view arguments) {
  ATTEMPT(vdso::start());
  first_path = path;
  first_arguments = arguments;
  Ref<Process> process = host::make_ref<Process>();
  if (!process) return fail(Errno::no_memory);
  process->pid = 1;
  process->space = ATTEMPT(AddressSpace::create());
  process->fs = ATTEMPT(files::first_context());
  process->handlers = host::make_ref<SignalHandlers>();
  process->session = host::make_ref<Session>(0);
  process->start_with(initial_limits(machine().most_processes / 2));
  process->start_ns = now_ns();
  Ref<Thread> thread = host::make_ref<Thread>(process);
  if (!thread || !process->handlers || !process->session) return fail(Errno::no_memory);
  thread->credentials = host::make_ref<Credentials>();
  if (!thread->credentials) return fail(Errno::no_memory);
  host::ThreadSetup setup{};
  setup.registers.rflags = 0x202;
  setup.registers.rip = setup.registers.rsp = layout::user_begin;
  setup.space = process->space->handle;
  setup.portal = machine().portal;
  setup.cookie = reinterpret_cast<u64>(thread.get());
  thread->event = ATTEMPT(host::event_create());
  thread->handle = ATTEMPT(host::thread_create(setup));
  memcpy(thread->name, "init", 5);
  {
    Guard tree{tree_lock};
    Guard guard{process->lock};
    thread->tid = new_id();
    process->threads = thread.get();
    process->thread_count = 1;
    enter(*process);
    enter(*thread);
  }
  ATTEMPT(host::thread_start(thread->handle));
  return ok;
}

Value run_first_program(Thread& self) {
  Attempt<> done = open_console(self);
  if (!done) host::log("process 1 has no /dev/console (errno {})", u32(done.error()));
  done = fail(Errno::no_entry);
  if (!first_path.empty()) {
    done = execute(self, first_path);
  } else {
    for (std::string_view path : default_paths)
      if (!done) done = execute(self, path);
  }
  if (done) return Value::keep();
  host::log("no first program: {} (errno {})", first_path.empty() ? default_paths[0] : first_path, u32(done.error()));
  Guard guard{self.process().lock};
  end_group(self.process(), exited_status(127));
  return 0;
}

void first_process_ended(Process& first) {
  u32 status;
  {
    Guard guard{first.lock};
    status = first.exit_status;
  }
  host::log("process 1 has ended (status {}): nothing is left to run", status);
  if (!stop_machine(host::Stop::power_off)) host::log("the machine cannot be switched off");
}

}  // namespace hinge::linux_service
