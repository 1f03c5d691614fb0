// BlockDevice: disks. A service serves one or more units; each is an array of blocks. One request moves one Buffer to or
// from up to `max_extents` runs of blocks, so that a fragmented file is still one message; a driver keeps all runs of a
// request in flight at once and replies when the last is done. Requests of several callers overlap, in no order but this:
// a Flush covers every Write that was replied to before the Flush was issued.
//
// Buffers lie in memory of the caller's slot, at any alignment, and not on its stack, which may be the nucleus' (bad_address): the
// device reaches them by itself.
//
// Idempotence: all requests are so by construction. After a restart of the driver they are issued again, whole.
// Blocks: waits with a bound only (the driver's own limit, after which it resets the device and replies io).
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

/// Number of a block of Info::Reply::block_bytes on a unit.
using Lba = Strong<struct LbaTag, u64>;

struct BlockDevice {
  static constexpr u32 max_extents = 14;
  static constexpr u32 max_transfer_bytes = 512 * 1024;  ///< Of one request.

  struct Extent { Lba first; u64 blocks; };

  /// How many units there are. They do not change after start.
  struct Count { using Reply = u64; };
  /// not_found beyond the last unit.
  struct Info {
    struct Reply {
      u64 blocks;
      u32 block_bytes;       ///< 512 to 4096, a power of two.
      u32 queue_depth;       ///< Requests that are worth having in flight.
      u32 read_only;
      u32 write_cache;       ///< 1: a Write is safe only after a Flush.
      u32 confined;          ///< 1: an IOMMU keeps the device's DMA to what was granted.
      u32 reserved;
      char serial[24];       ///< Zero-filled; empty when the device has none.
    };
    u64 unit;
  };
  /// Fills `into` from the first `count` extents, in order. Returns the bytes moved, which are all of them.
  /// invalid: extents that leave the unit or do not add up to the buffer. io: the device failed, or was given up.
  struct Read {
    using Reply = u64;
    static constexpr u32 buffers = 1;
    Buffer into;
    u64 unit, count;
    Extent extents[max_extents];
  };
  /// The other way. read_only: the unit cannot be written.
  struct Write {
    using Reply = u64;
    static constexpr u32 buffers = 1;
    Buffer from;
    u64 unit, count;
    Extent extents[max_extents];
  };
  struct Flush { using Reply = Unit; u64 unit; };

  using List = Calls<Count, Info, Read, Write, Flush>;
};

}  // namespace hinge
