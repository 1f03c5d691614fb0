#include "services/ext4/disk.hpp"

#include <algorithm>
#include <bit>

namespace hinge::ext4 {

Result<Disk> Disk::open(Port<BlockDevice> const& port, u64 unit, u64 first, u64 blocks, Caller const& caller) {
  auto const info = TRY(port.on(BlockDevice::Info{unit}, caller));
  if (!std::has_single_bit(info.block_bytes) || info.block_bytes < 512 || info.block_bytes > 4096) return fail(Error::corrupt);
  if (info.blocks > ~u64{0} / info.block_bytes) return fail(Error::corrupt);
  if (blocks == 0 || first >= info.blocks || blocks > info.blocks - first) return fail(Error::invalid);
  Disk disk;
  disk.port_ = &port;
  disk.unit_ = unit;
  disk.first_ = first;
  disk.blocks_ = blocks;
  disk.block_bytes_ = info.block_bytes;
  disk.read_only_ = info.read_only != 0;
  return disk;
}

template <class M>
Result<> Disk::move(M request, u32 bytes, std::span<Run const> runs, Caller const& caller) const {
  if (runs.empty() || runs.size() > max_runs) return fail(Error::invalid);
  u64 total = 0;
  for (usize i = 0; i < runs.size(); ++i) {
    auto const [offset, length] = runs[i];
    if (offset > this->bytes() || length > this->bytes() - offset) return fail(Error::invalid);
    if ((offset | length) % block_bytes_ != 0) return fail(Error::invalid);
    request.extents[i] = {Lba{first_ + offset / block_bytes_}, length / block_bytes_};
    total += length;
  }
  if (total != bytes || total > max_bytes) return fail(Error::invalid);
  if (TRY(port_->on(request, caller)) != total) return fail(Error::io);
  return ok;
}

Result<> Disk::read(Buffer into, std::span<Run const> runs, Caller const& caller) const {
  return move(BlockDevice::Read{.into = into, .unit = unit_, .count = runs.size(), .extents = {}}, into.bytes, runs, caller);
}

Result<> Disk::write(Buffer from, std::span<Run const> runs, Caller const& caller) const {
  return move(BlockDevice::Write{.from = from, .unit = unit_, .count = runs.size(), .extents = {}}, from.bytes, runs, caller);
}

Result<> Disk::read(u64 offset, std::span<u8> into, Caller const& caller) const {
  for (usize done = 0; done < into.size();) {
    usize const n = std::min<usize>(into.size() - done, max_bytes);
    Run const run{offset + done, n};
    TRY(read(Buffer{reinterpret_cast<u64>(into.data() + done), u32(n), 1}, {&run, 1}, caller));
    done += n;
  }
  return ok;
}

Result<> Disk::write(u64 offset, Bytes from, Caller const& caller) const {
  for (usize done = 0; done < from.size();) {
    usize const n = std::min<usize>(from.size() - done, max_bytes);
    Run const run{offset + done, n};
    TRY(write(Buffer{reinterpret_cast<u64>(from.data() + done), u32(n), 0}, {&run, 1}, caller));
    done += n;
  }
  return ok;
}

Result<> Disk::flush(Caller const& caller) const {
  TRY(port_->on(BlockDevice::Flush{unit_}, caller));
  return ok;
}

}  // namespace hinge::ext4
