// Sealing: what is made once for a whole transaction instead of in each operation: checksums, and the superblock's counts.
#pragma once

#include "services/ext4/transaction.hpp"

namespace hinge::ext4 {

/// Makes the checksums of all changed blocks. Precondition: with a bitmap its group's descriptor was changed, too.
void seal(Session const& session, Transaction& transaction);

/// Puts counts into the superblock, and its checksum.
void seal_superblock(Geometry const& geometry, std::span<u8> superblock, Space const& space);

/// Whether it has them already.
[[nodiscard]] bool superblock_counts(Bytes superblock, Space const& space);

/// Where in its block the superblock begins.
[[nodiscard]] inline u32 superblock_offset_in_block(Geometry const& g) { return g.first_data_block == 0 ? format::superblock_offset : 0; }

}  // namespace hinge::ext4
