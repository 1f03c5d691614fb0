// Reads a cpio archive in the "newc" form (magic 070701, as Linux' initramfs uses; format: cpio(5)). The archive is
// input like any other: every length is checked against what is there, and nothing is copied. Archives may follow one
// another, with zero bytes between them: they read as one.
// Who calls: placement (manifests, images) and the personality (root files).
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"

namespace hinge::cpio {

/// One member. `name` has no leading "./" or "/"; views into the archive.
struct Entry {
  std::string_view name;
  std::span<u8 const> data;   ///< A symbolic link's target, a file's bytes.
  u32 inode, mode, user, group, links, modified;
  u32 device_major, device_minor;   ///< Of a device node.
};

/// Walks the members in order.
class Reader {
 public:
  constexpr explicit Reader(std::span<u8 const> archive) : archive_{archive} {}
  /// The next member; not_found after the last one (a trailer and only zeros, or the end); corrupt when the archive
  /// breaks its format there, and again at each further call.
  Result<Entry> next();

 private:
  Result<Entry> member();
  std::span<u8 const> archive_;
  u64 at_ = 0;
  bool between_ = false;  ///< After a trailer: another archive may follow.
};

/// The first member of that name; not_found or corrupt.
Result<Entry> find(std::span<u8 const> archive, std::string_view name);

}  // namespace hinge::cpio
