// Who a thread acts for. Immutable once shared: a call that changes ids makes a copy and swaps the thread's Ref under
// its process' lock, so a thread reads its own credentials without a lock, and others under that lock.
#pragma once

#include "host/heap.hpp"

namespace hinge::linux_service {

/// Numbers as in Linux' uapi/linux/capability.h, as far as the personality asks for them.
enum class Capability : u8 {
  chown = 0, dac_override = 1, dac_read_search = 2, fowner = 3, fsetid = 4, kill = 5, setgid = 6, setuid = 7, setpcap = 8,
  net_admin = 12, ipc_lock = 14, ipc_owner = 15, sys_module = 16, sys_rawio = 17, sys_chroot = 18, sys_ptrace = 19, sys_admin = 21,
  sys_boot = 22, sys_nice = 23, sys_resource = 24, sys_time = 25, sys_tty_config = 26, mknod = 27, syslog = 34, last = 40
};
inline constexpr u64 all_capabilities = (u64{2} << u8(Capability::last)) - 1;

struct Credentials : host::Shared<Credentials> {
  static constexpr u32 max_groups = 64;  ///< Supplementary groups; setgroups with more is EINVAL.

  u32 uid = 0, euid = 0, suid = 0, fsuid = 0;
  u32 gid = 0, egid = 0, sgid = 0, fsgid = 0;
  u64 permitted = all_capabilities, effective = all_capabilities, inheritable = 0, bounding = all_capabilities;
  u32 group_count = 0;
  u32 groups[max_groups] = {};
  bool no_new_privileges = false;
  bool keep_capabilities = false;

  [[nodiscard]] bool has(Capability c) const { return effective >> u8(c) & 1; }
  /// Whether `group` is the file-system group or a supplementary one.
  [[nodiscard]] bool in_group(u32 group) const {
    if (group == fsgid) return true;
    for (u32 i = 0; i < group_count; ++i)
      if (groups[i] == group) return true;
    return false;
  }
  /// A copy that nobody shares yet; null when memory is out.
  [[nodiscard]] Ref<Credentials> copy() const;
};

}  // namespace hinge::linux_service
