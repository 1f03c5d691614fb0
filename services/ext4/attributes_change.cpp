#include "services/ext4/attributes_change.hpp"

#include <algorithm>

#include "services/ext4/attribute_list.hpp"

namespace hinge::ext4 {
namespace {

using format::AttributeBlockHeader;
using format::AttributeEntry;

/// One attribute, its name and value at `offset` of the gathered bytes.
struct Item { u32 offset, value_bytes; u8 prefix, name_bytes; };

struct Gathered {
  Growing<Item> items;
  Growing<u8> bytes;

  Result<> add(u8 prefix, std::string_view rest, Bytes value) {
    Item const item{bytes.count(), u32(value.size()), prefix, u8(rest.size())};
    TRY(bytes.reserve(u32(rest.size() + value.size())));
    for (char c : rest) bytes.add(u8(c));
    for (u8 b : value) bytes.add(b);
    return items.push(item);
  }
  [[nodiscard]] std::string_view name(Item const& i) const { return {reinterpret_cast<char*>(bytes.begin()) + i.offset, i.name_bytes}; }
  [[nodiscard]] Bytes value(Item const& i) const { return {bytes.begin() + i.offset + i.name_bytes, i.value_bytes}; }
};

constexpr u32 padded(u32 bytes) { return (bytes + 3) & ~3u; }

/// Section "Extended Attributes", the hash of an entry: over the name's bytes, then the value's words.
u32 hash_of(std::string_view name, Bytes value) {
  u32 hash = 0;
  for (char c : name) hash = hash << 5 ^ hash >> 27 ^ u8(c);
  for (u32 at = 0; at < value.size(); at += 4) {
    u32 word = 0;
    std::memcpy(&word, value.data() + at, std::min<usize>(4, value.size() - at));
    hash = hash << 16 ^ hash >> 16 ^ word;
  }
  return hash;
}

/// Lays attributes out in an area: entries from `first` on, values from its end down.
class Layout {
 public:
  Layout(std::span<u8> area, u32 first, u32 origin) : area_{area}, at_{first}, origin_{origin}, end_{u32(area.size()) & ~3u} {}
  /// False: no room.
  bool put(Gathered const& all, Item const& item, bool hashed) {
    u32 const entry = AttributeEntry::bytes_for(item.name_bytes), value = padded(item.value_bytes);
    if (at_ + entry + u32{sizeof(u32)} + value > end_) return false;  // Four zero bytes end the list.
    end_ -= value;
    std::memcpy(area_.data() + end_, all.value(item).data(), item.value_bytes);
    u32 const hash = hashed ? hash_of(all.name(item), all.value(item)) : 0;
    AttributeEntry const e{item.name_bytes, item.prefix, u16(item.value_bytes ? end_ - origin_ : 0), 0, item.value_bytes, hash};
    store(area_, at_, e);
    std::memcpy(area_.data() + at_ + sizeof e, all.name(item).data(), item.name_bytes);
    at_ += entry;
    total_ = hash == 0 ? 0 : total_ << 16 ^ total_ >> 16 ^ hash;
    return true;
  }
  [[nodiscard]] u32 total_hash() const { return total_; }

 private:
  std::span<u8> area_;
  u32 at_, origin_, end_, total_ = 0;
};

/// A block for attributes of this inode alone, zeroed; the one it has if no other shares it.
Result<BlockRef> own_block(Change& change, Inode& inode) {
  Geometry const& g = change.geometry();
  u64 const had = inode.attribute_block().raw();
  BlockUse const use{BlockKind::attributes};
  if (had) {
    BlockRef block = TRY(change.session().block(BlockNumber{had}));
    if (load<AttributeBlockHeader>(block->bytes(), 0).references == 1) {
      auto const bytes = TRY(change.edit(block, use, 0, g.block_bytes));
      std::fill(bytes.begin(), bytes.end(), u8{0});
      return block;
    }
    TRY(drop_attribute_block(change, inode));
  }
  BlockNumber const number = TRY(take_metadata_block(change, goal_of(g, inode), false));
  inode.raw.attributes_low = u32(number.raw());
  inode.raw.attributes_high = u16(number.raw() >> 32);
  add_blocks(g, inode, 1);
  return change.fresh(number, use);
}

/// The attributes that go beside the inode: those from `items` whose turn has come. They are sorted there.
Result<> put_in_block(Change& change, Inode& inode, Gathered& all, std::span<Item> items) {
  BlockRef const block = TRY(own_block(change, inode));
  std::sort(items.begin(), items.end(), [&](Item const& a, Item const& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    if (a.name_bytes != b.name_bytes) return a.name_bytes < b.name_bytes;
    return all.name(a) < all.name(b);
  });
  auto const bytes = block->writable();
  Layout layout{bytes, sizeof(AttributeBlockHeader), 0};
  for (Item const& item : items)
    if (!layout.put(all, item, true)) return fail(Error::no_space);
  store(bytes, 0, AttributeBlockHeader{format::attribute_magic, 1, 1, layout.total_hash(), 0, {}});
  return ok;
}

/// Fills the inode's own area with as many as fit; returns how many that were, which come first in the list.
Result<u32> put_in_inode(Change& change, Inode& inode, Gathered& all) {
  Geometry const& g = change.geometry();
  u32 const begin = format::Inode::short_bytes + inode.raw.extra_bytes;
  if (g.inode_bytes == format::Inode::short_bytes || begin + 2 * sizeof(u32) > g.inode_bytes) return 0;
  auto const area = TRY(change.edit(inode.table, {BlockKind::inodes, inode.number - inode.offset / g.inode_bytes}, inode.offset + begin, g.inode_bytes - begin));
  std::fill(area.begin(), area.end(), u8{0});
  if (all.items.empty()) return 0;
  Layout layout{area, sizeof(u32), sizeof(u32)};
  u32 done = 0;
  for (u32 i = 0; i < all.items.count(); ++i)
    if (layout.put(all, all.items[i], false)) std::swap(all.items[done++], all.items[i]);
  if (done) store(area, 0, format::attribute_magic);
  return done;
}

}  // namespace

Result<> drop_attribute_block(Change& change, Inode& inode) {
  u64 const number = inode.attribute_block().raw();
  if (number == 0) return ok;
  BlockRef const block = TRY(change.session().block(BlockNumber{number}));
  auto header = load<AttributeBlockHeader>(block->bytes(), 0);
  inode.raw.attributes_low = inode.raw.attributes_high = 0;
  add_blocks(change.geometry(), inode, -1);
  if (header.references <= 1) return free_blocks(change, {number, 1}, true);
  --header.references;
  return change.set(block, {BlockKind::attributes}, 0, header);
}

Result<> change_attribute(Change& change, Inode& inode, AttributeChange const& wanted) {
  auto const name = TRY(attribute_name(wanted.name));
  struct Context { Gathered all; AttributeName name; bool found; } context{{}, name, false};
  TRY(visit_attributes(change.session(), inode, &context, [](void* c, u8 prefix, std::string_view rest, Bytes value) -> Result<> {
    auto& to = *static_cast<Context*>(c);
    if (prefix != to.name.prefix || rest != to.name.rest) return to.all.add(prefix, rest, value);
    to.found = true;
    return ok;
  }));
  using Set = FileSystem::SetAttribute;
  if (context.found && (wanted.flags & Set::create_only)) return fail(Error::exists);
  if (!context.found && (wanted.remove || (wanted.flags & Set::replace_only))) return fail(Error::not_found);
  if (!wanted.remove) TRY(context.all.add(name.prefix, name.rest, wanted.value));

  u32 const inside = TRY(put_in_inode(change, inode, context.all));
  std::span<Item> const rest{context.all.items.begin() + inside, context.all.items.count() - inside};
  return rest.empty() ? drop_attribute_block(change, inode) : put_in_block(change, inode, context.all, rest);
}

}  // namespace hinge::ext4
