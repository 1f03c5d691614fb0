// Mounting to write: what reading laid over the disk is put in its place, the vault's log is repeated, and what nobody
// released before a power cut goes.
#include "host/log.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/inode_change.hpp"
#include "services/ext4/journal.hpp"
#include "services/ext4/mounts.hpp"
#include "services/ext4/writing.hpp"

namespace hinge::ext4 {
namespace {

struct Feature { u32 bit; char const* name; };
using namespace format::read_only_compatible;
constexpr Feature reading_only[] = {{btree_dir, "btree_dir"}, {quota, "quota"}, {project, "project"}, {read_only, "read-only"},
                                    {shared_blocks, "shared_blocks"}, {verity, "verity"}, {orphan_present, "orphan_present"}};

std::unexpected<Error> refuse(Volume const& volume, char const* why) {
  host::log("volume {} is not written: {}", volume.number, why);
  return fail(Error::read_only);
}

Result<> check(Volume& volume, Session const& session) {
  Geometry const& g = volume.geometry;
  if (volume.disk.read_only()) return refuse(volume, "the device is read-only");
  if (g.journal_inode == 0) return refuse(volume, "it has no journal inside");
  u32 const offset = g.first_data_block == 0 ? u32{format::superblock_offset} : 0;
  auto const s = load<format::Superblock>(TRY(session.superblock())->bytes(), offset);
  for (Feature const& f : reading_only)
    if (s.features_read_only & f.bit) return refuse(volume, f.name);
  if (!s.has(format::incompatible::extents)) return refuse(volume, "its files have no extents");
  if (s.revision == 0 || s.creator_os != 0) return refuse(volume, "it is of an old revision or another system");
  return ok;
}

/// Puts the journal's copies, which the volume has been read through so far, in their places. Returns the next transaction's
/// number.
Result<u32> replay(Volume& volume, Session const& session) {
  if (!volume.geometry.needs_recovery) {
    Overlay old;  // What is still in a journal that nobody needs.
    return replay_journal(session, old);
  }
  if (volume.overlay.empty()) return volume.next_transaction;
  u32 const bytes = volume.geometry.block_bytes;
  auto* const block = static_cast<u8*>(host::allocate(bytes));
  if (!block) return fail(Error::no_memory);
  struct Release { u8* at; ~Release() { host::release(at); } } const release{block};
  TRY(volume.overlay.for_each([&](BlockNumber number, Overlay::Copy) -> Result<> {
    TRY(session.read(number, {block, bytes}));
    return volume.disk.write(number.raw() * bytes, {block, bytes}, session.caller());
  }));
  TRY(volume.disk.flush(session.caller()));
  host::log("volume {}: {} blocks of its journal are in their places", volume.number, volume.overlay.count());
  Overlay none;
  volume.overlay.swap(none);
  return volume.next_transaction;
}

Result<> release_orphans(Volume& volume, Session const& session) {
  for (u64 n = 0;; ++n) {
    u32 number;
    FileSystem::SetAttributes truncate{};
    bool named;
    {
      Turn const turn{volume};
      number = TRY(first_orphan(session));
      if (number == 0) {
        if (n) host::log("volume {}: {} steps freed what had no name", volume.number, n);
        return ok;
      }
      Inode const inode = TRY(read_inode(session, number));
      named = inode.raw.links != 0;
      truncate.new_size = inode.size;
    }
    InodeNumber const inode{volume.number << 32 | number};
    truncate.inode = inode;
    truncate.mask = FileSystem::SetAttributes::size;
    FileSystem::Release const release{inode};
    Task const task = named ? Task{{0, 0, 0, Method::set_attributes}, bytes_of(truncate), {}, {}}
                            : Task{{0, 0, 0, Method::release_step}, bytes_of(release), {}, {}};
    (void)TRY(volume.writing->perform(session, task));
  }
}

}  // namespace

Result<> begin_writing(Volume& volume, LogState& log, bool fresh, Caller const& caller) {
  Session const session{volume, caller};
  TRY(check(volume, session));
  u32 const next = TRY(replay(volume, session));
  volume.writing = Own<Writing>{host::make<Writing>(log)};
  if (!volume.writing) return fail(Error::no_memory);
  TRY(volume.writing->start(session, next));
  if (!fresh) return ok;
  TRY(release_orphans(volume, session));
  return volume.writing->commit(session);
}

}  // namespace hinge::ext4
