// Indexed directories ("htree"): a tree of up to three levels over the hashes of the names, whose leaves are ordinary
// directory blocks. A leaf's key is the least hash in it; bit 0 of a key says that names of that very hash began in the
// leaf before. Specification: section "Hash Tree Directories".
#pragma once

#include "services/ext4/directory.hpp"
#include "services/ext4/htree_hash.hpp"

namespace hinge::ext4 {

inline constexpr u64 end_of_hashes = u64{1} << 32;

/// A path from the root of the tree to a leaf. Keys grow from leaf to leaf; the depth is bounded by the format.
class HashCursor {
 public:
  /// The leaf where names of that hash begin.
  static Result<HashCursor> seek(Session const& session, Inode const& directory, u32 hash);

  [[nodiscard]] FileBlock leaf() const;
  [[nodiscard]] u32 key() const;
  /// The following leaf's key, or end_of_hashes.
  [[nodiscard]] u64 next_key() const { return steps_[depth_].key_after(); }
  /// Whether names of this leaf's last hash go on in the next leaf.
  [[nodiscard]] bool goes_on() const { return next_key() % 2 == 1; }
  /// Goes to the following leaf. Precondition: next_key() is not the end.
  Result<> next(Session const& session, Inode const& directory);

  // The path, for who changes it: node `level`, 0 the root.
  [[nodiscard]] u32 depth() const { return depth_; }
  [[nodiscard]] BlockRef const& node(u32 level) const { return steps_[level].block; }
  [[nodiscard]] u32 entries_offset(u32 level) const { return steps_[level].entries_offset; }
  [[nodiscard]] u32 count(u32 level) const { return steps_[level].count; }
  [[nodiscard]] u32 index(u32 level) const { return steps_[level].index; }

 private:
  static constexpr u32 max_depth = 3;
  struct Step {
    BlockRef block;
    u32 entries_offset, count, index;
    u32 low;      ///< The parent's key for this node.
    u64 high;     ///< The parent's key for the node after it.

    [[nodiscard]] format::HashEntry at(u32 i) const;
    [[nodiscard]] u32 key() const { return index == 0 ? low : at(index).hash; }
    [[nodiscard]] u64 key_after() const { return index + 1 < count ? at(index + 1).hash : high; }
    /// Chooses the last entry whose key is not above `hash`.
    void choose(u32 hash);
  };
  Result<> enter(Session const& session, Inode const& directory, FileBlock node, u32 low, u64 high);
  Result<> descend(Session const& session, Inode const& directory, u32 hash);

  Step steps_[max_depth];
  u32 depth_ = 0;         ///< The last step's index.
  u32 levels_ = 0;        ///< Below the root.
};

/// The hash this directory orders names by: the root's version, or for one without an index the file system's.
[[nodiscard]] Result<format::HashVersion> hash_version_of(Session const& session, Inode const& directory);

/// The inode number `name` stands for. Precondition: the directory is indexed.
[[nodiscard]] Result<u32> look_up_by_hash(Session const& session, Inode const& directory, std::string_view name);

/// What the tail of a tree block should say. Precondition: `entries_offset` and the count there are checked.
[[nodiscard]] u32 tree_checksum(Session const& session, Inode const& directory, Bytes block, u32 entries_offset);

}  // namespace hinge::ext4
