// Damaged images: where the metadata of an image lies, and edits of it, with the checksums left wrong or made right again,
// so that what comes after the checksum is reached, too.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tests/ext4/image.hpp"

namespace hinge::test {

/// A piece of metadata, and what its checksum needs.
struct Target {
  enum class Kind : u8 { superblock, group, inode, leaf, tree, extents, attributes, other };
  Kind kind;
  u64 offset;          ///< In the image.
  u32 bytes;
  u32 number;          ///< The inode it belongs to, or the group.
  u32 generation;      ///< Of that inode.
};

struct Edit {
  u32 target, offset;  ///< Taken modulo what there is; a target by its kind first, so that rare kinds get their share.
  u64 value;
  u8 bytes;            ///< 1, 2, 4 or 8.
  bool seal;           ///< Make the checksum right.
};

struct Opened;

class Patient {
 public:
  /// Precondition: the image is sound. `other` are blocks beyond what a walk finds (a journal's).
  Patient(std::vector<u8> image, std::vector<u64> const& other_blocks = {});
  [[nodiscard]] std::vector<u8> const& image() const { return image_; }
  /// Returns what was edited.
  Target const& apply(std::span<u8> bytes, Edit const& edit) const;

 private:
  void find_inode_targets(ext4::Session const& session, u32 number, u32 depth);
  void find_extent_targets(ext4::Session const& session, ext4::Inode const& inode, ext4::Bytes node);
  void add_block(Target::Kind kind, ext4::BlockNumber block, ext4::Inode const& inode);
  [[nodiscard]] Target const& choose(u32 number) const;
  void seal(std::span<u8> bytes, Target const& target) const;

  std::vector<u8> image_;
  std::vector<Target> targets_;      ///< Sorted by kind.
  ext4::Geometry geometry_{};
  std::shared_ptr<Opened> opened_;   ///< The sound image, for what checksums are made of.
};

/// Sound images of several kinds, small.
std::vector<Patient> patients();

/// Mounts what is left of an image and asks for everything in it. Returns how many requests succeeded.
usize examine(std::vector<u8> bytes);

}  // namespace hinge::test
