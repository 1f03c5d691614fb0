// inotify_init, inotify_add_watch, inotify_rm_watch.
#include "services/linux/core/syscall.hpp"
#include "services/linux/events/inotify.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

Value make(Thread& self, u32 flags) {
  if (flags & ~(open_flag::nonblock | open_flag::close_on_exec)) return Errno::invalid;
  auto file = Ref<Inotify>::adopt(host::make<Inotify>(flags & open_flag::nonblock));
  if (!file) return Errno::no_memory;
  return self.process().descriptors->install(Ref<File>{file}, flags & open_flag::close_on_exec, self.process().limit(Resource::descriptors));
}

}  // namespace

Value sys_inotify_init(Thread& self, Args const&) { return make(self, 0); }
Value sys_inotify_init1(Thread& self, Args const& a) { return make(self, a.word(0)); }

Value sys_inotify_add_watch(Thread& self, Args const& a) {
  using namespace inotify;
  u32 const mask = a.word(2);
  if (!(mask & all_events) || ((mask & add_to_mask) && (mask & must_be_new))) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->watches()) return Errno::invalid;
  Path const place = ATTEMPT(path_at(self, at_flag::current_directory, a.address(1), !(mask & no_follow)));
  if ((mask & only_directory) && !place.inode().is_directory()) return Errno::not_directory;
  ATTEMPT(check_permission(*self.credentials, place.inode(), may::read));
  return file->watches()->add(place.inode(), mask);
}

Value sys_inotify_rm_watch(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->watches()) return Errno::invalid;
  return file->watches()->remove(a.integer(1));
}

}  // namespace hinge::linux_service
