// execve and execveat: prepare everything (find, load), wait for the other threads to end, then change over (become).
// While it waits the call holds no stack; the prepared image stays in the thread.
#include <algorithm>
#include <cstring>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service {

namespace {

constexpr i32 at_working_directory = -100;

/// Bytes of arguments and environment together, with their pointers: a quarter of the stack, within Linux' bounds.
u64 argument_limit(Process const& p) { return std::clamp<u64>(p.limit(Resource::stack) / 4, 128 << 10, 6 << 20); }

/// The argument list that the program sees: interpreters of scripts before the script's name, which replaces argv[0].
Attempt<> collect_strings(Thread& self, ExecImage& image, UserAddr argv, UserAddr envp) {
  u64 const limit = argument_limit(self.process());
  for (u32 i = image.script_count; i-- > 0;) {
    ScriptLine const& line = image.scripts[i];
    ATTEMPT(image.arguments.add(line.interpreter(), limit));
    if (line.argument_bytes) ATTEMPT(image.arguments.add(line.argument(), limit));
  }
  if (image.script_count) ATTEMPT(image.arguments.add(image.path, limit));
  ATTEMPT(image.arguments.add_from_user(self, argv, image.script_count ? 1 : 0, limit));
  if (image.arguments.count() == 0) ATTEMPT(image.arguments.add("", limit));  // Linux since 5.18: there is always argv[0].
  u64 const used = image.arguments.bytes() + image.arguments.count() * 8;
  return image.environment.add_from_user(self, envp, 0, used < limit ? limit - used : 0);
}

Attempt<Own<ExecImage>> prepare(Thread& self, i32 directory, UserAddr path, UserAddr argv, UserAddr envp, u32 flags) {
  Own<ExecImage> image{host::make<ExecImage>()};
  if (!image) return fail(Errno::no_memory);
  ATTEMPT(copy_string_from_user(self, image->path, path, sizeof image->path));
  ATTEMPT(find_image(self, *image, directory, flags));
  ATTEMPT(collect_strings(self, *image, argv, envp));
  ATTEMPT(load_image(self, *image));
  return image;
}

/// Tells the other threads to end. False when another thread is in exec or the process ends: then this one is to end.
bool claim(Thread& self) {
  Process& p = self.process();
  Guard guard{p.lock};
  if (p.in_exec || p.life >= Life::ending) return false;
  p.in_exec = true;
  for (Thread* t = p.threads; t; t = t->next_in_process) {
    if (t == &self) continue;
    t->attention.fetch_or(attention::end, std::memory_order_acq_rel);
    t->interrupt();
  }
  return true;
}

Value change_over(Thread& self) {
  Process& p = self.process();
  if (p.thread_count.load(std::memory_order_acquire) > 1) {
    ATTEMPT(p.thread_left.enqueue(self));
    if (p.thread_count.load(std::memory_order_acquire) > 1) return self.block_killable();
    self.leave_all();
  }
  Own<ExecImage> const image = std::move(self.exec);
  if (become(self, *image)) return Value::keep();
  Guard guard{p.lock};
  end_group(p, u32(Signal::kill));
  return Errno::no_memory;
}

Value do_exec(Thread& self, i32 directory, UserAddr path, UserAddr argv, UserAddr envp, u32 flags) {
  if (self.exec) return change_over(self);
  Own<ExecImage> image = ATTEMPT(prepare(self, directory, path, argv, envp, flags));
  if (!claim(self)) return self.block(no_deadline, Errno::interrupted);
  self.exec = std::move(image);
  return change_over(self);
}

}  // namespace

Value sys_execve(Thread& self, Args const& a) {
  return do_exec(self, at_working_directory, a.address(0), a.address(1), a.address(2), 0);
}

Value sys_execveat(Thread& self, Args const& a) {
  constexpr u32 empty_path = 0x1000, no_follow = 0x100;
  if (a.word(4) & ~(empty_path | no_follow)) return Errno::invalid;
  return do_exec(self, a.integer(0), a.address(1), a.address(2), a.address(3), a.word(4));
}

}  // namespace hinge::linux_service
