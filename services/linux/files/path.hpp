// Path: a place in the tree of names: a name, seen through a mount. What a walk returns, and what cwd, root and open
// files hold.
#pragma once

#include "services/linux/files/mount.hpp"
#include "services/linux/files/name.hpp"

namespace hinge::linux_service {

struct Path {
  Ref<Mount> mount;
  Ref<Name> name;

  [[nodiscard]] Inode& inode() const { return *name->inode(); }
  explicit operator bool() const { return bool(name); }
  friend bool operator==(Path const&, Path const&) = default;
};

}  // namespace hinge::linux_service
