// A write is done in portions that the device takes at once. For each: where its blocks lie, or shall lie, is found out with
// the volume's lock held, and new blocks are held back from others; the data is written without the lock; then a record
// says where it is.
#include "services/ext4/write_file.hpp"

#include <algorithm>

#include "services/ext4/checksum.hpp"
#include "services/ext4/format/extent.hpp"
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {
namespace {

class Portion {
 public:
  Portion(Session const& session, Writing& writing, FileSystem::Write const& m) : session_{session}, writing_{writing}, m_{m}, block_bytes_{session.geometry().block_bytes} {}
  Portion(Portion const&) = delete;
  Portion& operator=(Portion const&) = delete;
  ~Portion() {
    Turn const turn{session_.volume()};
    give_back();
  }

  /// Plans, beginning at block `from` of the file, up to `to` at most; returns where the portion ends.
  Result<u64> plan(u64 from, u64 to) {
    Turn const turn{session_.volume()};
    Inode const inode = TRY(read_inode(session_, u32(m_.inode.raw())));
    if (inode.type() != FileType::regular) return fail(Error::invalid);
    if (!inode.has(format::Inode::extents)) return fail(Error::not_supported);
    size_ = inode.size;
    u64 goal = first_block_of(session_.geometry(), (inode.number - 1) / session_.geometry().inodes_per_group);
    if (from > 0)
      if (Run const before = TRY(find_run(session_, inode, FileBlock{from - 1})); before.first.raw()) goal = before.first.raw() + 1;
    u64 at = from;
    to = std::min(to, from + Disk::max_bytes / block_bytes_);
    while (at < to && count_ < Disk::max_runs && words_[0] < WrittenPiece::max_pieces) {
      Run const run = TRY(find_run(session_, inode, FileBlock{at}));
      u32 n = u32(std::min({run.blocks, to - at, u64{format::Extent::max_written - 1}}));
      u64 start = run.first.raw();
      if (run.hole && start == 0) {
        auto const picked = pick(goal, n);
        if (!picked && picked.error() == Error::no_space && at > from) break;
        start = TRY(picked).first;
        n = picked->count;
      }
      if (run.hole) words_[0] += 1, WrittenPiece{u32(at), n, start, run.first.raw() != 0}.put(words_ + 1 + (words_[0] - 1) * WrittenPiece::words);
      add_run(start, n);
      goal = start + n;
      at += n;
    }
    return at;
  }

  /// Writes what was planned from the buffer's bytes at `offset` on.
  Result<> write(u64 offset) {
    Buffer part = m_.from;
    part.address += offset;
    part.bytes = 0;
    for (u32 i = 0; i < count_; ++i) part.bytes += u32(runs_[i].bytes);
    auto const written = session_.volume().disk.write(part, {runs_, count_}, session_.caller());
    if (!written && written.error() == Error::io) writing_.give_up(session_, "the device does not take data", written.error());
    return written;
  }

  /// Says where it is: blocks [from, to) of the file. Nothing, when all had their places and neither size nor time changes.
  Result<> record(u64 from, u64 to) {
    if (words_[0] == 0 && m_.change_ns == 0 && std::min(m_.size, to * block_bytes_) <= size_) return ok;
    FileSystem::Write m = m_;
    m.offset = from * block_bytes_;
    m.from = {0, u32((to - from) * block_bytes_), 0};
    Task const task{{0, 0, 0, Method::write}, bytes_of(m), {}, {words_, 1 + words_[0] * WrittenPiece::words}};
    (void)TRY(writing_.perform(session_, task));
    return ok;
  }

 private:
  Result<BlockRun> pick(u64 goal, u32 want) {
    Space& space = writing_.space;
    u64 const asked = space.in_flight + want;
    if (!space.has_room(asked > space.promised ? asked - space.promised : 0, false)) return fail(Error::no_space);
    BlockRun const run = TRY(space.pick(session_, goal, want));
    TRY(space.prepare(session_.geometry(), run));
    space.hold(session_.geometry(), run);
    space.in_flight += run.count;
    held_[held_count_++] = run;
    return run;
  }

  void give_back() {
    for (; held_count_ > 0; --held_count_) {
      writing_.space.release(session_.geometry(), held_[held_count_ - 1]);
      writing_.space.in_flight -= held_[held_count_ - 1].count;
    }
  }

  void add_run(u64 start, u32 n) {
    u64 const offset = start * block_bytes_, bytes = u64{n} * block_bytes_;
    if (count_ > 0 && runs_[count_ - 1].offset + runs_[count_ - 1].bytes == offset) runs_[count_ - 1].bytes += bytes;
    else runs_[count_++] = {offset, bytes};
  }

  Session const& session_;
  Writing& writing_;
  FileSystem::Write const& m_;
  u64 block_bytes_;
  u64 size_ = 0;  ///< Of the file, when it was planned.
  Disk::Run runs_[Disk::max_runs];
  u32 count_ = 0;
  BlockRun held_[WrittenPiece::max_pieces];
  u32 held_count_ = 0;
  u64 words_[1 + WrittenPiece::words * WrittenPiece::max_pieces] = {};
};

}  // namespace

Result<u64> write_file(Session const& session, Writing& writing, FileSystem::Write const& m) {
  u64 const block_bytes = session.geometry().block_bytes;
  if (m.offset % page_bytes != 0 || m.from.bytes % page_bytes != 0 || m.offset > ~u64{0} - m.from.bytes) return fail(Error::invalid);
  if (writing.failed()) return fail(Error::read_only);
  u64 const end = std::min(m.offset + m.from.bytes, m.size);
  u64 const to = (end + block_bytes - 1) / block_bytes;
  if (to > u64{1} << 32) return fail(Error::too_big);
  bool gathered = false;
  for (u64 at = m.offset / block_bytes; at < to;) {
    Portion portion{session, writing, m};
    auto const reached = portion.plan(at, to);
    if (!reached && reached.error() == Error::no_space && !gathered && TRY(writing.gather_space(session))) {
      gathered = true;
      continue;
    }
    u64 const next = TRY(reached);
    TRY(portion.write(at * block_bytes - m.offset));
    TRY(portion.record(at, next));
    at = next;
  }
  return m.from.bytes;
}

Result<> zero_part(Session const& session, Writing& writing, u32 number, u64 from, u64 to) {
  u64 const block_bytes = session.geometry().block_bytes;
  if (from >= to) return ok;
  Run run{};
  {
    Turn const turn{session.volume()};
    Inode const inode = TRY(read_inode(session, number));
    if (inode.type() != FileType::regular) return fail(Error::invalid);
    run = TRY(find_run(session, inode, FileBlock{from / block_bytes}));
  }
  if (run.hole) return ok;
  auto* const block = static_cast<u8*>(host::allocate(block_bytes));
  if (!block) return fail(Error::no_memory);
  struct Release { u8* at; ~Release() { host::release(at); } } const release{block};
  u64 const where = run.first.raw() * block_bytes;
  TRY(session.volume().disk.read(where, {block, block_bytes}, session.caller()));
  std::fill(block + from % block_bytes, block + from % block_bytes + (to - from), u8{0});
  auto const written = session.volume().disk.write(where, {block, block_bytes}, session.caller());
  if (!written) writing.give_up(session, "the device does not take data", written.error());
  return written;
}

}  // namespace hinge::ext4
