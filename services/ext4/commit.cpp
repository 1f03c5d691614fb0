// Commits: who comes while one is under way waits for it, and those who then find their changes not in it make the next
// one together.
#include <algorithm>

#include "host/log.hpp"
#include "services/ext4/seal.hpp"
#include "services/ext4/writing.hpp"

namespace hinge::ext4 {
namespace {

/// Commits are everybody's: they do not end with the patience of the one who happens to make them.
Caller patient(Caller const& caller) { return Caller{.thread = caller.thread}; }

}  // namespace

void Writing::stage(Session const& session) {
  Geometry const& g = session.geometry();
  // With its counts in the commit that changes them e2fsck finds nothing to mend after a replay. There is room: has_room()
  // leaves some. A commit of nothing has it too, since a transaction describes a block at least.
  if (auto const block = session.superblock()) {
    auto const bytes = (*block)->writable().subspan(superblock_offset_in_block(g), sizeof(format::Superblock));
    bool const others = std::ranges::any_of(running.blocks(), [](ChangedBlock const& b) { return bool{b.block}; });
    bool const due = !others || running.find(**block) || !superblock_counts(bytes, space);
    if (due && running.enter(session.volume().cache, *block, {BlockKind::superblock})) seal_superblock(g, bytes, space);
  }
  seal(session, running);
  journal_.stage(session, running);
  running.hand_over(committing_);
  ++number_;
  // After a death in a commit the log has records of the transaction that had begun meanwhile, still to be repeated.
  if (!log.find(number_)) log.begin(number_, space.promised);
  busy_ = true;
}

void Writing::end_commit(Session const& session, Result<> result) {
  {
    Guard guard{session.volume().lock};
    busy_ = false;
    if (result) {
      for (BlockRun const& run : committing_.freed) space.release(session.geometry(), run);
    } else {
      give_up(session, "the journal cannot be written", result.error());
    }
    committing_.clear();
  }
  turns_.fetch_add(1);
  (void)host::word_wake(reinterpret_cast<u32 const*>(&turns_), ~u32{0});
}

Result<> Writing::commit_until(Session const& asked, u32 wanted, bool force) {
  Caller const caller = patient(asked.caller());
  Session const session{asked.volume(), caller};
  for (;;) {
    u32 const seen = turns_.load();
    bool mine = false;
    {
      Guard guard{session.volume().lock};
      if (i32(committed_ - wanted) >= 0) return ok;
      if (failed()) return fail(Error::io);
      if (!busy_) {
        if (running.empty() && !force) return ok;
        stage(session);
        mine = true;
      }
    }
    if (!mine) {
      (void)host::word_wait(reinterpret_cast<u32 const*>(&turns_), seen, no_deadline);
      continue;
    }
    Result<> result = journal_.commit(session);
    if (result) {
      {
        Guard guard{session.volume().lock};
        committed_ = number_ - 1;
      }
      result = journal_.checkpoint(session);
    }
    end_commit(session, result);
    if (!result) return result;
  }
}

Result<> Writing::commit(Session const& session) {
  u32 wanted;
  bool nothing;
  {
    Guard guard{session.volume().lock};
    if (failed()) return fail(Error::io);
    nothing = running.empty() && !busy_;
    wanted = running.empty() ? number_ - 1 : number_;
  }
  if (!nothing) return commit_until(session, wanted, false);
  return flush(session);
}

/// For data that was written over in place.
Result<> Writing::flush(Session const& asked) {
  Caller const caller = patient(asked.caller());
  auto const flushed = asked.volume().disk.flush(caller);
  if (!flushed) give_up(asked, "the device does not flush", flushed.error());
  return flushed;
}

Result<> Writing::commit_inode(Session const& session, u32 inode, bool data_only) {
  u32 wanted;
  bool own, busy;
  {
    Guard guard{session.volume().lock};
    if (failed()) return fail(Error::io);
    auto const place = TRY(find_inode(session, inode));
    BlockRef const table = TRY(session.block(place.block));
    ChangedBlock const* const changed = running.find(*table);
    u64 const part = u64{1} << (place.offset / session.geometry().inode_bytes);
    own = changed && (data_only ? changed->essential : changed->parts) & part;
    wanted = own ? number_ : number_ - 1;
    busy = busy_;
  }
  if (own) return commit_until(session, wanted, false);
  if (busy) TRY(commit_until(session, wanted, false));
  return flush(session);
}

Result<bool> Writing::gather_space(Session const& session) {
  {
    Guard guard{session.volume().lock};
    if (space.held == 0 && running.freed.empty()) return false;
  }
  TRY(commit(session));
  return true;
}

Result<> Writing::close(Session const& session) {
  TRY(commit(session));
  Guard guard{session.volume().lock};
  TRY(journal_.close(session));
  return mark_superblock(session, false);
}

}  // namespace hinge::ext4
