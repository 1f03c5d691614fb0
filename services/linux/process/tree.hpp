// The process tree: who exists, who is whose child, which groups and sessions there are. One lock for all of it.
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

extern Mutex<rank::ProcessTree> tree_lock;
extern Process* first_process HINGE_GUARDED_BY(tree_lock);  ///< All, zombies too, by Process::next.

/// A number for a new thread or process; 0 when none is free.
[[nodiscard]] i32 new_id() HINGE_REQUIRES(tree_lock);
/// Makes a process and its first thread, or one more thread, known. The table holds a reference to each.
void enter(Process& process) HINGE_REQUIRES(tree_lock);
void enter(Thread& thread) HINGE_REQUIRES(tree_lock);
/// Takes them out; the references go to the caller.
[[nodiscard]] Ref<Process> remove(Process& process) HINGE_REQUIRES(tree_lock);
[[nodiscard]] Ref<Thread> remove(Thread& thread) HINGE_REQUIRES(tree_lock);
/// Makes `child` a child of `parent`, or of nobody.
void set_parent(Process& child, Process* parent) HINGE_REQUIRES(tree_lock);
[[nodiscard]] Process* process_by_pid(i32 pid) HINGE_REQUIRES(tree_lock);

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
/// The same as if `but` were gone already.
[[nodiscard]] bool is_orphaned_group_locked(i32 group, Process const* but) HINGE_REQUIRES(tree_lock);
/// Threads of processes whose real user is `uid`: what RLIMIT_NPROC counts.
[[nodiscard]] u32 threads_of_user(u32 uid);

}  // namespace hinge::linux_service
