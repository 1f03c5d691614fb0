// Top-level page tables. The upper half of every root repeats the master's, so that a change of one master entry (a
// slot placed in the kernel or taken out of it) reaches all of them; single roots may differ in the slots of their own
// domain, and the service views of processes repeat their personality's domain. All roots are on one list.
#pragma once

#include <boost/intrusive/list.hpp>

#include "nucleus/mm/entry.hpp"
#include "nucleus/mm/frames.hpp"
#include "nucleus/mm/shootdown.hpp"

namespace hinge::nucleus::mm {

/// One root. Lives inside its owner: a space (its own and its service view) or a domain.
struct Root {
  PhysAddr frame{};                           ///< For CR3; 0 when not made.
  Root const* view_of = nullptr;              ///< Of a service view: the domain whose slots it shows.
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> hook;
};

class Roots {
 public:
  Roots() = default;

  /// Takes over the root that the machine booted with as master; its upper half is copied into each new one.
  void start(Frames& frames, Shootdown& tlb, PhysAddr master);

  /// An empty lower half, and the upper half of the master, or of a domain whose slots it is to show from now on.
  /// no_memory, quota.
  Result<> make(Root& root, Account& account, Root const* view_of = nullptr);
  /// A service view shows another domain's slots from now on. All CPUs forget everything.
  void show(Root& view, Root const& domain);
  /// Frees the table. No CPU has it loaded any more.
  void destroy(Root& root);

  /// Upper-half entry `index` (256..511) of the master and of all roots; or, for a slot on the user side, of the root of its
  /// domain and the views of it, and empty in all others. When something is replaced, all CPUs forget everything.
  void set_entry(u32 index, Entry value, Root const* domain = nullptr);

  [[nodiscard]] PhysAddr master() const { return master_; }
  /// Grows with each set_entry.
  [[nodiscard]] u64 generation() const { return generation_.load(std::memory_order_acquire); }
  /// Calls f(PhysAddr root) for all roots but the master; for consistency checks.
  template <class F>
  void each(F&& f) {
    Guard guard{lock_};
    for (Root& root : roots_) f(root.frame);
  }

 private:
  using List = boost::intrusive::list<
      Root, boost::intrusive::member_hook<Root, decltype(Root::hook), &Root::hook>,
      boost::intrusive::constant_time_size<false>>;

  void copy_upper_half(Root& root, PhysAddr from) HINGE_REQUIRES(lock_);

  Frames* frames_ = nullptr;
  Shootdown* tlb_ = nullptr;
  PhysAddr master_{};
  std::atomic<u64> generation_{0};
  Lock<Rank::roots> lock_;
  List roots_;
};

}  // namespace hinge::nucleus::mm
