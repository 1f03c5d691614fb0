// A read is cut into pieces: runs of whole blocks, holes, and parts of blocks at its ends. Runs of whole blocks are gathered
// into one request until something else comes between.
#include "services/ext4/file.hpp"

#include <algorithm>

namespace hinge::ext4 {
namespace {

constexpr u8 zeroes[max_block_bytes] = {};

Result<> zero(Buffer into, u64 at, u64 bytes) {
  for (u64 n; bytes > 0; at += n, bytes -= n) {
    n = std::min<u64>(bytes, sizeof zeroes);
    TRY(into.copy_out(at, zeroes, n));
  }
  return ok;
}

/// Memory of one block for what is not read in place.
class Bounce {
 public:
  explicit Bounce(u32 bytes) : data_{static_cast<u8*>(host::allocate(bytes))}, bytes_{bytes} {}
  Bounce(Bounce const&) = delete;
  Bounce& operator=(Bounce const&) = delete;
  ~Bounce() { host::release(data_); }
  explicit operator bool() const { return data_ != nullptr; }
  [[nodiscard]] std::span<u8> span() const { return {data_, bytes_}; }

 private:
  u8* data_;
  u32 bytes_;
};

class Reader {
 public:
  Reader(Session const& session, Inode const& inode, Buffer into, u64 offset)
      : session_{session}, inode_{inode}, into_{into}, offset_{offset}, block_bytes_{session.geometry().block_bytes} {}

  /// Reads [0, bytes) of the buffer; what the last block has beyond that may come along as far as there is room.
  Result<> read(u64 bytes) {
    while (at_ < bytes) {
      u64 const position = offset_ + at_, in_block = position % block_bytes_;
      Run const run = TRY(run_at(FileBlock{position / block_bytes_}));
      u64 const run_bytes = run.blocks * block_bytes_ - in_block;
      if (run.hole) TRY(take_hole(std::min(run_bytes, bytes - at_)));
      else if (in_block != 0 || into_.bytes - at_ < block_bytes_) TRY(take_part(run.first, in_block, bytes));
      else TRY(take_blocks(run, bytes));
    }
    return flush();
  }

 private:
  /// Where the inode says now that a block lies: a file that is written may have changed since the last piece.
  Result<Run> run_at(FileBlock block) {
    if (!session_.volume().writing) return find_run(session_, inode_, block);
    Turn const turn{session_.volume()};
    return find_run(session_, TRY(read_inode(session_, inode_.number)), block);
  }

  Result<> take_hole(u64 bytes) {
    TRY(flush());
    TRY(zero(into_, at_, bytes));
    at_ += bytes;
    return ok;
  }

  /// One block, of which not all is wanted or has room.
  Result<> take_part(BlockNumber block, u64 in_block, u64 bytes) {
    TRY(flush());
    Bounce const bounce{block_bytes_};
    if (!bounce) return fail(Error::no_memory);
    TRY(session_.read(block, bounce.span()));
    u64 const n = std::min<u64>(block_bytes_ - in_block, bytes - at_);
    TRY(into_.copy_out(at_, bounce.span().data() + in_block, n));
    at_ += n;
    return ok;
  }

  Result<> take_blocks(Run run, u64 bytes) {
    u64 const wanted = (bytes - at_ + block_bytes_ - 1) / block_bytes_;
    u64 const room = (into_.bytes - at_) / block_bytes_;
    run.blocks = std::min({run.blocks, wanted, room});
    Overlay const& overlay = session_.volume().overlay;
    if (!overlay.empty()) {
      // Blocks whose newest copy is in the journal are taken from there, one by one.
      if (overlay.find(run.first)) return take_part(run.first, 0, bytes);
      for (u64 i = 1; i < run.blocks; ++i)
        if (overlay.find(BlockNumber{run.first.raw() + i})) run.blocks = i;
    }
    if (count_ == Disk::max_runs || pending_ == Disk::max_bytes) TRY(flush());
    u64 const n = std::min<u64>(run.blocks * block_bytes_, Disk::max_bytes - pending_);
    runs_[count_++] = {run.first.raw() * block_bytes_, n};
    pending_ += n;
    at_ += n;
    return ok;
  }

  /// Reads what has been gathered, which ends at at_.
  Result<> flush() {
    if (count_ == 0) return ok;
    Buffer part = into_;
    part.address += at_ - pending_;
    part.bytes = u32(pending_);
    TRY(session_.volume().disk.read(part, {runs_, count_}, session_.caller()));
    count_ = 0;
    pending_ = 0;
    return ok;
  }

  Session const& session_;
  Inode const& inode_;
  Buffer into_;
  u64 offset_;
  u32 block_bytes_;
  u64 at_ = 0;                    ///< Of the buffer: before it everything is read or gathered.
  u64 pending_ = 0;               ///< Bytes gathered.
  Disk::Run runs_[Disk::max_runs];
  u32 count_ = 0;
};

}  // namespace

namespace {

Result<Inode> inode_now(Session const& session, u32 number) {
  Turn const turn{session.volume()};
  return read_inode(session, number);
}

}  // namespace

Result<u64> read_file(Session const& session, u32 number, Buffer into, u64 offset) {
  Inode const inode = TRY(inode_now(session, number));
  if (inode.type() != FileType::regular) return fail(inode.type() == FileType::directory ? Error::is_directory : Error::invalid);
  if (!into.writable) return fail(Error::no_rights);
  u64 const bytes = offset < inode.size ? std::min<u64>(into.bytes, inode.size - offset) : 0;
  TRY(Reader{session, inode, into, offset}.read(bytes));
  TRY(zero(into, bytes, into.bytes - bytes));
  return bytes;
}

Result<u64> find_data(Session const& session, Inode const& inode, u64 offset, bool hole) {
  if (inode.type() != FileType::regular) return fail(inode.type() == FileType::directory ? Error::is_directory : Error::invalid);
  if (offset >= inode.size) return fail(Error::not_found);
  u64 const block_bytes = session.geometry().block_bytes;
  while (offset < inode.size) {
    Run const run = TRY(find_run(session, inode, FileBlock{offset / block_bytes}));
    if (run.hole == hole) return offset;
    offset = (offset / block_bytes + run.blocks) * block_bytes;
  }
  return hole ? Result<u64>{inode.size} : fail(Error::not_found);
}

Result<u64> read_link(Session const& session, Inode const& inode, Buffer into, u64 offset) {
  if (inode.type() != FileType::symlink) return fail(Error::invalid);
  if (inode.size == 0 || inode.size >= session.geometry().block_bytes) return session.corrupt("symlink: length", inode.number, inode.table->number());
  if (offset >= inode.size || into.bytes == 0) return inode.size;
  u64 const n = std::min<u64>(into.bytes, inode.size - offset);
  // Section "Symbolic Links": a short target is kept in the inode.
  if (inode.size < format::Inode::map_bytes) {
    TRY(into.copy_out(0, inode.map().data() + offset, n));
    return inode.size;
  }
  BlockRef const block = TRY(read_file_block(session, inode, FileBlock{0}));
  TRY(into.copy_out(0, block->bytes().data() + offset, n));
  return inode.size;
}

}  // namespace hinge::ext4
