// epoll_create, epoll_ctl, epoll_wait and its forms.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/epoll.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/wait_time.hpp"

namespace hinge::linux_service {
namespace {

Value create(Thread& self, u32 flags) {
  if (flags & ~open_flag::close_on_exec) return Errno::invalid;
  auto file = Ref<Epoll>::adopt(host::make<Epoll>(u32{0}));
  if (!file) return Errno::no_memory;
  return self.process().descriptors->install(Ref<File>{file}, flags & open_flag::close_on_exec, self.process().limit(Resource::descriptors));
}

Value wait(Thread& self, Args const& a) {
  constexpr u32 most_events = 64;  // In one call; who asks for more asks again.
  constexpr i32 most = 0x7fff'ffff / sizeof(EpollEvent);
  if (a.integer(2) <= 0 || a.integer(2) > most) return Errno::invalid;
  FileInUse const file = ATTEMPT(file_in_use(self, a.integer(0)));
  Epoll* const set = file->epoll();
  if (!set) return Errno::invalid;
  bool const waits = self.request.deadline_ns != 0 && !self.request.timed_out();
  if (waits) ATTEMPT(set->poll_source()->waiters.enqueue(self));
  EpollEvent events[most_events];
  u32 const found = set->collect(events, std::min(most_events, a.word(2)));
  if (!found && waits) return self.block(self.request.deadline_ns, Errno::interrupted);
  self.leave_all();
  ATTEMPT(copy_to_user(self, a.address(1), events, found * sizeof(EpollEvent)));
  return found;
}

}  // namespace

Value sys_epoll_create(Thread& self, Args const& a) { return a.integer(0) <= 0 ? Value{Errno::invalid} : create(self, 0); }
Value sys_epoll_create1(Thread& self, Args const& a) { return create(self, a.word(0)); }

Value sys_epoll_ctl(Thread& self, Args const& a) {
  enum Operation : u32 { add = 1, remove = 2, modify = 3 };
  EpollEvent event{};
  if (a.word(1) != remove) ATTEMPT(copy_from_user(self, event, a.address(3)));
  FileInUse const set_file = ATTEMPT(file_in_use(self, a.integer(0)));
  FileInUse const file = ATTEMPT(file_in_use(self, a.integer(2)));
  Epoll* const set = set_file->epoll();
  if (!file->poll_source()) return Errno::not_permitted;
  if (!set || &*file == &*set_file) return Errno::invalid;
  if ((event.events & Epoll::exclusive) && (a.word(1) == modify || file->epoll())) return Errno::invalid;
  switch (a.word(1)) {
    case add: return set->add(*file, a.integer(2), event);
    case remove: return set->remove(*file, a.integer(2));
    case modify: return set->modify(*file, a.integer(2), event);
    default: return Errno::invalid;
  }
}

Value sys_epoll_wait(Thread& self, Args const& a) {
  constexpr i64 millisecond_ns = 1'000'000;
  if (self.request.first()) self.request.deadline_ns = a.integer(3) < 0 ? no_deadline : deadline_in(a.integer(3) * millisecond_ns);
  return wait(self, a);
}

Value sys_epoll_pwait(Thread& self, Args const& a) {
  if (self.request.first()) ATTEMPT(take_mask(self, a.address(4), a[5]));
  return sys_epoll_wait(self, a);
}

Value sys_epoll_pwait2(Thread& self, Args const& a) {
  if (self.request.first()) {
    self.request.deadline_ns = ATTEMPT(deadline_from<WaitSpec>(self, a.address(3)));
    ATTEMPT(take_mask(self, a.address(4), a[5]));
  }
  return wait(self, a);
}

}  // namespace hinge::linux_service
