// The process tree: who exists, who is whose child, which groups and sessions there are. One lock for all of it.
#pragma once

#include "services/linux/core/process.hpp"

namespace hinge::linux_service {

extern Mutex<rank::ProcessTree> tree_lock;

/// By pid; also finds zombies. Null: there is none.
[[nodiscard]] Ref<Process> find_process(i32 pid);
/// By tid; null when it has ended.
[[nodiscard]] Ref<Thread> find_thread(i32 tid);
/// The lowest pid above `after`, 0 at the end: for walking /proc.
[[nodiscard]] i32 next_pid(i32 after);
/// The same among a process' threads.
[[nodiscard]] i32 next_tid(Process& process, i32 after);
[[nodiscard]] u32 process_count();
[[nodiscard]] u32 thread_count();

/// The session a process is in.
[[nodiscard]] Ref<Session> session_of(Process& process);
[[nodiscard]] i32 group_of(Process& process);
/// Whether some process of group `group` is in `session` (tcsetpgrp's condition).
[[nodiscard]] bool group_in_session(i32 group, Session const& session);
/// Whether no member's parent is in another group of the same session: stops then make no sense (POSIX 3.264).
[[nodiscard]] bool is_orphaned_group(i32 group);

}  // namespace hinge::linux_service
