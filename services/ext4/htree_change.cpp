// Inserting into an indexed directory. A full leaf is split by hash, half of its bytes to each side; a full node of the tree
// likewise; a full root gives its entries to a new node below it. After each step that changed the tree the path is
// sought again, so that each step is simple.
#include <algorithm>

#include "services/ext4/directory_change.hpp"
#include "services/ext4/htree.hpp"

namespace hinge::ext4 {
namespace {

using format::DirectoryEntry;
using format::HashCount;
using format::HashEntry;
using format::HashRoot;
using format::HashTail;

constexpr u32 entry_bytes = sizeof(HashEntry);

BlockUse tree_use(Inode const& directory) { return {BlockKind::hash_tree, directory.number, directory.raw.generation}; }

u32 capacity_at(Geometry const& g, u32 entries_offset) {
  return (g.block_bytes - entries_offset - (g.checksums ? u32{sizeof(HashTail)} : 0)) / entry_bytes;
}

HashCount count_at(Bytes node, u32 entries_offset) { return load<HashCount>(node, entries_offset); }

/// Puts an entry behind the one that the cursor is at. Precondition: there is room.
Result<> add_key(Change& change, Inode const& directory, HashCursor const& cursor, u32 level, HashEntry entry) {
  u32 const offset = cursor.entries_offset(level), at = cursor.index(level) + 1;
  BlockRef const& node = cursor.node(level);
  auto count = count_at(node->bytes(), offset);
  if (at > count.count || count.count >= count.capacity) return change.session().corrupt("directory index: number of entries", directory.number, node->number());
  u32 const moved = (count.count - at) * entry_bytes;
  auto const bytes = TRY(change.edit(node, tree_use(directory), offset + at * entry_bytes, moved + entry_bytes));
  std::memmove(bytes.data() + entry_bytes, bytes.data(), moved);
  store(bytes, 0, entry);
  ++count.count;
  return change.set(node, tree_use(directory), offset, count);
}

/// A tree block, looking from outside like one unused entry.
Result<NewBlock> new_node(Change& change, Inode& directory) {
  NewBlock made = TRY(append_block(change, directory, BlockKind::hash_tree));
  store(made.block->writable(), 0, DirectoryEntry{0, u16(change.geometry().block_bytes), 0, 0});
  return made;
}

/// `count` entries of `from`, beginning with the one at `first`, become all of a new node.
void fill_node(Geometry const& g, BlockRef const& node, Bytes from, u32 entries_offset, u32 first, u32 count) {
  constexpr u32 at = format::hash_node_entries_offset;
  auto const to = node->writable();
  std::memcpy(to.data() + at, from.data() + entries_offset + first * entry_bytes, count * entry_bytes);
  store(to, at, HashCount{u16(capacity_at(g, at)), u16(count)});
}

Result<> grow_root(Change& change, Inode& directory, HashCursor const& cursor) {
  BlockRef const& root = cursor.node(0);
  auto info = load<HashRoot>(root->bytes(), HashRoot::offset);
  if (info.levels >= (change.geometry().large_directories ? 2 : 1)) return fail(Error::no_space);
  NewBlock const made = TRY(new_node(change, directory));
  auto count = count_at(root->bytes(), HashRoot::entries_offset);
  fill_node(change.geometry(), made.block, root->bytes(), HashRoot::entries_offset, 0, count.count);
  ++info.levels;
  count.count = 1;
  TRY(change.set(root, tree_use(directory), HashRoot::offset, info));
  TRY(change.set(root, tree_use(directory), HashRoot::entries_offset, count));
  return change.set(root, tree_use(directory), HashRoot::entries_offset + offsetof(HashEntry, block), made.number);
}

/// One step towards room in the node at `level` of the path.
Result<> make_room(Change& change, Inode& directory, HashCursor const& cursor, u32 level) {
  if (level == 0) return grow_root(change, directory, cursor);
  auto const parent = count_at(cursor.node(level - 1)->bytes(), cursor.entries_offset(level - 1));
  if (parent.count == parent.capacity) return make_room(change, directory, cursor, level - 1);
  BlockRef const& node = cursor.node(level);
  u32 const offset = cursor.entries_offset(level);
  auto count = count_at(node->bytes(), offset);
  u32 const stay = count.count / 2u;
  NewBlock const made = TRY(new_node(change, directory));
  u32 const key = load<HashEntry>(node->bytes(), offset + stay * entry_bytes).hash;
  fill_node(change.geometry(), made.block, node->bytes(), offset, stay, count.count - stay);
  count.count = u16(stay);
  TRY(change.set(node, tree_use(directory), offset, count));
  return add_key(change, directory, cursor, level - 1, {key, made.number});
}

struct Mapped { u32 hash; u16 offset, bytes; };

/// The entries of a leaf in the order of their hashes.
class LeafMap {
 public:
  LeafMap() = default;
  LeafMap(LeafMap const&) = delete;
  LeafMap& operator=(LeafMap const&) = delete;
  ~LeafMap() { host::release(copy_); }

  Result<> read(Session const& session, Bytes leaf, format::HashVersion version) {
    copy_ = static_cast<u8*>(host::allocate(leaf.size()));
    if (!copy_) return fail(Error::no_memory);
    std::memcpy(copy_, leaf.data(), leaf.size());
    for (u32 at = 0; at < leaf_bytes(session.geometry());) {
      auto const e = load<DirectoryEntry>({copy_, leaf.size()}, at);
      if (e.record_bytes == 0) return fail(Error::corrupt);
      std::string_view const name{reinterpret_cast<char*>(copy_) + at + sizeof e, e.name_bytes};
      if (e.inode != 0 && !(is_dots(name))) {
        u32 const bytes = DirectoryEntry::bytes_for(e.name_bytes);
        TRY(entries_.push({name_hash(name, version, session.geometry().hash_seed), u16(at), u16(bytes)}));
        total_ += bytes;
      }
      at += e.record_bytes;
    }
    std::sort(entries_.begin(), entries_.end(), [](Mapped const& a, Mapped const& b) { return a.hash < b.hash; });
    return ok;
  }
  [[nodiscard]] u32 count() const { return entries_.count(); }
  [[nodiscard]] u32 hash(u32 i) const { return entries_[i].hash; }
  /// How many of the first entries make half of the bytes: at least 1, and not all.
  [[nodiscard]] u32 half() const {
    u32 n = 0;
    for (u32 bytes = 0; n < count() && bytes + entries_[n].bytes / 2u <= total_ / 2; ++n) bytes += entries_[n].bytes;
    return std::clamp(n, 1u, count() - 1);
  }
  /// Packs the entries [first, end) into a leaf.
  void put(Geometry const& g, std::span<u8> leaf, u32 first, u32 end) const {
    u32 at = 0;
    for (u32 i = first; i < end; ++i) {
      Mapped const& m = entries_[i];
      std::memcpy(leaf.data() + at, copy_ + m.offset, m.bytes);
      u32 const record = i + 1 == end ? leaf_bytes(g) - at : m.bytes;
      store(leaf, at + offsetof(DirectoryEntry, record_bytes), u16(record));
      at += m.bytes;
    }
  }

 private:
  u8* copy_ = nullptr;
  u32 total_ = 0;
  Growing<Mapped> entries_;
};

Result<> split_leaf(Change& change, Inode& directory, HashCursor const& cursor, BlockRef const& leaf) {
  Geometry const& g = change.geometry();
  LeafMap map;
  TRY(map.read(change.session(), leaf->bytes(), TRY(hash_version_of(change.session(), directory))));
  if (map.count() < 2) return fail(Error::no_space);
  u32 const stay = map.half();
  NewBlock const made = TRY(append_block(change, directory, BlockKind::leaf));
  map.put(g, made.block->writable(), stay, map.count());
  BlockUse const use{BlockKind::leaf, directory.number, directory.raw.generation};
  map.put(g, TRY(change.edit(leaf, use, 0, g.block_bytes)), 0, stay);
  // Bit 0 tells that names of that very hash are in the leaf before, too.
  u32 const key = map.hash(stay) | u32(map.hash(stay - 1) == map.hash(stay));
  return add_key(change, directory, cursor, cursor.depth(), {key, made.number});
}

}  // namespace

Result<> make_index(Change& change, Inode& directory) {
  Geometry const& g = change.geometry();
  BlockRef const root = TRY(read_file_block(change.session(), directory, FileBlock{0}));
  LeafMap map;
  TRY(map.read(change.session(), root->bytes(), TRY(hash_version_of(change.session(), directory))));
  if (map.count() == 0) return fail(Error::corrupt);
  u32 const parent = TRY(parent_of(change.session(), directory));
  NewBlock const leaf = TRY(append_block(change, directory, BlockKind::leaf));
  map.put(g, leaf.block->writable(), 0, map.count());

  TRY(change.make_into(root, BlockKind::hash_tree));
  auto const bytes = TRY(change.edit(root, tree_use(directory), 0, g.block_bytes));
  u8 const type = g.file_types ? load<DirectoryEntry>(bytes, 0).type : 0;
  std::fill(bytes.begin(), bytes.end(), u8{0});
  constexpr u32 dot_bytes = DirectoryEntry::bytes_for(1);
  store(bytes, 0, DirectoryEntry{directory.number, dot_bytes, 1, type});
  store(bytes, dot_bytes, DirectoryEntry{parent, u16(g.block_bytes - dot_bytes), 2, type});
  std::memcpy(bytes.data() + sizeof(DirectoryEntry), ".", 1);
  std::memcpy(bytes.data() + dot_bytes + sizeof(DirectoryEntry), "..", 2);
  store(bytes, HashRoot::offset, HashRoot{0, g.hash_version, sizeof(HashRoot), 0, 0});
  store(bytes, HashRoot::entries_offset, HashEntry{0, leaf.number});
  store(bytes, HashRoot::entries_offset, HashCount{u16(capacity_at(g, HashRoot::entries_offset)), 1});
  directory.raw.flags |= format::Inode::indexed;
  return ok;
}

Result<> add_by_hash(Change& change, Inode& directory, std::string_view name, EntryTarget target) {
  Session const& session = change.session();
  u32 const hash = name_hash(name, TRY(hash_version_of(session, directory)), session.geometry().hash_seed);
  constexpr u32 max_steps = 12;   // Each level may be split once, the root may grow, and then the leaf.
  for (u32 i = 0; i < max_steps; ++i) {
    HashCursor const cursor = TRY(HashCursor::seek(session, directory, hash));
    (void)TRY(read_leaf(session, directory, cursor.leaf()));
    BlockRef const leaf = TRY(read_file_block(session, directory, cursor.leaf()));
    if (TRY(add_to_leaf(change, directory, leaf, name, target))) return ok;
    u32 const level = cursor.depth();
    auto const count = count_at(cursor.node(level)->bytes(), cursor.entries_offset(level));
    if (count.count == count.capacity) TRY(make_room(change, directory, cursor, level));
    else TRY(split_leaf(change, directory, cursor, leaf));
  }
  return fail(Error::no_space);
}

}  // namespace hinge::ext4
