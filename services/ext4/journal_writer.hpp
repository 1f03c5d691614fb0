// JournalWriter: commits transactions to the journal of a volume that is written. A commit is: the transaction's blocks
// into the ring with zeros where its commit block goes, flush, the commit block, flush; then the blocks to their places, from
// the same copies, so that the journal's blocks are free again after the next flush. Ordered mode: data was written before
// the blocks that make it visible were changed, so the first flush covers it.
// stage() is called with the volume's lock held; the rest without, by one thread at a time.
#pragma once

#include "services/ext4/journal.hpp"
#include "services/ext4/transaction.hpp"

namespace hinge::ext4 {

class JournalWriter {
 public:
  static constexpr u32 max_staged = 512;       ///< Blocks of a transaction.

  JournalWriter() = default;
  JournalWriter(JournalWriter const&) = delete;
  JournalWriter& operator=(JournalWriter const&) = delete;
  ~JournalWriter();

  /// Takes over a journal that has nothing to replay, whose next transaction is `sequence`. read_only: too small, or in too
  /// many pieces. no_memory, io, corrupt.
  Result<> start(Session const& session, u32 sequence);
  /// The number of the transaction that stage() comes for next.
  [[nodiscard]] u32 next() const { return next_; }
  /// Blocks that one transaction may change.
  [[nodiscard]] u32 max_blocks() const { return max_blocks_; }
  /// Freed metadata blocks that one transaction may have.
  [[nodiscard]] u32 max_revoked() const { return revoke_blocks * per_revoke(); }

  /// Copies a sealed transaction.
  void stage(Session const& session, Transaction const& transaction);
  /// Makes what was staged durable. io.
  Result<> commit(Session const& session);
  /// Writes what was committed to its places. io.
  Result<> checkpoint(Session const& session);
  /// Everything is in its place: an empty journal. io.
  Result<> close(Session const& session);

 private:
  struct Piece { u32 first, count; u64 block; };   ///< Of the ring: where it lies on the disk.
  struct Copy { u64 home; u32 at; bool escaped; };
  static constexpr u32 revoke_blocks = 4;

  Result<> find_pieces(Session const& session, Inode const& inode);
  Result<> write_superblock(Session const& session);
  Result<> make_room(Session const& session);
  /// Writes blocks of own memory round the ring from `index` on.
  Result<> write_ring(Session const& session, u32 index, Bytes blocks);
  [[nodiscard]] u32 after(u32 index, u32 n) const;
  [[nodiscard]] u32 per_revoke() const;
  [[nodiscard]] std::span<u8> staged(u32 at) const { return {staging_ + u64{at} * block_bytes_, block_bytes_}; }
  u32 stage_revokes(Transaction const& transaction);
  void put_header(std::span<u8> block, format::JournalBlock type) const;
  /// Of a block with nothing but zeros behind its first `used` bytes.
  [[nodiscard]] u32 checksum_of(Bytes block, u32 used) const;
  void put_tail(std::span<u8> block, u32 used) const;
  void put_tag(std::span<u8> block, u32 at, Copy const& copy, u32 flags) const;

  u32 block_bytes_ = 0, max_blocks_ = 0;
  u32 first_ = 0, end_ = 0;              ///< The ring: [first_, end_) of the journal's blocks.
  u32 head_ = 0, used_ = 0;
  u32 next_ = 0;
  u32 features_ = 0, seed_ = 0;
  u8* superblock_ = nullptr;             ///< One block.
  u8* staging_ = nullptr;
  Copy* copies_ = nullptr;
  u32 copy_count_ = 0, staged_count_ = 0;
  Growing<Piece> pieces_;
};

}  // namespace hinge::ext4
