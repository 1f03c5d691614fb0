// Space: what of a volume is free, promised, or held back. A block that is free in its bitmap may still be held: by a write
// whose data is on its way there, or because the transaction that freed it is not yet committed, since until then its old
// owner may come back with a power cut.
// Guarded by the volume's lock.
#pragma once

#include "services/ext4/groups.hpp"
#include "services/ext4/growing.hpp"

namespace hinge::ext4 {

struct BlockRun { u64 first; u32 count; };

class Space {
 public:
  Space() = default;
  Space(Space const&) = delete;
  Space& operator=(Space const&) = delete;
  ~Space();

  /// Sums up the groups. no_memory, corrupt, io.
  Result<> start(Session const& session);

  /// Free blocks near `goal`: a run of at most `want`, contiguous, not held. no_space; corrupt, io.
  Result<BlockRun> pick(Session const& session, u64 goal, u32 want);
  /// A free inode, near `parent`'s; directories are spread. no_space: there is none.
  Result<u32> pick_inode(Session const& session, u32 parent, bool directory) const;

  /// Memory to hold blocks of these groups: hold() cannot fail after it.
  Result<> prepare(Geometry const& g, BlockRun run);
  void hold(Geometry const& g, BlockRun run) { mark(g, run, true); }
  void release(Geometry const& g, BlockRun run) { mark(g, run, false); }

  /// Whether `blocks` more may be taken that nobody has been promised. `metadata`: what keeps the promises of others may take
  /// the last ones.
  [[nodiscard]] bool has_room(u64 blocks, bool metadata) const {
    u64 const kept = promised + (metadata ? 0 : reserve);
    return free_blocks >= kept && free_blocks - kept >= blocks;
  }

  u64 free_blocks = 0, free_inodes = 0;   ///< As in the bitmaps.
  u64 promised = 0;                       ///< FileSystem::Reserve.
  u64 reserve = 0;                        ///< Kept for the metadata that promised data will need.
  u64 held = 0;                           ///< Blocks that a commit may set free, and those in flight.
  u64 in_flight = 0;                      ///< Blocks held for data that is being written.

 private:
  void mark(Geometry const& g, BlockRun run, bool held_now);
  Result<BlockRun> search(Session const& session, u32 group, u32 from, u32 want);

  u8** marks_ = nullptr;      ///< For each group null, or a bitmap of what is held.
  u8* scratch_ = nullptr;     ///< One block.
  u32 groups_ = 0;
};

/// The bitmap of a group whose block bitmap was never written. `into` is one block.
void initial_block_bitmap(Geometry const& g, u32 group, format::GroupDescriptor const& d, std::span<u8> into);
/// Blocks of a group; the last one may have fewer than the rest.
[[nodiscard]] u32 blocks_in_group(Geometry const& g, u32 group);
[[nodiscard]] inline u64 first_block_of(Geometry const& g, u32 group) { return g.first_data_block + u64{group} * g.blocks_per_group; }
[[nodiscard]] inline u32 group_of_block(Geometry const& g, u64 block) { return u32((block - g.first_data_block) / g.blocks_per_group); }

/// Bits [first, first + count) of a bitmap.
[[nodiscard]] bool all_bits(Bytes bitmap, u32 first, u32 count, bool set);
void set_bits(std::span<u8> bitmap, u32 first, u32 count, bool set);

}  // namespace hinge::ext4
