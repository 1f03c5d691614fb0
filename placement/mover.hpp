// The turn of the hinge: a service changes the domain that maps its slot while its clients go on calling. In order:
//   1. ports that lead to it directly are set to their proxies, so that every new call comes through a portal;
//   2. its slot stops admission: callers queue in the nucleus;
//   3. drain: wait until nobody is inside, by gate (abi/image.hpp) or by portal, for as long as its drain-limit says; threads
//      inside run with this one's priority meanwhile;
//   4. the slot is placed, its host table swapped, its own ports and those of its clients set for the new sides;
//   5. admission: who queued goes in, where it is now.
// Callers see no error, only time. A move that cannot go on at 3 or 4 does 5 where the service was, and says why.
// One move at a time: the caller's business (placement/changes.hpp). Times are measured here.
#pragma once

#include <span>

#include "base/ticks.hpp"
#include "host/mutex.hpp"
#include "iface/placement.hpp"
#include "placement/instance.hpp"

namespace hinge::placement {

/// Guards where the instances are, against those who look while one moves.
struct BooksRank { static constexpr u32 level = 20; };
using BooksLock = Mutex<BooksRank>;

class Mover {
 public:
  constexpr explicit Mover(BooksLock& books) : books_{books} {}
  /// Once, at boot. `all` is parallel to the manifest's services.
  Result<> start(std::span<Instance> all, host::Table const* kernel_table);

  /// Moves the service with that number. `domain` means nothing on the kernel side. May sleep, as long as the drain limit.
  void move(u32 index, Placement side, std::string_view domain, System::MoveReport& report);

 private:
  Result<> refuse(Instance const& service, Placement side, std::string_view domain, System::MoveReport& report) const;
  Result<> drain(u32 index, System::MoveReport& report) const;
  Result<> turn(u32 index, Placement side, std::string_view domain, System::MoveReport& report);
  [[nodiscard]] u64 directly_inside(u32 index) const;
  void explain(u32 index, u64 by_portal, System::MoveReport& report) const;
  void part_clients(u32 index) const;
  void bind_again(u32 index) const;
  template <class F>
  void each_client(u32 index, F&& f) const;

  BooksLock& books_;
  std::span<Instance> all_;
  host::Table const* kernel_table_ = nullptr;
};

}  // namespace hinge::placement
