// Change: one operation on its way. All its stores to metadata go through edit(), which keeps the old bytes, so that an
// operation that fails halfway leaves nothing behind; its choices go through choose(), so that they can be repeated.
// The volume's lock is held from its beginning to its end.
#pragma once

#include "services/ext4/writing.hpp"

namespace hinge::ext4 {

class Change {
 public:
  /// A fresh one, or one that repeats a record with these choices. `choices` has room for `max_choices`.
  Change(Session const& session, Writing& writing, std::span<u64> choices, u32 given, bool repeats)
      : session_{session}, writing_{writing}, choices_{choices}, given_{given}, repeats_{repeats}, free_blocks_{writing.space.free_blocks},
        free_inodes_{writing.space.free_inodes}, promised_{writing.space.promised}, entries_{writing.running.count()} {
    writing.undo.clear();
  }
  Change(Change const&) = delete;
  Change& operator=(Change const&) = delete;
  /// Undoes everything unless finish() was called.
  ~Change();

  [[nodiscard]] Session const& session() const { return session_; }
  [[nodiscard]] Geometry const& geometry() const { return session_.geometry(); }
  [[nodiscard]] Space& space() const { return writing_.space; }
  [[nodiscard]] bool repeats() const { return repeats_; }

  /// [offset, offset + bytes) of a block, to be overwritten. too_big: more than one transaction takes; no_memory; corrupt: it
  /// was changed as something else, or is not that long.
  Result<std::span<u8>> edit(BlockRef const& block, BlockUse use, u32 offset, u32 bytes);
  template <class T>
  Result<> set(BlockRef const& block, BlockUse use, u32 offset, T const& value) {
    store(TRY(edit(block, use, offset, sizeof value)), 0, value);
    return ok;
  }
  /// The block's owner uses it as something else from now on: a leaf becomes the root of an index. no_memory.
  Result<> make_into(BlockRef const& block, BlockKind kind);
  /// The inode at `part` of that inode table block was changed; `essential`: more than its times.
  void note_inode(BlockRef const& block, u32 part, bool essential);
  /// A block that was just allocated: zeroed, and wholly to be written. corrupt: it is in use.
  Result<BlockRef> fresh(BlockNumber number, BlockUse use);

  /// The number that `pick` gives, or that it gave when the record was made. corrupt: the record has no more.
  template <class F>
  Result<u64> choose(F&& pick) {
    if (next_ < given_) return choices_[next_++];
    if (repeats_) return fail(Error::corrupt);
    if (given_ == choices_.size()) return fail(Error::too_big);
    u64 const value = TRY(pick());
    choices_[given_++] = value;
    next_ = given_;
    return value;
  }
  [[nodiscard]] u32 choices() const { return given_; }

  /// Blocks are freed in their bitmaps: they are held from now on until the commit, so that this operation does not take them
  /// again either, which the journal would revoke. `metadata`: the journal may have copies of them.
  Result<> give_up(BlockRun run, bool metadata);

  /// Everything stands.
  void finish();

 private:
  Session const& session_;
  Writing& writing_;
  std::span<u64> choices_;
  u32 given_, next_ = 0;
  bool repeats_, finished_ = false;
  u64 free_blocks_, free_inodes_, promised_;
  u32 entries_;              ///< Of the transaction, before this operation.
  Growing<BlockRun> freed_;
  u32 held_ = 0;             ///< So many of them are held.
  Growing<u64> revoked_;
  struct FormerUse { u32 entry; BlockUse use; };
  Growing<FormerUse> former_uses_;
};

}  // namespace hinge::ext4
