// Writing: all that a volume has while it is mounted to be written. perform() is how anything is changed: a record is written
// beside the log's last one, apply() carries it out, and one store makes it count. commit() is how it becomes durable.
#pragma once

#include "services/ext4/journal_writer.hpp"
#include "services/ext4/undo.hpp"
#include "services/ext4/vault_log.hpp"

namespace hinge::ext4 {

/// Something to be done.
struct Task {
  OperationId operation;
  Bytes request;
  std::string_view text;
  std::span<u64 const> choices;   ///< Made before: where data was written.
};

struct Done {
  Outcome outcome;
  Attributes attributes;          ///< Of outcome.inode, if that names one.
};

class Change;

class Writing {
 public:
  explicit Writing(LogState& log) : log{log} {}
  void dispose() { host::destroy(this); }

  /// Of a volume whose journal has been replayed; `sequence` is that of the next transaction. What the log holds beyond
  /// that is done again. read_only: the volume cannot be written, the log says why.
  Result<> start(Session const& session, u32 sequence);
  /// Does it, once, whoever asks how often. What apply() says; read_only after a failure.
  Result<Done> perform(Session const& session, Task const& task);
  /// Makes all that was changed so far durable. io.
  Result<> commit(Session const& session);
  /// FileSystem::Commit for one inode.
  Result<> commit_inode(Session const& session, u32 inode, bool data_only);
  /// Commits until nothing is held, for who needs space. False: nothing was, and there is no use in trying again.
  Result<bool> gather_space(Session const& session);
  /// Commits, and leaves a clean file system. io.
  Result<> close(Session const& session);

  /// The device failed, or the volume is not as it should be: nothing is written any more. The volume's lock is held.
  void give_up(Session const& session, char const* what, Error why);
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }

  // Guarded by the volume's lock.
  Transaction running;
  UndoBytes undo;
  Space space;
  VaultLog log;

 private:
  /// The most that one operation may change.
  static constexpr u32 operation_blocks = 64, operation_revokes = 64;

  [[nodiscard]] bool has_room() const;
  Result<> commit_until(Session const& session, u32 wanted, bool force);
  void stage(Session const& session);
  void end_commit(Session const& session, Result<> result);
  Result<> flush(Session const& session);
  Result<> recover(Session const& session);
  Result<> repeat(Session const& session, LogHalf const& half);
  Result<Done> run(Session const& session, Task const& task);
  Result<> mark_superblock(Session const& session, bool in_use);

  JournalWriter journal_;
  Transaction committing_;
  u32 number_ = 0;                     ///< Of the running transaction.
  u32 committed_ = 0;                  ///< The last one that is durable.
  bool busy_ = false;                  ///< Somebody commits.
  std::atomic<bool> failed_{false};
  std::atomic<u32> turns_{0};          ///< Rises when a commit ends; what others sleep on.
};

/// Carries out a record: all changes of a volume go through here. What `outcome` says is replied.
[[nodiscard]] Result<> apply(Change& change, Method method, Bytes request, std::string_view text, Outcome& outcome);

}  // namespace hinge::ext4
