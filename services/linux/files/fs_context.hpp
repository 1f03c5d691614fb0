// FsContext: from where a process sees the tree: root, current directory and umask. Shared by the threads of a process
// and by clone(CLONE_FS).
#pragma once

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

class FsContext : public host::Shared<FsContext> {
 public:
  FsContext(Path root, Path cwd) : root_{std::move(root)}, cwd_{std::move(cwd)} {}
  /// For the first process: both at the root mount.
  static Attempt<Ref<FsContext>> initial();
  /// For fork. no_memory.
  Attempt<Ref<FsContext>> copy();

  Path root() { Guard guard{lock_}; return root_; }
  Path cwd() { Guard guard{lock_}; return cwd_; }
  void set_root(Path path);
  void set_cwd(Path path);
  std::atomic<u32> umask{022};

 private:
  Mutex<rank::FsContext> lock_;
  Path root_ HINGE_GUARDED_BY(lock_);
  Path cwd_ HINGE_GUARDED_BY(lock_);
};

}  // namespace hinge::linux_service
