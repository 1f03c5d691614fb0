// The core: all kernel objects and every transition over them, in one value. No hardware, no hidden globals, no
// allocation of its own: what must happen outside (a reference of a memory object, a CPU to poke) goes through Machine.
// Callers hold the core lock, except where a comment says otherwise. Compiled into the nucleus and into host tests.
//
// The invariants stand in check.cpp and check_calls.cpp, as code: which links mirror each other, what is counted where,
// which queue a state means. Each transition keeps all of them; tests/explore visits every state of a small Core.
#pragma once

#include "nucleus/core/objects.hpp"

namespace hinge::nucleus {

/// What the core asks of the layers around it.
struct Machine {
  void (*retain)(Kind kind, u64 object);          ///< One more capability for an mm object.
  void (*release)(Kind kind, u64 object);         ///< One less. Of a portal: it is time to collect.
  void (*poke)(u32 cpu);                          ///< A thread was queued on another CPU: let it reschedule.
  void (*thread_freed)(Thread&);                  ///< Stacks and floating-point area may go.
  void (*activation_freed)(Activation&);          ///< Its kernel stack may go.
  /// `orphan` has taken over `callee` and what that called; `above` goes on where it had called it, with wake_reason.
  void (*detached)(Thread& above, Thread& orphan, Activation& callee);
  void (*arm_timer)(u64 deadline_ns);             ///< The earliest deadline may have come closer.
  bool (*populate)(void* base, u64 bytes);        ///< Memory for a capability table that grows.
  void (*reopened)(Portal&);                      ///< Its open_root was set: its way_in follows.
};

class Core {
 public:
  Pool<Portal> portals;
  Pool<Activation> activations;
  Pool<Event> events;
  Pool<Thread> threads;
  Slot slots[layout::slot_count + 1];             ///< Index = slot number + 1 = capability table; 0 is nobody.
  Domain domains[layout::slot_count + 1];
  Machine const* machine = nullptr;
  u32 cpus = 1;

  // ---- capabilities (capabilities.cpp) ----
  /// The entry a handle names, if there is one.
  Result<Capability*> find(Handle h);
  /// The same, if it is live, of that kind and has those rights.
  Result<Capability*> look_up(Handle h, Kind kind, Right needed);
  /// The object of a capability of the memory manager, without the lock: Machine::release lets it be while somebody peeks.
  Result<u64> peek(Handle h, Kind kind, Right needed);
  Capability& entry(Handle h) { return slots[table_of(h)].table.entries[index_of(h)]; }
  /// A new root capability (no parent) in a table.
  Result<Handle> insert(u32 table, Kind kind, u64 object, u32 generation, Right rights, u64 badge, Handle parent = no_handle);
  Result<Handle> mint(Handle from, u32 into_table, Right rights, u64 badge);
  Result<> remove(Handle h);
  /// Deletes at most `steps` descendants; true when none are left.
  Result<bool> revoke(Handle h, u32 steps);
  /// Deletes every capability of a table, at most `steps`; true when it is empty.
  bool clear_table(u32 table, u32 steps);

  // ---- portals and activations (portals.cpp) ----
  /// quota: it has portals_of_slot already.
  Result<Handle> create_portal(u32 table, u32 slot, PortalKind kind, u64 cookie, u32 limit);
  /// Goes on with portals that lost their last name while they had activations: those that nobody is in become spares of
  /// the slot, and portals without any go. At most `steps`. Every CPU is to leave the nucleus once before each call.
  void collect(u32 steps);
  /// Sets open_root of a slot's portals after anything it depends on has changed: side, state, admission, root.
  void reopen(u32 slot);
  /// Takes an activation for `thread` from this CPU's pool; would_block when the pool is empty, busy when the portal does
  /// not admit (both: then seek), peer_died when its slot or the caller's is dead, not_present when it is on the kernel side: it moved
  /// while the caller waited. No lock needed.
  Result<Activation*> enter(Portal& portal, Thread& thread, u32 cpu);
  /// The same for a portal whose slot is on the kernel side: counts a caller in, until leave_directly. not_present when it
  /// is on the user side. No lock needed.
  Result<> enter_directly(Portal& portal);
  void leave_directly(Portal& portal) { portal.inside.fetch_sub(1, std::memory_order_release); }
  /// Undoes enter: back to the thread's caller. `give` hands the activation back once its stacks are left. No lock.
  void leave(Activation& activation);
  void give(Portal& portal, Activation& activation, u32 cpu);
  enum class Way : u8 { retry, equip, queued };
  struct Step { Way way; Activation* fresh = nullptr; };
  /// The slow way in, one step, so that nothing changes between looking and queueing. retry: this CPU's pool has an
  /// activation now. equip: `fresh` wants stacks, then give it (or withdraw it). queued: the thread is parked until it
  /// may try again; the other CPUs should be asked to donate. peer_died: nobody gets in any more.
  Result<Step> seek(Portal& portal, Thread& thread, u32 cpu, bool may_grow);
  /// Parks a thread that cannot get in because the portal does not admit. False when it does now. peer_died as seek,
  /// also when the domain that the thread calls from has died.
  Result<bool> await_admission(Portal& portal, Thread& thread);
  /// A fresh activation could not be equipped.
  void withdraw(Portal& portal, Activation& fresh);
  /// Puts an activation where any CPU's callers find it, and wakes the first that waits.
  void share(Portal& portal, Activation& activation);
  /// A caller who was woken is in, perhaps not by what was shared for it: that goes to the next who waits.
  void pass_on(Portal& portal);
  /// A CPU shares its free activations with callers who wait, one for each. Run by that CPU.
  void donate(u32 cpu);
  /// Grants that a request from `caller` may hand on: in a slot of its domain, or inside a grant it holds itself.
  Result<> grant(Activation& callee, Activation const& caller, bool trusted, u64 const* words, u32 buffers);
  [[nodiscard]] bool granted(Activation const& activation, u64 address, u64 bytes, bool write) const;

  // ---- calls that end before their callee does (orphans.cpp) ----
  /// The call has a deadline of its own; no later than that of its caller's call counts.
  void set_deadline(Activation& callee, u64 deadline_ns);
  void clear_deadline(Activation& callee);
  /// A thread that was queued gives up then, with timed_out.
  void limit_wait(Thread& thread, u64 deadline_ns);
  /// Cuts the thread's chain wherever it must be: above whoever was called from a dead activation, or by a call whose
  /// deadline has passed. Each part below a cut becomes an orphan: a thread of its own that ends with the reply, has no
  /// deadlines and none of the grants that came from above, and is told to cancel its waits. A thread that runs is marked,
  /// and does it on its own CPU. When no thread can be had, it is tried again at its way out.
  void settle(Thread& thread, u64 now_ns);
  /// The same for one that runs here, with its `activation` up to date: the part on top goes on running.
  void settle_running(Thread& thread, u64 now_ns);
  /// Ends the thread's wait if it is one that may end early, else the next one.
  void cancel(Thread& thread);

  // ---- events (events.cpp) ----
  Result<Handle> create_event(u32 table);
  /// Adds one and wakes everybody who is parked: they saw another count.
  void signal(Event& event);
  /// Parks `thread` on the event unless the count has passed `seen`. True when parked. A count still below `seen` has a
  /// wake-up announced that is on its way: whoever does not sleep until then may keep it from arriving.
  bool park(Thread& thread, Event& event, u64 seen, u64 deadline_ns);
  void park_on_word(Thread& thread, u64 key, u64 deadline_ns);
  /// One alone is the best that waits, first come first served among equals. Who lent for a lock lends to that one now.
  u32 wake_word(u64 key, u32 most);
  /// Ends a wait early. False when the thread is not parked.
  bool unpark(Thread& thread, Error why);
  /// From now on `worker` carries the event into the portal. busy when the event has a worker. The worker holds the
  /// portal until it is freed; the binding ends with the event or the worker, and worker_event is 0 then.
  Result<> bind(Event& event, Portal& portal, Thread& worker);
  /// no_deadline disarms. A period shorter than shortest_period_ns is lengthened: its interrupts would be all that runs.
  void set_timer(Event& event, u64 deadline_ns, u64 period_ns);
  /// Fires everything due at `now`; returns the next deadline.
  u64 expire(u64 now_ns);

  // ---- threads and run queues (threads.cpp) ----
  Result<Thread*> create_thread(u32 owner_slot);
  Result<Handle> name_thread(u32 table, Thread& thread);
  void make_ready(Thread& thread);
  /// The best ready thread for `cpu`, taken off its queue; null when there is none, even to steal.
  Thread* pick(u32 cpu);
  [[nodiscard]] bool better_waits(u32 cpu, u32 priority) const;   ///< A ready thread of at least this priority.
  /// A running thread whose CPUs no longer include the one it is on.
  [[nodiscard]] static bool must_leave(Thread const& thread) { return !(thread.cpu_mask >> thread.cpu & 1); }
  /// Where a program's thread brings its requests; it holds the portal until it is freed.
  void set_personality(Thread& thread, Portal& portal);
  void end_thread(Thread& thread);
  /// Changes priority and allowed CPUs, and with them its place in whatever queue it is.
  void reprioritise(Thread& thread, u8 priority, u64 cpu_mask);

  // ---- budgets (budgets.cpp) ----
  /// From now on `budget_ns` in each period of `period_ns`; all of it: no limit. invalid when either is out of range.
  Result<> set_budget(Thread& thread, u64 budget_ns, u64 period_ns, u64 now_ns);
  /// The thread has run that long. flag_budget rises when nothing is left.
  void spend(Thread& thread, u64 ns);
  /// Periods have begun up to `now`: each adds a budget, first to what is owed; no more than one is kept.
  void replenish(Thread& thread, u64 now_ns);
  /// Parks a thread, which holds nothing, until its next period, if nothing is left. True when parked.
  bool rest(Thread& thread, u64 now_ns);

  // ---- priority inheritance (loans.cpp) ----
  /// `from`, parked on a lock's word, lends its priority to the lock's owner until the wait ends. Does nothing when they
  /// are one thread.
  void lend(Thread& from, Thread& to);
  [[nodiscard]] static u8 own_priority(Thread const& thread) { return thread.lenders ? thread.own_priority : thread.priority; }
  /// `from`, parked until calls have left a slot, lends to one that is inside and ready, but without a processor: to one
  /// whose chain goes through it; else, since a call on the kernel side is in no chain, to one in any service.
  void hurry(Thread& from, Slot const& slot);
  /// The thread can hold no lock any more: nobody lends to it.
  void forfeit(Thread& thread);

  void retain(Thread& thread) { ++thread.references; }
  void release(Thread& thread);
  /// What runs there, the idle thread too.
  struct alignas(64) Processor { Thread* running = nullptr; bool idle = false; } processors[max_cpus];

  // ---- slots and domains (slots.cpp) ----
  Result<Slot*> create_slot(char const* name);
  /// Stops admission to all portals of a slot, or lets callers in again; then returns how many had queued.
  u64 admit(Slot& slot, bool yes);
  /// Lets callers into one portal of a slot that admits nobody, to start what is in it.
  void admit_only(Portal& portal);
  /// How many calls are inside. After admission was stopped it only falls, once every CPU has left the nucleus: those that
  /// were on their way in without a lock are counted then.
  [[nodiscard]] u64 inside(Slot const& slot) const;
  /// A slot leaves its domain and enters another; without `with_domain` it opens the first_free_domain. The page tables
  /// follow outside, then reopen. A slot that runs is busy while it admits callers, or calls are inside; on any failure
  /// nothing has changed.
  Result<> place(Slot& slot, Placement side, u32 with_domain);
  /// peer_died: it is dead, and not cleared.
  /// quota when there is none.
  [[nodiscard]] Result<u32> first_free_domain() const;
  /// The domain will run no more: its slots are dead, nobody gets in. When every CPU has left the nucleus once, bury does
  /// the rest: its activations are dead, chains are cut, queued callers wake with peer_died. Those of a watched slot wait
  /// on, for it to be placed again or abandoned, and its event rises at last.
  void kill_domain(u32 domain, Slot::Ending const& ending);
  /// At most `steps` of it, from `cursor` on, which begins as 0. True when all is done.
  bool bury(u32 domain, u32& cursor, u32 steps, u64 now_ns);
  /// From now on the slot's end raises `event`. Null: no more, and if it is dead nobody waits for it any longer.
  void watch(Slot& slot, Event* event);
  /// What a call that was inside a slot that died ends with.
  [[nodiscard]] Error how_calls_end(Slot const& slot) const { return slot.watch ? Error::peer_restarts : Error::peer_died; }
  /// Takes what a dead slot's former life held: its capabilities, at most `steps` at a time, then the activations of its
  /// portals. true when all is gone: it is empty then, and may be placed. false:
  /// there is more to do. busy: a thread has not left it yet. Every CPU is to leave the nucleus once before each call.
  Result<bool> clear_dead(Slot& slot, u32 steps);

  /// Null when all invariants hold, else which is broken. For tests: it is not bounded.
  [[nodiscard]] char const* check() const;

 private:
  friend struct CoreTestAccess;
  struct Queue { u32 head = 0, tail = 0; };
  struct alignas(64) RunQueue { Queue queues[priorities]; u32 ready_mask = 0; u32 length = 0; };
  static constexpr u32 word_buckets = 64;

  [[nodiscard]] char const* check_entry(Handle h) const;
  [[nodiscard]] char const* check_table(u32 table) const;
  [[nodiscard]] char const* check_slot(Slot const& s) const;
  [[nodiscard]] char const* check_portal(Portal const& p) const;
  [[nodiscard]] char const* check_activation(Activation const& a) const;
  [[nodiscard]] char const* check_event(Event const& e) const;
  [[nodiscard]] char const* check_thread(Thread const& t) const;
  [[nodiscard]] char const* check_loans(Thread const& t) const;
  [[nodiscard]] char const* check_queues() const;
  [[nodiscard]] u32 names_of(Kind kind, u64 object) const;

  void unlink(Handle h);
  void drop(Capability& c);
  void unlend(Thread& from);
  [[nodiscard]] bool goes_through(Thread const& t, Slot const& slot) const;
  /// A program's thread whose request is with its personality, on either side.
  [[nodiscard]] static bool in_personality(Thread const& t) { return t.entrance && t.sequence % 2; }
  void follow(Thread& first);
  void requeue(Thread& t, u8 priority, u64 cpu_mask);
  void push(Queue& q, Thread& t);
  void cut(Queue& q, Thread& t);
  Result<Activation*> grow(Portal& portal);
  bool take_shared(Portal& portal, u32 cpu);
  void enqueue(Portal& p, Thread& t);
  void dequeue(Portal& p, Thread& t);
  void wait_in(Portal& p, Thread& t);
  u32 wake_queue(Portal& p);
  void send_callers_away(Slot const& slot);
  /// By any thread, also one whose activation is dead, and by the orphans that its death left in others.
  [[nodiscard]] bool occupied(Slot const& slot) const;
  void unlink_waiter(u32& head, Thread& t);
  void timer_insert(Thread& t);
  void timer_remove(Thread& t);
  void end_wait(Thread& t, Error why);
  u32 choose_cpu(Thread& t) const;
  void release_portal(Portal& p);
  void unqueue(Thread& t);
  [[nodiscard]] Activation* cut_point(Thread const& t, u64 now_ns);
  Result<Thread*> detach(Activation& callee, Error why);
  void release_event(Event& e);
  [[nodiscard]] u32* free_list(Portal& p);
  void make_spare(Portal& p, u32& list);
  void leave_behind(Portal& p);
  void free_portal(Portal& p);
  void unbind(Event& e);

  RunQueue run_queues_[max_cpus];
  Queue words_[word_buckets];
  u32 timer_threads_ = 0;                         ///< Waits with a deadline, unordered.
  u32 timer_events_ = 0;                          ///< Events with a timer, unordered.
  u32 timed_ = 0;                                 ///< Activations of calls with a deadline, unordered.
  u32 wanted_ = 0;                                ///< Portals that somebody waits for, unordered.
  u32 leaving_first_ = 0, leaving_last_ = 0;      ///< Portals that nobody names, with activations or calls inside.
  u32 left_lately_ = 0;                           ///< How many of them since the last collect.
};

}  // namespace hinge::nucleus
