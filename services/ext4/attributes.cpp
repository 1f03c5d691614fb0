#include "services/ext4/attributes.hpp"

#include <algorithm>

#include "services/ext4/attribute_list.hpp"
#include "services/ext4/checksum.hpp"

namespace hinge::ext4 {
namespace {

using format::AttributeBlockHeader;
using format::AttributeEntry;
using format::AttributePrefix;

/// A list of attributes: entries from `first` on, value offsets counted from `origin`. Empty when there is none.
struct Area {
  Bytes bytes;
  u32 first = 0, origin = 0;
  BlockRef block;       ///< Keeps the bytes.
};

struct Attribute {
  AttributeEntry entry;
  std::string_view rest;     ///< The name without its prefix.
  Bytes value;
};

/// What stands before the names of a number; ACLs are named by it alone. Null: names that nobody asks for.
char const* prefix_text(u8 prefix) {
  switch (AttributePrefix(prefix)) {
    case AttributePrefix::user: return "user.";
    case AttributePrefix::acl_access: return "system.posix_acl_access";
    case AttributePrefix::acl_default: return "system.posix_acl_default";
    case AttributePrefix::trusted: return "trusted.";
    case AttributePrefix::security: return "security.";
    case AttributePrefix::system: return "system.";
    case AttributePrefix::rich_acl: return "system.richacl";
    case AttributePrefix::none: break;
  }
  return nullptr;
}

bool is_acl(u8 prefix) { return AttributePrefix(prefix) == AttributePrefix::acl_access || AttributePrefix(prefix) == AttributePrefix::acl_default; }

/// Whether the list goes on at `at`: it ends with four zero bytes, or where nothing more fits.
bool goes_on(Area const& area, u32 at) { return at + sizeof(u32) <= area.bytes.size() && load<u32>(area.bytes, at) != 0; }

Attribute attribute_at(Area const& area, u32 at) {
  auto const e = load<AttributeEntry>(area.bytes, at);
  char const* const name = reinterpret_cast<char const*>(area.bytes.data()) + at + sizeof e;
  Bytes const value = e.value_bytes ? area.bytes.subspan(area.origin + e.value_offset, e.value_bytes) : Bytes{};
  return {e, {name, e.name_bytes}, value};
}

char const* fault_in(Area const& area) {
  usize const end = area.bytes.size();
  for (u32 at = area.first; goes_on(area, at);) {
    if (end - at < sizeof(AttributeEntry)) return "extended attributes: an entry leaves its area";
    auto const e = load<AttributeEntry>(area.bytes, at);
    if (AttributeEntry::bytes_for(e.name_bytes) > end - at) return "extended attributes: a name leaves its area";
    if (e.value_inode != 0) return "extended attributes: a value in an inode, which the file system does not have";
    if (e.value_bytes > end || (e.value_bytes != 0 && area.origin + u64{e.value_offset} > end - e.value_bytes))
      return "extended attributes: a value leaves its area";
    at += AttributeEntry::bytes_for(e.name_bytes);
  }
  return nullptr;
}

Result<Area> area_in_inode(Session const& session, Inode const& inode) {
  u32 const size = session.geometry().inode_bytes, begin = format::Inode::short_bytes + inode.raw.extra_bytes;
  if (size == format::Inode::short_bytes || begin + sizeof(u32) > size) return Area{};
  Bytes const all = inode.table->bytes().subspan(inode.offset, size);
  if (load<u32>(all, begin) != format::attribute_magic) return Area{};
  u32 const first = begin + u32{sizeof(u32)};
  Area area{all, first, first, {}};
  if (char const* fault = fault_in(area)) return session.corrupt(fault, inode.number, inode.table->number());
  return area;
}

Result<Area> area_in_block(Session const& session, Inode const& inode) {
  BlockNumber const number = inode.attribute_block();
  if (number.raw() == 0) return Area{};
  BlockRef block = TRY(session.block(number));
  Bytes const bytes = block->bytes();
  Area area{bytes, sizeof(AttributeBlockHeader), 0, std::move(block)};
  u64 const proof = proof_of(ProofKind::attributes, 0, 0, 0);  // Shared by inodes: its sum depends on none of them.
  if (area.block->proven(proof)) return area;
  auto const header = load<AttributeBlockHeader>(bytes, 0);
  if (header.magic != format::attribute_magic || header.blocks != 1) return session.corrupt("extended attributes: header", inode.number, number);
  if (session.geometry().checksums && area.block->change() == CachedBlock::unchanged && header.checksum != attribute_checksum(session, number, bytes))
    return session.corrupt("extended attributes: checksum", inode.number, number);
  if (char const* fault = fault_in(area)) return session.corrupt(fault, inode.number, number);
  area.block->prove(proof);
  return area;
}

/// Calls f(Attribute) -> Result<bool> on each until one returns true; tells whether one did.
template <class F>
Result<bool> visit(Session const& session, Inode const& inode, F&& f) {
  for (auto find : {area_in_inode, area_in_block}) {
    Area const area = TRY(find(session, inode));
    for (u32 at = area.first; goes_on(area, at);) {
      Attribute const a = attribute_at(area, at);
      if (TRY(f(a))) return true;
      at += AttributeEntry::bytes_for(a.entry.name_bytes);
    }
  }
  return false;
}

}  // namespace

u32 attribute_checksum(Session const& session, BlockNumber number, Bytes block) {
  u32 const seed = crc32c_of(session.geometry().checksum_seed, number.raw());
  return crc32c_without<u32>(seed, block, offsetof(AttributeBlockHeader, checksum));
}

Result<> visit_attributes(Session const& session, Inode const& inode, void* context, AttributeVisitor f) {
  (void)TRY(visit(session, inode, [&](Attribute const& a) -> Result<bool> {
    TRY(f(context, a.entry.prefix, a.rest, a.value));
    return false;
  }));
  return ok;
}

Result<AttributeName> attribute_name(std::string_view name) {
  for (u8 p = 1; p <= u8(AttributePrefix::rich_acl); ++p) {
    char const* const prefix = prefix_text(p);
    if (!prefix || !name.starts_with(prefix) || AttributePrefix(p) == AttributePrefix::rich_acl) continue;
    std::string_view const rest = name.substr(std::string_view{prefix}.size());
    if (is_acl(p) ? rest.empty() : !rest.empty() && AttributePrefix(p) != AttributePrefix::system) return AttributeName{p, rest};
  }
  return fail(Error::not_supported);
}

Result<u64> read_attribute(Session const& session, Inode const& inode, std::string_view name, Buffer into) {
  u64 length = 0;
  bool const found = TRY(visit(session, inode, [&](Attribute const& a) -> Result<bool> {
    char const* const prefix = prefix_text(a.entry.prefix);
    if (!prefix || !name.starts_with(prefix) || name.substr(std::string_view{prefix}.size()) != a.rest) return false;
    if (is_acl(a.entry.prefix)) {
      auto const copied = copy_acl(a.value, into);
      if (!copied && copied.error() == Error::invalid) return session.corrupt("extended attributes: ACL", inode.number);
      length = TRY(copied);
      return true;
    }
    length = a.value.size();
    if (u64 const n = std::min<u64>(length, into.bytes)) TRY(into.copy_out(0, a.value.data(), n));
    return true;
  }));
  if (!found) return fail(Error::not_found);
  return length;
}

Result<u64> list_attributes(Session const& session, Inode const& inode, Buffer into) {
  u64 length = 0, written = 0;
  (void)TRY(visit(session, inode, [&](Attribute const& a) -> Result<bool> {
    char const* const prefix = prefix_text(a.entry.prefix);
    if (!prefix) return false;
    char text[32 + FileName::max_bytes + 1];
    std::string_view const before{prefix};
    std::copy(before.begin(), before.end(), text);
    std::copy(a.rest.begin(), a.rest.end(), text + before.size());
    usize const bytes = before.size() + a.rest.size() + 1;
    text[bytes - 1] = 0;
    if (written == length && bytes <= into.bytes - written) {
      TRY(into.copy_out(written, text, bytes));
      written += bytes;
    }
    length += bytes;
    return false;
  }));
  return length;
}

}  // namespace hinge::ext4
