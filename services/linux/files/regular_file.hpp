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
  [[nodiscard]] bool seekable() const override { return true; }
  Attempt<u64> seek(Thread& self, Seek what, u64 from) override;
  Value control(Thread& self, u32 request, u64 argument) override;
  Attempt<> truncate(Thread& self, u64 size) override;
  Attempt<> allocate(Thread& self, u32 mode, u64 offset, u64 bytes) override;
  Attempt<Status> status(Thread& self) override { return inode_->status(self); }
  void advise(Advice advice, u64 first, u64 last) override;
  Attempt<Memory> memory(Thread& self) override;
  Attempt<> supply_page(Thread& self, u64 index, bool for_write) override;

 private:
  Ref<VolumeInode> const inode_;
  ReadAhead ahead_;
};

}  // namespace hinge::linux_service
