// The supervisor: services whose manifest says "restart" come back when their domain has died. The nucleus holds their
// callers meanwhile: those who were inside ask again (iface/calls.hpp), new ones queue. For all services of the domain,
// servers before clients:
//   1. wait until every thread has left, then clear the slot: capabilities, activations, all memory but the vault;
//   2. lay the image out anew, bound as before (placement/instance.hpp), and place it in a fresh domain;
//   3. Lifecycle::Start with `restarted`, through the one portal that is open; then admit callers.
// A death in 3 is another death. Past its count in its window a service is given up: its callers get peer_died, and its
// devices are cut off. So is a domain with a service that does not restart. One change of who is where at a time: the lock
// is shared with moves. It is not held while a service waits out its back-off, so that others come back meanwhile.
#pragma once

#include <span>

#include "placement/boot_files.hpp"
#include "placement/mover.hpp"

namespace hinge::placement {

/// Between the nucleus and the supervisor: a watched slot died. An event carries it in.
struct Deaths {
  struct Died { using Reply = Unit; u64 count; };
  using List = Calls<Died>;
};

struct ChangeRank { static constexpr u32 level = 15; };
using ChangeLock = Mutex<ChangeRank>;   ///< Held while a service moves, or comes back.

class Supervisor {
 public:
  constexpr Supervisor(ChangeLock& change, BooksLock& books) : change_{change}, books_{books} {}
  /// Once, when all services have started. `order` is the manifest's; `served` is this object's Deaths, for the portal.
  Result<> start(std::span<Instance> all, std::span<u32 const> order, host::Table const* kernel_table, BootFiles const& files,
                 image::Provided const& served);

  /// Ends the domain of a service; what its manifest says happens then. not_found; invalid: it is not a living one's.
  Result<> kill(std::string_view service);
  /// Waits as long as its drain-limit until nobody is inside, then ends its domain and has it start again. Returns when it
  /// runs. not_found; not_supported: its manifest does not say "restart"; invalid, as kill; peer_died: it did not come back.
  Result<> restart(std::string_view service);
  /// What has become of a service so far.
  void describe(u32 index, System::Describe::Reply& reply);
  void describe(u32 index, System::Details::Reply& reply);

  Result<> on(Deaths::Died const&, Caller const&);

 private:
  struct Life {
    u64 deaths = 0, restarts = 0;
    u64 restart_ticks = 0;   ///< From its last death until callers were admitted.
    bool given_up = false;
    bool judged = false;     ///< It is dead, that was counted, and it comes back at
    u64 due_ns = 0;
    u32 counted = 0;         ///< Deaths whose times are in `at_ns`, the last at (counted - 1) % most.
    u64 at_ns[Recovery::most] = {};
  };
  using Group = FixedList<u32, max_services>;   ///< All services of one domain, servers first.

  [[nodiscard]] Result<u32> find(std::string_view service) const;
  [[nodiscard]] Group group_of(u32 index) const;
  /// It has died and is not given up.
  [[nodiscard]] bool awaits(u32 index);
  /// Its deaths in the window before `now_ns`.
  [[nodiscard]] u32 recent(u32 index, u64 now_ns) const HINGE_REQUIRES(books_);
  /// Counts this death of the service; how long to wait before it comes back. not_permitted: it does not; quota: too often.
  Result<u64> judge(u32 index, Death why, u64 now_ns);
  /// The same for all of a domain that has just died: says when they come back, or gives them up.
  void judge(Group const& group);
  /// One look at everybody: judges new deaths, and lets those come back whose time has come. How long until there is more to
  /// do; 0: nobody waits.
  u64 attend() HINGE_REQUIRES(change_);
  void recover(Group const& group) HINGE_REQUIRES(change_);
  Checked<> revive(Group const& group) HINGE_REQUIRES(change_);
  Checked<> clear(Instance& instance) const;
  Checked<> fill(Instance& instance) const;
  Checked<> place(Group const& group) const;
  Checked<> start_one(Instance const& instance) const;
  void give_up(Group const& group, std::string_view why);
  void nap(u64 ns) const { (void)host::event_wait(never_, 0, host::clock() + ns); }

  ChangeLock& change_;
  BooksLock& books_;
  std::span<Instance> all_;
  std::span<u32 const> order_;
  host::Table const* kernel_table_ = nullptr;
  BootFiles const* files_ = nullptr;
  Handle died_{};            ///< Event: rises when a watched slot dies.
  Handle never_{};           ///< An event that does not rise: to sleep by its deadline.
  Life lives_[max_services] HINGE_GUARDED_BY(books_) = {};
};

}  // namespace hinge::placement
