// The mount table. What is mounted stands in the vault and outlives a crash; the volumes themselves are heap, and made
// again from the disk when they are next asked for.
#pragma once

#include "host/vault.hpp"
#include "services/ext4/vault_log.hpp"
#include "services/ext4/volume.hpp"

namespace hinge::ext4 {

/// A mount, as asked for.
struct MountRecord {
  u64 volume, unit, first, blocks, read_only;
  host::Name log;             ///< Of a volume that is written: its LogState.

  [[nodiscard]] bool same_words(MountRecord const& o) const {
    return volume == o.volume && unit == o.unit && first == o.first && blocks == o.blocks && read_only == o.read_only;
  }
};

using host::Name;

struct MountRank { static constexpr u32 level = 10; };
struct VolumesRank { static constexpr u32 level = 20; };

class Mounts {
 public:
  static constexpr u32 max_mounts = 32, max_written = 8;
  static constexpr u64 cache_bytes = u64{16} << 20;

  /// Attaches the vault. Volumes mounted before a crash are mounted.
  Result<> start(Port<BlockDevice> const& disks);
  /// busy: the volume is another. no_space: too many. Else as FileSystem::Mount.
  Result<> mount(MountRecord record, Caller const& caller);
  /// Commits what was written and forgets the volume; requests inside finish.
  Result<> unmount(u64 volume, Caller const& caller);
  /// FileSystem::Remount. busy: to read only while there are orphans.
  Result<> remount(u64 volume, bool read_only, Caller const& caller);
  /// For tests: as after a crash.
  Result<> restart(Port<BlockDevice> const& disks);
  /// not_found: not mounted. Reads the disk when the volume is not in the heap.
  Result<Ref<Volume>> find(u64 volume, Caller const& caller);

 private:
  [[nodiscard]] Ref<Volume> find_open(u64 volume);
  [[nodiscard]] Name find_record(u64 volume) const HINGE_REQUIRES(mounting_);
  /// `fresh`: nobody has it mounted, so that what was left of it may be cleaned up.
  Result<Ref<Volume>> open(MountRecord const& record, bool fresh, Caller const& caller) HINGE_REQUIRES(mounting_);
  Result<Ref<Volume>> find_or_open(MountRecord const& record, Caller const& caller) HINGE_REQUIRES(mounting_);
  /// Takes it out of the open ones.
  Ref<Volume> close(u64 volume) HINGE_REQUIRES(mounting_);

  /// Held over the reads of a mount, by those who mount; the other one only to look.
  Mutex<MountRank> mounting_;
  host::Vault vault_ HINGE_GUARDED_BY(mounting_);
  host::Pool<MountRecord> records_ HINGE_GUARDED_BY(mounting_){max_mounts};
  LogPool logs_ HINGE_GUARDED_BY(mounting_){max_written};
  u64 identities_ HINGE_GUARDED_BY(mounting_) = 0;
  /// What a restart does away with. Made by start(), before all else, and never destroyed.
  struct Heap {
    explicit Heap(Port<BlockDevice> const& d) : disks{d} {}
    Port<BlockDevice> const& disks;
    BlockCache cache{cache_bytes};
    Mutex<VolumesRank> lock;
    Ref<Volume> open[max_mounts] HINGE_GUARDED_BY(lock);
  };
  Heap* heap_ = nullptr;
};

/// Reads the superblock and, if it says so, the journal: what makes a new Volume ready. corrupt, not_supported, io.
[[nodiscard]] Result<> open_volume(Volume& volume, Caller const& caller);
/// Makes an open volume one that is written: replays the journal, and then the log. `fresh`: frees the orphans. read_only.
[[nodiscard]] Result<> begin_writing(Volume& volume, LogState& log, bool fresh, Caller const& caller);

}  // namespace hinge::ext4
