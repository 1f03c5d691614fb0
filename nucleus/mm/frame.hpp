// The frame table: one small struct for each physical frame up to the highest usable one.
// A frame is free (in the buddy lists or a CPU's cache) or in use: charged to an account, with a share count.
// Each mapping of a frame, each page of an object and each table entry that names it is one share.
#pragma once

#include <atomic>

#include "nucleus/mm/account.hpp"

namespace hinge::nucleus::mm {

using FrameIndex = u32;                       ///< Physical address / 4096: up to 16 TiB.
inline constexpr FrameIndex no_frame = 0;     ///< Frame 0 is never handed out.

enum class FrameState : u8 { reserved, free, cached, used };

struct Frame {
  std::atomic<u32> shares;                    ///< In use: at least 1. Else 0.
  FrameState state;
  u8 order;                                   ///< First frame of a block: its size is 2^order frames.
  u16 entries;                                ///< Page-table frame: entries that are not zero. Kept under the tree's lock.
  union {
    Account* account;                         ///< In use: who is charged.
    struct { FrameIndex next, previous; } link;  ///< Free: neighbours in the list of its order.
  };
};
static_assert(sizeof(Frame) == 16);

inline constexpr FrameIndex frame_index(PhysAddr a) { return static_cast<FrameIndex>(a.raw() / page_bytes); }
inline constexpr PhysAddr address_of(FrameIndex i) { return PhysAddr{u64{i} * page_bytes}; }

}  // namespace hinge::nucleus::mm
