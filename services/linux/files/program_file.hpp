// ProgramFile: a file as exec and mmap of a program hold it: read-only, whatever the caller may read, and while it lives
// nobody can open the inode for writing (ETXTBSY).
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class ProgramFile final : public File {
 public:
  /// text_busy when somebody has it open for writing.
  static Attempt<Ref<File>> open(Thread& self, Path const& place);

  explicit ProgramFile(Ref<File> file) : File{open_flag::read_only, file->path(), Offsets::seekable}, file_{std::move(file)} {}
  void dispose() override;
  Value read(Thread& self, Transfer& into, u64 offset) override { return file_->read(self, into, offset); }
  Attempt<Memory> memory(Thread& self) override { return file_->memory(self); }
  Attempt<> supply_page(Thread& self, u64 index, bool for_write) override { return file_->supply_page(self, index, for_write); }

 private:
  Ref<File> const file_;
};

}  // namespace hinge::linux_service
