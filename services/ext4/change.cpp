#include "services/ext4/change.hpp"

namespace hinge::ext4 {

Result<std::span<u8>> Change::edit(BlockRef const& block, BlockUse use, u32 offset, u32 bytes) {
  // Where a file system is damaged two may claim a block, and what one of them has written in it counts for nothing.
  if (ChangedBlock const* const there = writing_.running.find(*block); there && there->use != use)
    return session_.corrupt("a block that two claim", use.owner, block->number());
  if (usize const size = block->bytes().size(); offset > size || bytes > size - offset)
    return session_.corrupt("a structure that reaches beyond its block", use.owner, block->number());
  (void)TRY(writing_.running.enter(session_.volume().cache, block, use));
  TRY(writing_.undo.keep(*block, offset, bytes));
  return block->writable().subspan(offset, bytes);
}

Result<> Change::make_into(BlockRef const& block, BlockKind kind) {
  ChangedBlock* const entry = writing_.running.find(*block);
  if (!entry || entry->use.kind == kind) return ok;
  TRY(former_uses_.push({block->change(), entry->use}));
  entry->use.kind = kind;
  return ok;
}

void Change::note_inode(BlockRef const& block, u32 part, bool essential) {
  ChangedBlock* const entry = writing_.running.find(*block);
  entry->parts |= u64{1} << part;
  if (essential) entry->essential |= u64{1} << part;
}

Result<BlockRef> Change::fresh(BlockNumber number, BlockUse use) {
  Volume& volume = session_.volume();
  if (BlockRef const there = volume.cache.find({volume.identity, number.raw()}); there && writing_.running.find(*there))
    return session_.corrupt("a block that is in use was free", use.owner, number);
  BlockRef block = TRY(volume.cache.get_zeroed({volume.identity, number.raw()}, geometry().block_bytes));
  (void)TRY(writing_.running.enter(volume.cache, block, use));
  return block;
}

Result<> Change::give_up(BlockRun run, bool metadata) {
  TRY(freed_.push(run));
  TRY(writing_.running.freed.reserve(freed_.count()));
  TRY(writing_.space.prepare(geometry(), run));
  writing_.space.hold(geometry(), run);
  held_ = freed_.count();
  if (!metadata) return ok;
  for (u32 i = 0; i < run.count; ++i) TRY(revoked_.push(run.first + i));
  return writing_.running.revoked.reserve(revoked_.count());
}

void Change::finish() {
  finished_ = true;
  for (BlockRun const& run : freed_) writing_.running.freed.add(run);
  Volume& volume = session_.volume();
  for (u64 number : revoked_) {
    writing_.running.revoked.add(number);
    if (BlockRef const block = volume.cache.find({volume.identity, number})) writing_.running.drop(*block);
  }
}

Change::~Change() {
  if (finished_) return;
  writing_.undo.restore();
  for (u32 i = 0; i < held_; ++i) writing_.space.release(geometry(), freed_[i]);
  for (u32 i = former_uses_.count(); i-- > 0;) writing_.running.blocks()[former_uses_[i].entry].use = former_uses_[i].use;
  writing_.space.free_blocks = free_blocks_;
  writing_.space.free_inodes = free_inodes_;
  writing_.space.promised = promised_;
  // What this operation was the first to change is not changed: left in the transaction it would be sealed as something that
  // it has not become.
  writing_.running.shrink(entries_);
}

}  // namespace hinge::ext4
