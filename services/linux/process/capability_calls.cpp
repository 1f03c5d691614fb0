// capget and capset (capabilities(7), version 3 headers; versions 1 and 2 as far as their sizes go).
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

namespace {

struct Header { u32 version; i32 pid; };
struct Data { u32 effective, permitted, inheritable; };
constexpr u32 version_one = 0x19980330, version_two = 0x20071026, version_three = 0x20080522;

/// Words of data of a version; for an unknown one the kernel's is written back.
Attempt<u32> words_of(Thread& self, UserAddr where, Header& h) {
  ATTEMPT(copy_from_user(self, h, where));
  if (h.version == version_one) return 1u;
  if (h.version == version_two || h.version == version_three) return 2u;
  ATTEMPT(copy_to_user(self, where, version_three));
  return fail(Errno::invalid);
}

}  // namespace

Value sys_capget(Thread& self, Args const& a) {
  Header h;
  auto const words = words_of(self, a.address(0), h);
  if (!words) return words.error() == Errno::invalid && !a[1] ? Value{0} : Value{words.error()};
  if (h.pid < 0) return Errno::invalid;
  Ref<Credentials> c = self.credentials;
  if (h.pid && h.pid != self.tid) {
    Ref<Thread> const other = find_thread(h.pid);
    if (!other) return Errno::no_process;
    Guard guard{other->process().lock};
    c = other->credentials;
  }
  Data data[2];
  for (u32 i = 0; i < 2; ++i)
    data[i] = {u32(c->effective >> 32 * i), u32(c->permitted >> 32 * i), u32(c->inheritable >> 32 * i)};
  if (a[1]) ATTEMPT(copy_to_user(self, a.address(1), data, *words * sizeof(Data)));
  return 0;
}

Value sys_capset(Thread& self, Args const& a) {
  Header h;
  u32 const words = ATTEMPT(words_of(self, a.address(0), h));
  if (h.pid && h.pid != self.tid) return Errno::not_permitted;
  Data data[2] = {};
  ATTEMPT(copy_from_user(self, data, a.address(1), words * sizeof(Data)));
  auto const join = [&](u32 Data::*field) { return (u64{data[1].*field} << 32 | data[0].*field) & all_capabilities; };
  Credentials const& old = *self.credentials;
  u64 const effective = join(&Data::effective), permitted = join(&Data::permitted), inheritable = join(&Data::inheritable);
  if ((permitted & ~old.permitted) || (effective & ~permitted) || (inheritable & ~(old.inheritable | old.permitted | old.bounding)))
    return Errno::not_permitted;
  Ref<Credentials> c = old.copy();
  if (!c) return Errno::no_memory;
  c->effective = effective;
  c->permitted = permitted;
  c->inheritable = inheritable;
  adopt_credentials(self, c);
  return 0;
}

}  // namespace hinge::linux_service
