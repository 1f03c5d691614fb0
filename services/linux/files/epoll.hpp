// Epoll: a set of watches on files, with a list of those that may be ready. A watch hangs on its file's PollSource; a
// notification files it as ready; wait asks the file itself before it reports. Everything that links watches, sources,
// files and ready lists is under one lock (Readiness), which is never held while a file is asked.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class Epoll;

/// One file in one epoll set. Alive while linked in the set, or referenced by a wait in progress.
struct Watch : host::Shared<Watch> {
  Epoll* set = nullptr;        ///< Null once deleted.
  File* file = nullptr;        ///< Not counted: the file's end deletes the watch.
  PollSource* source = nullptr;
  i32 fd = 0;
  u32 events = 0;              ///< As asked, with the mode bits below.
  u64 data = 0;
  bool queued = false;         ///< On the ready list.
  bool disabled = false;       ///< One-shot, and it has shot.
  Watch* next_in_set = nullptr;
  Watch* next_in_source = nullptr;
  Watch* next_in_file = nullptr;
  Watch* next_ready = nullptr;
};

/// struct epoll_event: packed on x86-64.
struct [[gnu::packed]] EpollEvent {
  u32 events;
  u64 data;
};
static_assert(sizeof(EpollEvent) == 12);

class Epoll final : public File {
 public:
  static constexpr u32 edge = 1u << 31, one_shot = 1u << 30, wake_up = 1u << 29, exclusive = 1u << 28;

  explicit Epoll(u32 flags) : File{flags | open_flag::read_write, Path{}} {}
  void dispose() override;
  u32 ready() override;
  PollSource* poll_source() override { return &source_; }
  usize describe(char* to, usize room) override;
  Epoll* epoll() override { return this; }

  Attempt<> add(File& file, i32 fd, EpollEvent const& event);
  Attempt<> modify(File& file, i32 fd, EpollEvent const& event);
  Attempt<> remove(File& file, i32 fd);
  /// Up to `room` events that hold now.
  u32 collect(EpollEvent* to, u32 room);
  [[nodiscard]] bool maybe_ready() const { return __atomic_load_n(&first_ready_, __ATOMIC_RELAXED) != nullptr; }

  /// A file or a source ends: its watches go.
  static void file_ends(File& file);
  static void source_ends(PollSource& source);

 private:
  friend class PollSource;
  static constexpr u32 deepest = 5;
  static void notify(PollSource& source, u32 events, u32 depth);
  void queue(Watch& watch, u32 depth);
  Watch* find(File const& file, i32 fd) const;
  static void unlink(Watch& watch);
  [[nodiscard]] bool reaches(Epoll const& target, u32 depth) const;

  PollSource source_;
  Watch* first_ = nullptr;        ///< All below: under the Readiness lock.
  Watch* first_ready_ = nullptr;
  Watch* last_ready_ = nullptr;
  u32 ready_count_ = 0;
};

}  // namespace hinge::linux_service
