// The ring and its superblock: where things go. What a transaction looks like is in journal_stage.cpp.
#include "services/ext4/journal_writer.hpp"

#include <algorithm>

#include "host/log.hpp"
#include "services/ext4/checksum.hpp"

namespace hinge::ext4 {

using namespace format;

namespace {

constexpr u32 max_pieces = 64, least_ring = 256;

}  // namespace

JournalWriter::~JournalWriter() {
  host::release(superblock_);
  host::release(staging_);
  host::release(copies_);
}

Result<> JournalWriter::find_pieces(Session const& session, ext4::Inode const& inode) {
  pieces_.clear();
  for (u32 at = 0; at < end_;) {
    Run const run = TRY(find_run(session, inode, FileBlock{at}));
    if (run.hole) return session.corrupt("journal: a hole in its file", inode.number);
    u32 const count = u32(std::min<u64>(run.blocks, end_ - at));
    TRY(pieces_.push({at, count, run.first.raw()}));
    at += count;
  }
  if (pieces_.count() <= max_pieces) return ok;
  host::log("volume {}: its journal is in {} pieces", session.volume().number, pieces_.count());
  return fail(Error::read_only);
}

Result<> JournalWriter::start(Session const& session, u32 sequence) {
  Geometry const& g = session.geometry();
  ext4::Inode const inode = TRY(read_inode(session, g.journal_inode));
  block_bytes_ = g.block_bytes;
  if (!superblock_) superblock_ = static_cast<u8*>(host::allocate(block_bytes_));
  if (!superblock_) return fail(Error::no_memory);
  TRY(session.read(TRY(find_run(session, inode, FileBlock{0})).first, {superblock_, block_bytes_}));
  auto s = load<JournalSuperblock>({superblock_, block_bytes_}, 0);
  first_ = s.first;
  end_ = s.blocks;
  TRY(find_pieces(session, inode));
  if (end_ - first_ < least_ring || s.header.type != u32(JournalBlock::superblock_2)) {
    host::log("volume {}: its journal is too small or too old to be written", session.volume().number);
    return fail(Error::read_only);
  }
  features_ = journal_feature::revoke | (g.blocks > ~u32{0} || g.descriptor_bytes >= sizeof(GroupDescriptor) ? journal_feature::bit64 : 0) |
              (g.checksums ? journal_feature::checksums_3 : 0);
  s.features_incompatible = features_;
  s.features_compatible = 0;
  s.checksum_type = g.checksums ? JournalSuperblock::checksum_crc32c : 0;
  seed_ = crc32c(checksum_start, s.uuid);
  store<JournalSuperblock>({superblock_, block_bytes_}, 0, s);
  head_ = first_;
  used_ = 0;
  next_ = sequence;
  max_blocks_ = std::min(max_staged, (end_ - first_) / 3);
  u32 const room = max_blocks_ + max_blocks_ / 16 + 2 + revoke_blocks;
  if (!staging_) staging_ = static_cast<u8*>(host::allocate(u64{room} * block_bytes_));
  if (!copies_) copies_ = static_cast<Copy*>(host::allocate(max_blocks_ * sizeof(Copy)));
  if (!staging_ || !copies_) return fail(Error::no_memory);
  return close(session);
}

u32 JournalWriter::after(u32 index, u32 n) const {
  u32 const further = index - first_ + n;
  return first_ + further % (end_ - first_);
}

Result<> JournalWriter::write_superblock(Session const& session) {
  auto s = load<JournalSuperblock>({superblock_, block_bytes_}, 0);
  s.sequence = next_;
  s.start = used_ == 0 && staged_count_ == 0 ? 0 : after(head_, end_ - first_ - used_);
  store<JournalSuperblock>({superblock_, block_bytes_}, 0, s);
  s.checksum = 0;
  store<JournalSuperblock>({superblock_, block_bytes_}, 0, s);
  if (features_ & journal_feature::checksums_3) {
    s.checksum = crc32c(checksum_start, Bytes{superblock_, JournalSuperblock::all_bytes});
    store<JournalSuperblock>({superblock_, block_bytes_}, 0, s);
  }
  return session.volume().disk.write(pieces_[0].block * block_bytes_, {superblock_, block_bytes_}, session.caller());
}

Result<> JournalWriter::write_ring(Session const& session, u32 index, Bytes blocks) {
  while (!blocks.empty()) {
    u32 const count = std::min(u32(blocks.size() / block_bytes_), end_ - index);
    for (Piece const& p : pieces_) {
      if (index < p.first || index >= p.first + p.count) continue;
      u32 const n = std::min(count, p.first + p.count - index);
      TRY(session.volume().disk.write((p.block + index - p.first) * block_bytes_, blocks.first(u64{n} * block_bytes_), session.caller()));
      blocks = blocks.subspan(u64{n} * block_bytes_);
      index = after(index, n);
      break;
    }
  }
  return ok;
}

/// All that was committed is in its place; once that is safe, its part of the ring is free.
Result<> JournalWriter::make_room(Session const& session) {
  bool const first = used_ == 0;
  if (!first && used_ + staged_count_ + 1 <= end_ - first_) return ok;
  if (!first) TRY(session.volume().disk.flush(session.caller()));
  used_ = 0;
  TRY(write_superblock(session));
  return first ? Result<>{ok} : session.volume().disk.flush(session.caller());
}

u32 JournalWriter::checksum_of(Bytes block, u32 used) const { return crc32c_zeros(crc32c(seed_, block.first(used)), block.size() - used); }

Result<> JournalWriter::commit(Session const& session) {
  Disk const& disk = session.volume().disk;
  TRY(make_room(session));
  // Zeros first where the commit block goes: all that it says lies in its first sector, which is there or not. Torn apart
  // with old bytes behind it, it would be taken for a journal that was damaged.
  auto const block = staged(staged_count_);
  std::fill(block.begin(), block.end(), u8{0});
  TRY(write_ring(session, head_, {staging_, (u64{staged_count_} + 1) * block_bytes_}));
  TRY(disk.flush(session.caller()));
  put_header(block, JournalBlock::commit);
  auto c = load<JournalCommit>(block, 0);
  u64 const now_ns = host::clock(host::ClockKind::wall), second = 1'000'000'000;
  c.seconds_high = u32(now_ns / second >> 32);
  c.seconds_low = u32(now_ns / second);
  c.nanoseconds = u32(now_ns % second);
  store(block, 0, c);
  if (features_ & journal_feature::checksums_3) {
    c.checksum[0] = checksum_of(block, sizeof c);
    store(block, 0, c);
  }
  TRY(write_ring(session, after(head_, staged_count_), block));
  TRY(disk.flush(session.caller()));
  head_ = after(head_, staged_count_ + 1);
  used_ += staged_count_ + 1;
  ++next_;
  return ok;
}

Result<> JournalWriter::checkpoint(Session const& session) {
  Disk::Run runs[Disk::max_runs];
  for (u32 i = 0; i < copy_count_;) {
    u32 const begin = copies_[i].at;
    u32 count = 0, blocks = 0;
    for (; i < copy_count_ && copies_[i].at == begin + blocks && (blocks + 1) * block_bytes_ <= Disk::max_bytes; ++i, ++blocks) {
      Copy const& c = copies_[i];
      if (c.escaped) store(staged(c.at), 0, std::byteswap(JournalHeader::expected_magic));
      u64 const offset = c.home * block_bytes_;
      if (count > 0 && runs[count - 1].offset + runs[count - 1].bytes == offset) {
        runs[count - 1].bytes += block_bytes_;
        continue;
      }
      if (count == Disk::max_runs) break;
      runs[count++] = {offset, block_bytes_};
    }
    Buffer const from{reinterpret_cast<u64>(staged(begin).data()), blocks * block_bytes_, 0};
    TRY(session.volume().disk.write(from, {runs, count}, session.caller()));
  }
  copy_count_ = staged_count_ = 0;
  return ok;
}

Result<> JournalWriter::close(Session const& session) {
  TRY(session.volume().disk.flush(session.caller()));
  used_ = staged_count_ = copy_count_ = 0;
  TRY(write_superblock(session));
  return session.volume().disk.flush(session.caller());
}

}  // namespace hinge::ext4
