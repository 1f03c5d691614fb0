// Memory policies of a machine with one node (set_mempolicy(2)).
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {
namespace {

/// Numbers as in Linux' uapi/linux/mempolicy.h; the flags above 0x1000 change nothing with one node.
enum class Policy : u32 { by_default, preferred, bind, interleave, local, preferred_many };
constexpr u32 mode_flags = 0xe000;
constexpr u64 most_nodes = 1024;

/// A mask of nodes may name node 0 only. True when it names any.
Attempt<bool> names_node(Thread& self, UserAddr mask, u64 count) {
  if (!mask.raw() || count <= 1) return false;
  if (count > most_nodes * 32) return fail(Errno::invalid);
  u64 any = 0;
  for (u64 bit = 0; bit + 1 < count; bit += 64) {
    u64 word;
    ATTEMPT(copy_from_user(self, word, mask + bit / 8));
    if (bit == 0) any = word & 1;
    if (bit == 0 ? word & ~u64{1} : word) return fail(Errno::invalid);
  }
  return any != 0;
}

Attempt<> check_policy(Thread& self, u32 mode, UserAddr mask, u64 count) {
  Policy const policy = Policy(mode & ~mode_flags);
  if (policy > Policy::preferred_many) return fail(Errno::invalid);
  bool const any = ATTEMPT(names_node(self, mask, count));
  bool const needs = policy == Policy::bind || policy == Policy::interleave || policy == Policy::preferred_many;
  bool const refuses = policy == Policy::by_default || policy == Policy::local;
  if ((needs && !any) || (refuses && any)) return fail(Errno::invalid);
  return ok;
}

}  // namespace

Value sys_set_mempolicy(Thread& self, Args const& a) {
  ATTEMPT(check_policy(self, a.word(0), a.address(1), a[2]));
  self.memory_policy = a.word(0);
  return 0;
}

Value sys_get_mempolicy(Thread& self, Args const& a) {
  constexpr u64 of_node = 1, of_address = 2, allowed = 4;
  u64 const flags = a[4];
  if (flags & ~(of_node | of_address | allowed) || ((flags & allowed) && (flags & (of_node | of_address)))) return Errno::invalid;
  if (a[1] && a[2] < 2) return Errno::invalid;
  if (!(flags & of_address) && a[3]) return Errno::invalid;
  if (flags & of_address) {
    RegionInfo region;
    if (!host::space_query(self.space().handle, a[3], &region) || region.begin > a[3]) return Errno::bad_address;
  }
  i32 const told = flags & of_node || flags & of_address || flags & allowed ? 0 : i32(self.memory_policy);
  if (a[0]) ATTEMPT(copy_to_user(self, a.address(0), told));
  if (!a[1]) return 0;
  ATTEMPT(clear_user(self, a.address(1), (a[2] + 63) / 64 * 8));
  bool const names = flags & allowed || Policy(self.memory_policy & ~mode_flags) == Policy::bind;
  return copy_to_user(self, a.address(1), u64{names});
}

Value sys_mbind(Thread& self, Args const& a) {
  u64 const bytes = align_up(a[1], page_bytes);
  if (a[0] % page_bytes || bytes < a[1] || a[5] > 7) return Errno::invalid;
  ATTEMPT(check_policy(self, a.word(2), a.address(3), a[4]));
  AddressSpace& space = self.space();
  Guard guard{space.lock};
  if (!is_user_range(UserAddr{a[0]}, bytes) || space.mapped_in(a[0], a[0] + bytes) != bytes) return Errno::bad_address;
  return 0;
}

}  // namespace hinge::linux_service
