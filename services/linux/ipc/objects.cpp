#include "services/linux/ipc/objects.hpp"

#include "services/linux/files/clock.hpp"

namespace hinge::linux_service::ipc {

constinit Mutex<rank::SystemV> lock;

bool allows(Thread const& self, Permission const& p, u32 wanted) {
  Credentials const& c = *self.credentials;
  u32 mode = p.mode;
  if (c.euid == p.owner || c.euid == p.creator) mode >>= 6;
  else if (c.in_group(p.group) || c.in_group(p.creator_group)) mode >>= 3;
  return (wanted & ~mode & 7) == 0 || c.has(Capability::ipc_owner);
}

bool is_owners(Thread const& self, Permission const& p) {
  Credentials const& c = *self.credentials;
  return c.euid == p.owner || c.euid == p.creator || c.has(Capability::sys_admin);
}

i64 now_seconds() {
  constexpr i64 second = 1'000'000'000;
  return wall_ns() / second;
}

Attempt<> set_permission(Thread& self, Permission& p, Permission const& wanted) {
  if (!is_owners(self, p)) return fail(Errno::not_permitted);
  p.owner = wanted.owner;
  p.group = wanted.group;
  p.mode = (p.mode & ~u32{0777}) | (wanted.mode & 0777);
  return ok;
}

}  // namespace hinge::linux_service::ipc
