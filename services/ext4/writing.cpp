// Doing things once: records, their repetition after a crash, and what a volume needs to begin.
#include "services/ext4/writing.hpp"

#include <algorithm>

#include "host/log.hpp"
#include "services/ext4/change.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/seal.hpp"

namespace hinge::ext4 {
namespace {

constexpr u32 padded(u64 bytes) { return u32((bytes + 7) & ~u64{7}); }

}  // namespace

Result<> Writing::start(Session const& session, u32 sequence) {
  TRY(undo.start());
  TRY(journal_.start(session, sequence));
  TRY(running.start(journal_.max_blocks()));
  TRY(committing_.start(journal_.max_blocks()));
  {
    Guard guard{session.volume().lock};
    TRY(space.start(session));
    number_ = sequence;
    committed_ = sequence - 1;
    TRY(mark_superblock(session, true));
  }
  return recover(session);
}

/// The flag that tells others to look into the journal first, straight on the disk: it must be there before any commit is.
Result<> Writing::mark_superblock(Session const& session, bool in_use) {
  Geometry const& g = session.geometry();
  BlockRef const block = TRY(session.superblock());
  auto const bytes = block->writable().subspan(superblock_offset_in_block(g), sizeof(format::Superblock));
  auto s = load<format::Superblock>(bytes, 0);
  using format::incompatible::recover;
  s.features_incompatible = in_use ? s.features_incompatible | recover : s.features_incompatible & ~recover;
  u32 const now = u32(host::clock(host::ClockKind::wall) / 1'000'000'000);
  s.write_time = now;
  if (in_use) s.mount_time = now, ++s.mount_count;
  store(bytes, 0, s);
  seal_superblock(g, bytes, space);
  Disk const& disk = session.volume().disk;
  TRY(disk.write(block->number().raw() * g.block_bytes, block->bytes(), session.caller()));
  return disk.flush(session.caller());
}

Result<> Writing::recover(Session const& session) {
  for (u32 i = 0; i < 2; ++i) {
    {
      Guard guard{session.volume().lock};
      LogHalf const* const half = log.find(number_);
      if (!half) {
        if (log.find(number_ - 1)) space.promised = log.promised(number_ - 1);
        log.begin(number_, space.promised);
        return ok;
      }
      space.promised = half->promised;
      TRY(repeat(session, *half));
      if (!log.find(number_ + 1)) return ok;
    }
    // The service died while this transaction was being committed, and the next one had begun.
    TRY(commit_until(session, number_, true));
  }
  return ok;
}

Result<> Writing::repeat(Session const& session, LogHalf const& half) {
  return for_each_record(half, [&](RecordHead const& r) -> Result<> {
    u8* const request = reinterpret_cast<u8*>(const_cast<RecordHead*>(&r + 1));
    u8* const text = request + padded(r.request_bytes);
    auto* const choices = reinterpret_cast<u64*>(text + padded(r.text_bytes));
    Outcome outcome;
    Change change{session, *this, {choices, r.choices}, r.choices, true};
    TRY(apply(change, r.operation.method, {request, r.request_bytes}, {reinterpret_cast<char*>(text), r.text_bytes}, outcome));
    change.finish();
    space.promised = r.promised;
    return ok;
  });
}

bool Writing::has_room() const {
  return running.count() + operation_blocks <= journal_.max_blocks() && running.revoked.count() + operation_revokes <= journal_.max_revoked() &&
         log.has_room(number_);
}

Result<Done> Writing::perform(Session const& session, Task const& task) {
  for (bool gathered = false;;) {
    u32 full;
    {
      Guard guard{session.volume().lock};
      if (session.caller().reason == Reason::repeated) {
        if (Outcome const* const before = log.answer(task.operation)) {
          Done done{*before, {}};
          if (done.outcome.inode.raw()) done.attributes = attributes_of(session, TRY(read_inode(session, u32(done.outcome.inode.raw()))));
          return done;
        }
      }
      if (failed()) return fail(Error::read_only);
      if (has_room()) {
        auto done = run(session, task);
        if (done || done.error() != Error::no_space || gathered || (space.held == 0 && running.freed.empty())) {
          if (!done && done.error() == Error::corrupt) give_up(session, "an operation found it damaged", Error::corrupt);
          return done;
        }
        gathered = true;
      }
      full = number_;
    }
    TRY(commit_until(session, full, true));
  }
}

Result<Done> Writing::run(Session const& session, Task const& task) {
  u8* const at = log.next(number_);
  u8* const request = at + sizeof(RecordHead);
  u8* const text = request + padded(task.request.size());
  auto* const choices = reinterpret_cast<u64*>(text + padded(task.text.size()));
  u32 const max_choices = u32((at + VaultLog::max_record - reinterpret_cast<u8*>(choices)) / sizeof(u64));
  if (task.choices.size() > max_choices) return fail(Error::too_big);
  std::copy(task.request.begin(), task.request.end(), request);
  std::copy(task.text.begin(), task.text.end(), text);
  std::copy(task.choices.begin(), task.choices.end(), choices);

  Done done{};
  Change change{session, *this, {choices, max_choices}, u32(task.choices.size()), false};
  TRY(apply(change, task.operation.method, {request, task.request.size()}, {reinterpret_cast<char*>(text), task.text.size()}, done.outcome));
  if (done.outcome.inode.raw()) done.attributes = attributes_of(session, TRY(read_inode(session, u32(done.outcome.inode.raw()))));
  change.finish();
  u32 const bytes = u32(reinterpret_cast<u8*>(choices + change.choices()) - at);
  RecordHead const head{task.operation, done.outcome, space.promised, bytes, u32(task.request.size()), change.choices(), u32(task.text.size())};
  std::memcpy(at, &head, sizeof head);
  log.publish(number_, bytes);
  return done;
}

void Writing::give_up(Session const& session, char const* what, Error why) {
  if (failed_.exchange(true)) return;
  host::log("volume {}: {} ({}): it is read-only from now on", session.volume().number, what, why);
}

}  // namespace hinge::ext4
