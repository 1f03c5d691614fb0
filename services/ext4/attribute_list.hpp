// The attributes of one inode, out of their areas, for who lays them out anew. The bytes are copies.
#pragma once

#include "services/ext4/format/attribute.hpp"
#include "services/ext4/growing.hpp"
#include "services/ext4/inode.hpp"

namespace hinge::ext4 {

/// Calls f(prefix, rest of the name, value) -> Result<> for each attribute of an inode, in the inode and beside it.
using AttributeVisitor = Result<> (*)(void* context, u8 prefix, std::string_view rest, Bytes value);
[[nodiscard]] Result<> visit_attributes(Session const& session, Inode const& inode, void* context, AttributeVisitor f);

/// The number of a name's prefix, and what follows it. not_supported.
struct AttributeName { u8 prefix; std::string_view rest; };
[[nodiscard]] Result<AttributeName> attribute_name(std::string_view name);

}  // namespace hinge::ext4
