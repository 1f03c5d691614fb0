// The features of ext4 by name, and which are known here. A known "compatible" feature never matters to a reader; an
// unknown "read-only compatible" one would not either, but by refusing what was not tried nobody is misled.
#include "host/log.hpp"
#include "services/ext4/geometry.hpp"

namespace hinge::ext4 {
namespace {

struct Feature { u32 bit; char const* name; };

// The names are those of mke2fs(8) and ext4(5).
constexpr Feature incompatible_names[] = {
    {0x1, "compression"}, {0x8, "journal_dev"},    {0x10, "meta_bg"},         {0x100, "mmp"},        {0x400, "ea_inode"},
    {0x1000, "dirdata"},  {0x8000, "inline_data"}, {0x1'0000, "encrypt"}, {0x2'0000, "casefold"},
};
constexpr Feature read_only_names[] = {{0x80, "snapshot"}, {0x200, "bigalloc"}, {0x800, "replica"}};

constexpr u32 known_incompatible = [] {
  using namespace format::incompatible;
  return filetype | recover | extents | bit64 | flex_bg | csum_seed | large_dir;
}();
constexpr u32 known_read_only = [] {
  using namespace format::read_only_compatible;
  return sparse_super | large_file | btree_dir | huge_file | gdt_csum | dir_nlink | extra_isize | quota | metadata_csum |
         read_only | project | shared_blocks | verity | orphan_present;
}();

bool refuse(u32 present, u32 known, std::span<Feature const> names, char const* kind) {
  u32 unknown = present & ~known;
  if (!unknown) return false;
  for (Feature const& f : names)
    if (unknown & f.bit) {
      host::log("the file system has the {} feature {}, which is not supported", kind, f.name);
      unknown &= ~f.bit;
    }
  if (unknown) host::log("the file system has unknown {} features: 0x{x}", kind, unknown);
  return true;
}

}  // namespace

Result<> check_features(format::Superblock const& s) {
  bool const one = refuse(s.features_incompatible, known_incompatible, incompatible_names, "incompatible");
  bool const other = refuse(s.features_read_only, known_read_only, read_only_names, "read-only compatible");
  if (one || other) return fail(Error::not_supported);
  return ok;
}

}  // namespace hinge::ext4
