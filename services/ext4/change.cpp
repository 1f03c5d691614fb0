#include "services/ext4/change.hpp"

namespace hinge::ext4 {

Result<std::span<u8>> Change::edit(BlockRef const& block, BlockUse use, u32 offset, u32 bytes) {
  ChangedBlock* const entry = TRY(writing_.running.enter(session_.volume().cache, block, use));
  if (entry->use.kind != use.kind) {
    TRY(former_uses_.push({block->change(), entry->use}));
    entry->use = use;
  }
  TRY(writing_.undo.keep(*block, offset, bytes));
  return block->writable().subspan(offset, bytes);
}

void Change::note_inode(BlockRef const& block, u32 part, bool essential) {
  ChangedBlock* const entry = writing_.running.find(*block);
  entry->parts |= u64{1} << part;
  if (essential) entry->essential |= u64{1} << part;
}

Result<BlockRef> Change::fresh(BlockNumber number, BlockUse use) {
  Volume& volume = session_.volume();
  TRY(fresh_.reserve(1));
  BlockRef block = TRY(volume.cache.get_zeroed({volume.identity, number.raw()}, geometry().block_bytes));
  (void)TRY(writing_.running.enter(volume.cache, block, use));
  fresh_.add(number.raw());
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
  Volume& volume = session_.volume();
  for (u64 number : fresh_)
    if (BlockRef const block = volume.cache.find({volume.identity, number})) writing_.running.drop(*block);
}

}  // namespace hinge::ext4
