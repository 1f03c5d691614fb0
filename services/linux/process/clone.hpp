// What clone, clone3, fork and vfork ask for, in one form, and which combinations make sense (clone(2)).
#pragma once

#include "services/linux/core/errno.hpp"
#include "services/linux/signal/signal_set.hpp"

namespace hinge::linux_service {

namespace clone_flag {
inline constexpr u64 exit_signal_mask = 0xff;
inline constexpr u64 same_memory = 0x100, same_fs = 0x200, same_files = 0x400, same_handlers = 0x800, pidfd = 0x1000, ptrace = 0x2000,
                     vfork = 0x4000, parent = 0x8000, thread = 0x10000, new_mounts = 0x20000, sysv_undo = 0x40000,
                     set_tls = 0x80000, parent_set_tid = 0x100000, child_clear_tid = 0x200000, detached = 0x400000,
                     untraced = 0x800000, child_set_tid = 0x1000000, new_cgroup = 0x2000000, new_uts = 0x4000000,
                     new_ipc = 0x8000000, new_user = 0x10000000, new_pid = 0x20000000, new_net = 0x40000000,
                     io = 0x80000000, clear_handlers = 0x100000000, into_cgroup = 0x200000000;
inline constexpr u64 namespaces = new_mounts | new_cgroup | new_uts | new_ipc | new_user | new_pid | new_net;
inline constexpr u64 known = exit_signal_mask | same_memory | same_fs | same_files | same_handlers | pidfd | ptrace | vfork | parent | thread | sysv_undo |
                             set_tls | parent_set_tid | child_clear_tid | detached | untraced | child_set_tid | io | clear_handlers;
}  // namespace clone_flag

struct CloneRequest {
  u64 flags = 0;
  Signal exit_signal = Signal::none;
  u64 stack = 0;             ///< Stack pointer of the child; 0: the parent's.
  u64 parent_tid = 0, child_tid = 0;
  u64 tls = 0;
  u64 pidfd = 0;             ///< Where the number of the pidfd goes.
};

/// invalid for what contradicts itself or is not offered (namespaces).
Attempt<> check(CloneRequest const& request);

}  // namespace hinge::linux_service
