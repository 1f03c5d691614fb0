// DirectoryFile: an open directory, of any file system. Position 0 is ".", 1 is "..", from 2 on the inode's own.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class DirectoryFile final : public File {
 public:
  /// is_directory when opened for writing.
  static Attempt<Ref<File>> open(Path const& path, u32 flags);

  DirectoryFile(u32 flags, Path path) : File{flags, std::move(path), Offsets::seekable} {}
  void dispose() override { host::destroy(this); }
  Value read(Thread&, Transfer&, u64) override { return Errno::is_directory; }
  Attempt<u64> seek(Thread& self, Seek what, u64 from) override;
  Attempt<u64> list(Thread& self, u64 from, EntrySink& sink) override;
  Attempt<> synchronize(Thread& self, bool data_only) override;
  void closing(Thread& self) override;
};

}  // namespace hinge::linux_service
