// RegularFile: an open regular file of a volume. All work is the inode's; the file counts as its writer.
#pragma once

#include "services/linux/files/file.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {

class RegularFile final : public File {
 public:
  /// text_busy when it is open for writing while it is executed.
  static Attempt<Ref<File>> open(VolumeInode& inode, Path const& path, u32 flags);

  RegularFile(VolumeInode& inode, u32 flags, Path path);
  void dispose() override;
  Value read(Thread& self, Transfer& into, u64 offset) override;
  Value write(Thread& self, Transfer& from, u64 offset) override;
  Attempt<u64> seek(Thread& self, Seek what, u64 from) override;
  Value control(Thread& self, u32 request, u64 argument) override;
  Attempt<> truncate(Thread& self, u64 size) override;
  Attempt<> allocate(Thread& self, u32 mode, u64 offset, u64 bytes) override;
  Attempt<Status> status(Thread& self) override { return inode_->status(self); }
  Attempt<> synchronize(Thread& self, bool data_only) override;
  Attempt<> write_back(u64 first, u64 last) override;
  [[nodiscard]] bool has_page(u64 index) override { return !cache() || cache()->has(index); }
  void advise(Advice advice, u64 first, u64 last) override;
  Attempt<Memory> memory(Thread& self) override;
  Attempt<> supply_page(Thread& self, u64 index, bool for_write) override;
  Attempt<> begin_shared_writing() override { return inode_->seals().begin_shared_writing(); }
  void end_shared_writing() override { inode_->seals().end_shared_writing(); }
  Attempt<u32> seals() override;
  Attempt<> add_seals(u32 seals) override;

 private:
  [[nodiscard]] DiskCache* cache() const { return inode_->disk_cache(); }
  [[nodiscard]] bool has_mount_flag(u64 flag) const { return path().mount && path().mount->flags() & flag; }
  Value read_directly(Thread& self, Transfer& into, u64 offset);
  Attempt<> after_write(Thread& self, u64 offset, usize bytes);
  Attempt<> tell_error(Attempt<> result);

  Ref<VolumeInode> const inode_;
  ReadAhead ahead_;
  std::atomic<ErrorSequence::Mark> told_{0};  ///< Errors of write-back up to here this file knows.
};

}  // namespace hinge::linux_service
