// Mounting: the superblock; after a crash of whoever wrote last, the journal; the root.
#include "host/log.hpp"
#include "services/ext4/journal.hpp"
#include "services/ext4/mounts.hpp"

namespace hinge::ext4 {
namespace {

/// The superblock lies in a block of its own or behind the boot sector; both are in the first 4096 bytes.
constexpr u64 head_bytes = 4096;

struct Head {
  u8 bytes[head_bytes];
  void dispose() { host::destroy(this); }
};

/// The superblock as the disk has it, or as the journal does. With a journal to be replayed, that of the disk may be half
/// written: then the journal has it whole.
Result<> read_superblock(Volume& volume, Caller const& caller) {
  Own<Head> const head{host::make<Head>()};
  if (!head) return fail(Error::no_memory);
  if (volume.overlay.empty()) TRY(volume.disk.read(0, head->bytes, caller));
  else TRY(Session(volume, caller).read(BlockNumber{0}, head->bytes));
  auto const superblock = load<format::Superblock>(head->bytes, format::superblock_offset);
  volume.geometry = TRY(read_geometry(superblock, volume.disk.bytes()));
  return volume.geometry.needs_recovery && volume.overlay.empty() ? Result<>{ok} : check_checksum(superblock);
}

/// The journal had nothing to say: the disk's superblock must be whole by itself.
Result<> check_superblock_alone(Volume& volume, Caller const& caller) {
  Own<Head> const head{host::make<Head>()};
  if (!head) return fail(Error::no_memory);
  TRY(volume.disk.read(0, head->bytes, caller));
  return check_checksum(load<format::Superblock>(head->bytes, format::superblock_offset));
}

/// Replaces the superblock by the journal's, if there is a newer one in it.
Result<> recover(Volume& volume, Caller const& caller) {
  Geometry const before = volume.geometry;
  Overlay found;
  volume.next_transaction = TRY(replay_journal(Session{volume, caller}, found));
  volume.overlay.swap(found);
  volume.cache.forget(volume.identity);  // Read before there was an overlay.
  TRY(read_superblock(volume, caller));
  if (volume.overlay.empty()) TRY(check_superblock_alone(volume, caller));
  if (volume.geometry.block_bytes != before.block_bytes || volume.geometry.blocks < before.blocks) {
    host::log("volume {}: the journal's superblock is another file system's", volume.number);
    return fail(Error::corrupt);
  }
  return ok;
}

}  // namespace

Result<> open_volume(Volume& volume, Caller const& caller) {
  if (volume.disk.bytes() < head_bytes) {
    host::log("volume {}: too small for a file system", volume.number);
    return fail(Error::corrupt);
  }
  TRY(read_superblock(volume, caller));
  if (volume.geometry.block_bytes < volume.disk.block_bytes()) {
    host::log("volume {}: its blocks are smaller than the disk's", volume.number);
    return fail(Error::not_supported);
  }
  if (volume.geometry.needs_recovery) TRY(recover(volume, caller));
  Session const session{volume, caller};
  Inode const root = TRY(read_named_inode(session, format::root_inode, format::root_inode));
  if (root.type() != FileType::directory) return session.corrupt("the root is no directory", root.number);
  return ok;
}

}  // namespace hinge::ext4
