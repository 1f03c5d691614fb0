// The hashes of names that order indexed directories. Specification: section "Hash Tree Directories" names them; half MD4
// is MD4 (RFC 1320) with rounds of eight steps, TEA is Wheeler and Needham's cipher ("TEA, a Tiny Encryption Algorithm",
// 1994) run over the name as a key, the legacy one is ext3's first.
#pragma once

#include <string_view>

#include "services/ext4/format/directory.hpp"

namespace hinge::ext4 {

/// The hash by which the tree is ordered: even, since bit 0 of a tree's key says "goes on", and never the largest.
/// `seed` of four zeroes stands for MD4's own start.
[[nodiscard]] u32 name_hash(std::string_view name, format::HashVersion version, u32 const (&seed)[4]);

}  // namespace hinge::ext4
