// The journal of a file system that was not unmounted. Instead of writing its blocks to their places, replay_journal notes
// where the newest committed copy of each lies (overlay.hpp), and nothing is written.
// Specification: section "Journal (jbd2)".
#pragma once

#include "services/ext4/format/journal.hpp"
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {

/// Fills the overlay from the journal in the volume's journal inode; returns the number that the next transaction is to have. corrupt: what was committed cannot be read.
/// not_supported: a journal outside, or with a feature unknown here; the log names it.
[[nodiscard]] Result<u32> replay_journal(Session const& session, Overlay& overlay);

/// A journal, open for reading.
class JournalLog {
 public:
  /// `inode` is the journal's, and outlives this object.
  static Result<JournalLog> open(Session const& session, Inode const& inode);
  JournalLog(JournalLog&& other) noexcept;
  ~JournalLog();

  /// The oldest transaction's sequence number and first block; block 0: the journal is empty.
  [[nodiscard]] u32 first_sequence() const { return superblock_.sequence; }
  [[nodiscard]] u32 start() const { return superblock_.start; }
  /// Blocks in the ring.
  [[nodiscard]] u32 length() const { return superblock_.blocks - superblock_.first; }
  /// The block `n` further round the ring. Precondition: n <= length().
  [[nodiscard]] u32 after(u32 index, u32 n) const;

  /// A block's bytes, until the next call.
  Result<Bytes> block(u32 index);
  /// Where a block lies on the disk.
  Result<BlockNumber> place(u32 index) const;

  /// What a block is, if it belongs to that transaction.
  enum class Kind : u32 { none, descriptor, commit, revoke };
  [[nodiscard]] static Kind kind_of(Bytes block, u32 sequence);
  /// Whether a block of that kind is as it was written; true where the journal has no checksums.
  [[nodiscard]] bool is_whole(Bytes block, Kind kind) const;

  struct Tag { u64 block; u32 flags, checksum; };
  /// Calls f(Tag) -> Result<> for each tag of a descriptor block.
  template <class F>
  Result<> for_each_tag(Bytes block, F&& f) const {
    Tag tag{};
    for (u32 at = sizeof(format::JournalHeader); u32 const behind = read_tag(block, at, tag); at = behind) {
      TRY(f(tag));
      if (tag.flags & format::journal_tag::last) break;
    }
    return ok;
  }
  /// Calls f(u64 block) for each number of a revoke block. corrupt: its length.
  template <class F>
  Result<> for_each_revoked(Bytes block, F&& f) const {
    u32 const end = load<format::JournalRevoke>(block, 0).bytes, width = has(format::journal_feature::bit64) ? 8 : 4;
    if (end > block.size() - tail_bytes()) return fail(Error::corrupt);
    for (u32 at = sizeof(format::JournalRevoke); at + width <= end; at += width)
      f(width == 8 ? std::byteswap(load<u64>(block, at)) : std::byteswap(load<u32>(block, at)));
    return ok;
  }
  /// Whether the copy of a block is as it was written.
  [[nodiscard]] bool is_whole(Bytes data, Tag const& tag, u32 sequence) const;

 private:
  static constexpr u32 window_blocks = 16;   ///< Read at once.

  JournalLog(Session const& session, Inode const& inode) : session_{session}, inode_{inode} {}
  Result<> check_superblock(Bytes block);
  [[nodiscard]] bool has(u32 feature) const { return (features_ & feature) != 0; }
  [[nodiscard]] bool has_checksums() const { return has(format::journal_feature::checksums_2 | format::journal_feature::checksums_3); }
  [[nodiscard]] u32 tail_bytes() const { return has_checksums() ? sizeof(format::JournalTail) : 0; }
  [[nodiscard]] u32 tag_bytes() const;
  /// The tag at `at`, and where the next one would be; 0: none.
  u32 read_tag(Bytes block, u32 at, Tag& tag) const;

  Session const& session_;
  Inode const& inode_;
  format::JournalSuperblock superblock_{};
  u32 features_ = 0;        ///< Incompatible ones.
  u32 seed_ = 0;            ///< Of the checksums.
  u8* window_ = nullptr;
  u32 window_first_ = 0, window_count_ = 0;
};

}  // namespace hinge::ext4
