// Reads a cpio archive in the "newc" form (magic 070701, as Linux' initramfs uses; format: cpio(5)). The archive is
// input like any other: every length is checked against what is there, and nothing is copied.
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
  /// The next member; not_found after the last one (the trailer, or the end of the bytes); corrupt when the archive
  /// breaks its format there, and again at each further call.
  Result<Entry> next();

 private:
  std::span<u8 const> archive_;
  u64 at_ = 0;
};

/// The first member of that name; not_found or corrupt.
Result<Entry> find(std::span<u8 const> archive, std::string_view name);

}  // namespace hinge::cpio
