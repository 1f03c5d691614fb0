// Mounting: the superblock; after a crash of whoever wrote last, the journal; the root.
#include "host/log.hpp"
#include "services/ext4/inode.hpp"
#include "services/ext4/mounts.hpp"

namespace hinge::ext4 {
namespace {

/// The superblock lies in a block of its own or behind the boot sector; both are in the first 4096 bytes.
constexpr u64 head_bytes = 4096;

struct Head {
  u8 bytes[head_bytes];
  void dispose() { host::destroy(this); }
};

}  // namespace

Result<> open_volume(Volume& volume, Caller const& caller) {
  if (volume.disk.bytes() < head_bytes) {
    host::log("volume {}: too small for a file system", volume.number);
    return fail(Error::corrupt);
  }
  Own<Head> const head{host::make<Head>()};
  if (!head) return fail(Error::no_memory);
  TRY(volume.disk.read(0, head->bytes, caller));
  volume.geometry = TRY(read_geometry(load<format::Superblock>(head->bytes, format::superblock_offset), volume.disk.bytes()));
  if (volume.geometry.block_bytes < volume.disk.block_bytes()) {
    host::log("volume {}: its blocks are smaller than the disk's", volume.number);
    return fail(Error::not_supported);
  }
  Session const session{volume, caller};
  Inode const root = TRY(read_named_inode(session, format::root_inode, format::root_inode));
  if (root.type() != FileType::directory) return session.corrupt("the root is no directory", root.number);
  return ok;
}

}  // namespace hinge::ext4
