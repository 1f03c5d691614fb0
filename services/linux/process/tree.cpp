// Tables of threads and processes by number, and the list of all processes. A thread's number and a process' come from
// one space: a process has its first thread's. Numbers of groups and sessions that live on are not given out again.
#include "services/linux/process/tree.hpp"

#include <algorithm>

namespace hinge::linux_service {

constinit Mutex<rank::ProcessTree> tree_lock;
constinit Process* first_process = nullptr;

namespace {

constexpr i32 highest_id = 32767;
constexpr usize bucket_count = 256;
constinit Process* processes[bucket_count] HINGE_GUARDED_BY(tree_lock) = {};
constinit Thread* threads[bucket_count] HINGE_GUARDED_BY(tree_lock) = {};
constinit i32 last_id HINGE_GUARDED_BY(tree_lock) = 0;
constinit std::atomic<u32> process_total{0}, thread_total{0};

constexpr usize bucket(i32 id) { return usize(id) % bucket_count; }

Thread* thread_by_tid(i32 tid) HINGE_REQUIRES(tree_lock) {
  for (Thread* t = threads[bucket(tid)]; t; t = t->next_in_table)
    if (t->tid == tid) return t;
  return nullptr;
}

template <class T>
void take_out(T*& first, T& item) {
  for (T** at = &first; *at; at = &(*at)->next_in_table) {
    if (*at != &item) continue;
    *at = item.next_in_table;
    item.next_in_table = nullptr;
    return;
  }
}

bool in_use(i32 id) HINGE_REQUIRES(tree_lock) {
  if (thread_by_tid(id)) return true;
  for (Process* p = first_process; p; p = p->next)
    if (p->pid == id || p->group == id || (p->session && p->session->id == id)) return true;
  return false;
}

}  // namespace

i32 new_id() {
  for (i32 tries = 0; tries < highest_id; ++tries) {
    last_id = last_id >= highest_id ? 2 : last_id + 1;  // 1 is given out once.
    if (!in_use(last_id)) return last_id;
  }
  return 0;
}

void enter(Process& process) {
  process.retain();
  process.next_in_table = processes[bucket(process.pid)];
  processes[bucket(process.pid)] = &process;
  process.next = first_process;
  process.previous = nullptr;
  if (first_process) first_process->previous = &process;
  first_process = &process;
  process_total.fetch_add(1, std::memory_order_relaxed);
}

void enter(Thread& thread) {
  thread.retain();
  thread.next_in_table = threads[bucket(thread.tid)];
  threads[bucket(thread.tid)] = &thread;
  thread_total.fetch_add(1, std::memory_order_relaxed);
}

Ref<Process> remove(Process& process) {
  take_out(processes[bucket(process.pid)], process);
  if (process.previous) process.previous->next = process.next;
  else first_process = process.next;
  if (process.next) process.next->previous = process.previous;
  process_total.fetch_sub(1, std::memory_order_relaxed);
  return Ref<Process>::adopt(&process);
}

Ref<Thread> remove(Thread& thread) {
  take_out(threads[bucket(thread.tid)], thread);
  thread_total.fetch_sub(1, std::memory_order_relaxed);
  return Ref<Thread>::adopt(&thread);
}

void set_parent(Process& child, Process* parent) {
  if (child.parent) {
    Process** at = &child.parent->first_child;
    while (*at != &child) at = &(*at)->next_sibling;
    *at = child.next_sibling;
  }
  child.parent = parent;
  child.parent_pid.store(parent ? parent->pid : 0, std::memory_order_relaxed);
  child.next_sibling = nullptr;
  if (!parent) return;
  Process** at = &parent->first_child;  // At the end: wait reports in the order of birth.
  while (*at) at = &(*at)->next_sibling;
  *at = &child;
}

Process* process_by_pid(i32 pid) {
  for (Process* p = processes[bucket(pid)]; p; p = p->next_in_table)
    if (p->pid == pid) return p;
  return nullptr;
}

Ref<Process> find_process(i32 pid) {
  Guard guard{tree_lock};
  Process* const p = process_by_pid(pid);
  return p ? Ref<Process>{*p} : nullptr;
}

Ref<Thread> find_thread(i32 tid) {
  Guard guard{tree_lock};
  Thread* const t = thread_by_tid(tid);
  return t ? Ref<Thread>{*t} : nullptr;
}

i32 next_pid(i32 after) {
  Guard guard{tree_lock};
  i32 best = 0;
  for (Process* p = first_process; p; p = p->next)
    if (p->pid > after && (best == 0 || p->pid < best)) best = p->pid;
  return best;
}

i32 next_tid(Process& process, i32 after) {
  Guard guard{process.lock};
  i32 best = 0;
  for (Thread* t = process.threads; t; t = t->next_in_process)
    if (t->tid > after && (best == 0 || t->tid < best)) best = t->tid;
  return best;
}

u32 process_count() { return process_total.load(std::memory_order_relaxed); }
u32 thread_count() { return thread_total.load(std::memory_order_relaxed); }

Ref<Session> session_of(Process& process) {
  Guard guard{tree_lock};
  return process.session;
}

i32 group_of(Process& process) {
  Guard guard{tree_lock};
  return process.group;
}

bool group_in_session(i32 group, Session const& session) {
  Guard guard{tree_lock};
  for (Process* p = first_process; p; p = p->next)
    if (p->group == group && p->session.get() == &session) return true;
  return false;
}

bool is_orphaned_group(i32 group) {
  Guard guard{tree_lock};
  return is_orphaned_group_locked(group, nullptr);
}

bool is_orphaned_group_locked(i32 group, Process const* but) {
  for (Process* p = first_process; p; p = p->next) {
    if (p->group != group || p == but || p->life.load(std::memory_order_relaxed) >= Life::zombie) continue;
    Process const* const parent = p->parent;
    if (parent && parent->pid != 1 && parent->group != group && parent->session == p->session) return false;
  }
  return true;
}

u32 threads_of_user(u32 uid) {
  Guard guard{tree_lock};
  u32 count = 0;
  for (Process* p = first_process; p; p = p->next)
    if (p->owner.load(std::memory_order_relaxed) == uid) count += std::max(1u, p->thread_count.load(std::memory_order_relaxed));
  return count;
}

}  // namespace hinge::linux_service
