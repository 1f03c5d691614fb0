// Two walks over the ring. The first finds where the log ends: at the first block that does not belong to the transaction
// that should come next, or whose transaction was not committed. The second notes the copies, transaction by transaction,
// so that a later copy replaces an earlier one and a revoke takes out what came before it.
#include "host/log.hpp"
#include "services/ext4/journal.hpp"

namespace hinge::ext4 {
namespace {

using Kind = JournalLog::Kind;

class Replay {
 public:
  Replay(Session const& session, JournalLog& log, Overlay& overlay) : session_{session}, log_{log}, overlay_{overlay} {}

  Result<u32> run() {
    u32 const end = TRY(find_end());
    u32 at = log_.start();
    for (u32 sequence = log_.first_sequence(); sequence != end; ++sequence) {
      u32 const begin = at;
      at = TRY(walk(begin, sequence, Kind::descriptor));
      // A transaction's revokes count for its own copies too.
      (void)TRY(walk(begin, sequence, Kind::revoke));
    }
    host::log("volume {}: the journal's transactions {} to {} are read as if replayed: {} blocks", session_.volume().number,
              log_.first_sequence(), end - 1, overlay_.count());
    return end;
  }

 private:
  /// The sequence number behind the last committed transaction.
  Result<u32> find_end() {
    u32 sequence = log_.first_sequence(), at = log_.start();
    for (u32 rest = log_.length(); rest > 0;) {
      Bytes const block = TRY(log_.block(at));
      Kind const kind = JournalLog::kind_of(block, sequence);
      if (kind == Kind::none) break;
      if (!log_.is_whole(block, kind)) {
        if (kind != Kind::commit && TRY(was_committed(sequence, at, rest)))
          return session_.corrupt("journal: a committed transaction is damaged", session_.geometry().journal_inode);
        break;
      }
      u32 const blocks = 1 + (kind == Kind::descriptor ? TRY(count_copies(block)) : 0);
      if (kind == Kind::commit) ++sequence;
      if (blocks > rest) break;
      rest -= blocks;
      at = log_.after(at, blocks);
    }
    return sequence;
  }

  /// Whether a commit of that transaction follows: then the damage was not done by the crash.
  Result<bool> was_committed(u32 sequence, u32 at, u32 rest) {
    for (; rest > 0; --rest, at = log_.after(at, 1)) {
      Bytes const block = TRY(log_.block(at));
      if (JournalLog::kind_of(block, sequence) == Kind::commit && log_.is_whole(block, Kind::commit)) return true;
    }
    return false;
  }

  /// Goes through a committed transaction and heeds its blocks of that kind; returns the block behind its commit.
  Result<u32> walk(u32 at, u32 sequence, Kind heeded) {
    for (u32 rest = log_.length(); rest > 0; --rest) {
      Bytes const block = TRY(log_.block(at));
      Kind const kind = JournalLog::kind_of(block, sequence);
      if (kind == Kind::commit) return log_.after(at, 1);
      if (kind == Kind::revoke && heeded == kind) TRY(revoke(block));
      u32 copies = 0;
      if (kind == Kind::descriptor) copies = TRY(heeded == kind ? note_copies(at, sequence) : count_copies(block));
      at = log_.after(at, 1 + copies);
    }
    return session_.corrupt("journal: changed while it was read", session_.geometry().journal_inode);
  }

  Result<> revoke(Bytes block) {
    auto const forget = [&](u64 number) { overlay_.remove(BlockNumber{number}); };
    if (!log_.for_each_revoked(block, forget)) return session_.corrupt("journal: length of a revoke block", session_.geometry().journal_inode);
    return ok;
  }

  Result<u32> count_copies(Bytes block) {
    u32 copies = 0;
    TRY(log_.for_each_tag(block, [&](auto const&) -> Result<> { ++copies; return ok; }));
    return copies;
  }

  /// The blocks that the descriptor at `at` describes; returns how many.
  Result<u32> note_copies(u32 at, u32 sequence) {
    u32 const bytes = session_.geometry().block_bytes;
    auto* const descriptor = static_cast<u8*>(host::allocate(bytes));
    if (!descriptor) return fail(Error::no_memory);
    struct Release { u8* at; ~Release() { host::release(at); } } const release{descriptor};
    std::memcpy(descriptor, TRY(log_.block(at)).data(), bytes);
    u32 copies = 0;
    TRY(log_.for_each_tag({descriptor, bytes}, [&](JournalLog::Tag const& tag) -> Result<> {
      u32 const copy = log_.after(at, ++copies);
      BlockNumber const place = TRY(log_.place(copy));
      if (tag.block >= session_.geometry().blocks) return session_.corrupt("journal: a block beyond the file system", session_.geometry().journal_inode, place);
      if (!log_.is_whole(TRY(log_.block(copy)), tag, sequence)) return session_.corrupt("journal: a copy's checksum", session_.geometry().journal_inode, place);
      return overlay_.put(BlockNumber{tag.block}, {place, (tag.flags & format::journal_tag::escaped) != 0});
    }));
    return copies;
  }

  Session const& session_;
  JournalLog& log_;
  Overlay& overlay_;
};

}  // namespace

Result<u32> replay_journal(Session const& session, Overlay& overlay) {
  u32 const number = session.geometry().journal_inode;
  if (number == 0) {
    host::log("volume {}: needs its journal, which is outside", session.volume().number);
    return fail(Error::not_supported);
  }
  Inode const inode = TRY(read_inode(session, number));
  JournalLog log = TRY(JournalLog::open(session, inode));
  if (log.start() == 0) return log.first_sequence();
  return Replay{session, log, overlay}.run();
}

}  // namespace hinge::ext4
