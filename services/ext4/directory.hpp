// Directories: finding a name, and listing. A directory is a list of blocks of entries, or those blocks as leaves of a
// tree over the names' hashes (htree.hpp). Blocks are checked whole when first seen; after that entries are walked
// without further checks.
#pragma once

#include "services/ext4/format/directory.hpp"
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {

/// The inode number `name` stands for; not_found. "." and ".." are names like any other. Precondition: it is a directory.
[[nodiscard]] Result<u32> look_up(Session const& session, Inode const& directory, std::string_view name);

/// FileSystem::ReadDirectory; see listing.cpp for the order and the cookies. not_directory.
[[nodiscard]] Result<u64> list(Session const& session, Inode const& directory, Buffer into, u64 cookie);

/// A checked block of entries, and a walk over those in use.
class Leaf {
 public:
  struct Entry { u32 inode, offset, record_bytes; u8 type; std::string_view name; };

  Leaf(Session const& session, BlockRef block);
  /// The entry in use at or behind `offset`; false: no more. Then continue at entry.offset + entry.record_bytes.
  bool next(u32 offset, Entry& entry) const;
  /// The entry of that name; false: none.
  bool find(std::string_view name, Entry& entry) const;
  [[nodiscard]] u32 end() const { return end_; }

 private:
  BlockRef block_;
  u32 end_;     ///< Of the entries: what follows is the checksum.
};

[[nodiscard]] Result<Leaf> read_leaf(Session const& session, Inode const& directory, FileBlock number);

/// The bytes of a directory block that hold entries.
[[nodiscard]] inline u32 leaf_bytes(Geometry const& g) {
  return g.block_bytes - (g.checksums ? u32{sizeof(format::DirectoryTail)} : 0);
}
/// What the tail of a leaf should say.
[[nodiscard]] u32 leaf_checksum(Session const& session, Inode const& directory, Bytes block);

/// "." and "..": there in every directory, but nobody's to see.
inline bool is_dots(std::string_view name) { return name == "." || name == ".."; }

}  // namespace hinge::ext4
