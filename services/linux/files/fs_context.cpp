#include "services/linux/files/fs_context.hpp"

namespace hinge::linux_service {

Attempt<Ref<FsContext>> FsContext::initial() {
  Ref<Mount> const mount = MountTable::root();
  if (!mount) return fail(Errno::no_entry);
  Path const root{mount, mount->root()};
  auto context = host::make_ref<FsContext>(root, root);
  if (!context) return fail(Errno::no_memory);
  return context;
}

Attempt<Ref<FsContext>> FsContext::copy() {
  auto to = host::make_ref<FsContext>(root(), cwd());
  if (!to) return fail(Errno::no_memory);
  to->umask.store(umask.load(std::memory_order_relaxed), std::memory_order_relaxed);
  return to;
}

void FsContext::set_root(Path path) {
  Guard guard{lock_};
  std::swap(root_, path);
}

void FsContext::set_cwd(Path path) {
  Guard guard{lock_};
  std::swap(cwd_, path);
}

}  // namespace hinge::linux_service
