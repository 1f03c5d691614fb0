#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {

Result<Run> find_run(Session const& session, Inode const& inode, FileBlock from) {
  return inode.has(format::Inode::extents) ? find_run_in_extents(session, inode, from) : find_run_in_block_map(session, inode, from);
}

Result<BlockRef> read_file_block(Session const& session, Inode const& inode, FileBlock block) {
  Run const run = TRY(find_run(session, inode, block));
  if (run.hole) return session.corrupt("a hole where there may be none", inode.number);
  return session.block(run.first);
}

}  // namespace hinge::ext4
