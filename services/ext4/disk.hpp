// Disk: the part of a BlockDevice's unit that holds one file system, read and written in bytes. Copyable; keeps nothing open.
#pragma once

#include <span>

#include "iface/block_device.hpp"
#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4 {

class Disk {
 public:
  /// A run of bytes of the partition; both are multiples of the device's block.
  struct Run { u64 offset, bytes; };
  static constexpr u32 max_runs = BlockDevice::max_extents;
  static constexpr u64 max_bytes = BlockDevice::max_transfer_bytes;  ///< Of one read; a multiple of every block size.

  Disk() = default;
  /// [first, first + blocks) of the unit. not_found: no such unit. invalid: it does not reach that far.
  static Result<Disk> open(Port<BlockDevice> const& port, u64 unit, u64 first, u64 blocks, Caller const& caller);

  [[nodiscard]] u64 bytes() const { return blocks_ * block_bytes_; }
  [[nodiscard]] u32 block_bytes() const { return block_bytes_; }
  /// The device refuses to be written.
  [[nodiscard]] bool read_only() const { return read_only_; }

  /// Fills `into` with the runs in order; they add up to its length. At most max_runs runs and max_bytes bytes.
  /// Sleeps until the device is done. invalid beyond the end.
  Result<> read(Buffer into, std::span<Run const> runs, Caller const& caller) const;
  /// One run into own memory, of any length.
  Result<> read(u64 offset, std::span<u8> into, Caller const& caller) const;
  /// The same in the other direction; safe from a power cut only after flush().
  Result<> write(Buffer from, std::span<Run const> runs, Caller const& caller) const;
  Result<> write(u64 offset, Bytes from, Caller const& caller) const;
  /// Everything whose write was replied to is safe from now on.
  Result<> flush(Caller const& caller) const;

 private:
  template <class M>
  Result<> move(M request, u32 bytes, std::span<Run const> runs, Caller const& caller) const;

  Port<BlockDevice> const* port_ = nullptr;
  u64 unit_ = 0, first_ = 0, blocks_ = 0;
  u32 block_bytes_ = 0;
  bool read_only_ = false;
};

}  // namespace hinge::ext4
