// Changes of who is where, while the system runs: one at a time, whoever asks. The asker's thread sleeps; the move itself
// runs on a worker of placement's own, whose priority is that of services' workers, so that programs do not stretch the
// time in which a service admits nobody. When the personality is to move, the asker is inside it: it is sent away, and the
// move goes on when it has left.
#pragma once

#include "host/mutex.hpp"
#include "placement/boot_files.hpp"
#include "placement/mover.hpp"
#include "placement/supervisor.hpp"

namespace hinge::placement {

/// Between Changes and its worker: an event carries each job in.
struct Work {
  struct Run { using Reply = Unit; u64 count; };
  using List = Calls<Run>;
};

class Changes {
 public:
  /// Once, before the first service starts. `served` is this object's Work, for the portal.
  Result<> start(std::span<Instance> all, host::Table const* kernel_table, BootFiles& files, image::Provided const& served);

  /// See iface/placement.hpp.
  Result<System::MoveReport> move(System::Move const& request);
  Result<System::MoveReport> last(u64 index);
  Result<System::MoveToPreset::Reply> move_to(System::MoveToPreset const& request);
  /// How many moves of a service were asked for.
  u64 moves_of(u32 index);
  /// Where a service is now: "kernel", or its domain's name.
  void name_place(Instance const& instance, char (&to)[image::name_bytes]);

  Result<> on(Work::Run const&, Caller const&);

  /// Whose changes exclude moves.
  constexpr Supervisor& supervisor() { return supervisor_; }

 private:
  struct AskerRank { static constexpr u32 level = 10; };
  struct Job { u32 index; Placement side; char domain[image::name_bytes]; System::MoveReport report; };

  Result<System::MoveReport> run(u32 index, Placement side, std::string_view domain) HINGE_REQUIRES(askers_);
  Result<> read_preset(std::string_view name) HINGE_REQUIRES(askers_);

  std::span<Instance> all_;
  BootFiles* files_ = nullptr;
  Handle wanted_{}, finished_{};        ///< Events: a job is there; it is done.
  Mutex<AskerRank> askers_;             ///< Held while somebody waits for a change.
  Job job_{};                           ///< The worker's while `working_`, else of who holds askers_.
  std::atomic<bool> working_{false};
  ChangeLock change_;                   ///< Held by the worker while a service moves, and by the supervisor.
  u64 seen_ HINGE_GUARDED_BY(askers_) = 0, moves_ HINGE_GUARDED_BY(askers_) = 0;
  Manifest preset_ HINGE_GUARDED_BY(askers_);
  char preset_file_[64] HINGE_GUARDED_BY(askers_) = {};  ///< Problems point to it.
  BooksLock books_;                     ///< For the instances' places, and:
  System::MoveReport reports_[max_services] HINGE_GUARDED_BY(books_) = {};
  u64 moves_of_[max_services] HINGE_GUARDED_BY(books_) = {};
  Mover mover_{books_};
  Supervisor supervisor_{change_, books_};
};

}  // namespace hinge::placement
