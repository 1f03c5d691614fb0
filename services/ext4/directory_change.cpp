#include "services/ext4/directory_change.hpp"

#include <algorithm>

#include "services/ext4/extents_change.hpp"
#include "services/ext4/htree.hpp"

namespace hinge::ext4 {
namespace {

using format::DirectoryEntry;
using format::DirectoryTail;

/// Section "Directory Entries", the file type codes.
u8 type_code(Geometry const& g, FileType type) {
  if (!g.file_types) return 0;
  switch (type) {
    case FileType::regular: return 1;
    case FileType::directory: return 2;
    case FileType::character: return 3;
    case FileType::block: return 4;
    case FileType::fifo: return 5;
    case FileType::socket: return 6;
    case FileType::symlink: return 7;
  }
  return 0;
}

BlockUse leaf_use(Inode const& directory) { return {BlockKind::leaf, directory.number, directory.raw.generation}; }

/// Writes an entry and its name.
Result<> put_entry(Change& change, BlockRef const& block, Inode const& directory, u32 at, u32 record_bytes, std::string_view name, EntryTarget target) {
  u32 const bytes = DirectoryEntry::bytes_for(u32(name.size()));
  auto const to = TRY(change.edit(block, leaf_use(directory), at, bytes));
  std::fill(to.begin(), to.end(), u8{0});
  store(to, 0, DirectoryEntry{target.inode, u16(record_bytes), u8(name.size()), type_code(change.geometry(), target.type)});
  std::memcpy(to.data() + sizeof(DirectoryEntry), name.data(), name.size());
  return ok;
}

struct Place { BlockRef block; u32 offset; };

Result<bool> find_in_leaf(Session const& session, Inode const& directory, FileBlock leaf, std::string_view name, Place& place) {
  Leaf::Entry entry;
  if (!TRY(read_leaf(session, directory, leaf)).find(name, entry)) return false;
  place = {TRY(read_file_block(session, directory, leaf)), entry.offset};
  return true;
}

Result<Place> find_entry(Session const& session, Inode const& directory, std::string_view name) {
  Place place{{}, 0};
  u64 const blocks = directory.blocks(session.geometry());
  if (!directory.has(format::Inode::indexed)) {
    for (u64 i = 0; i < blocks; ++i)
      if (TRY(find_in_leaf(session, directory, FileBlock{i}, name, place))) return place;
    return fail(Error::not_found);
  }
  u32 const hash = name_hash(name, TRY(hash_version_of(session, directory)), session.geometry().hash_seed);
  HashCursor cursor = TRY(HashCursor::seek(session, directory, hash));
  for (u64 rest = blocks; rest > 0; --rest) {
    if (TRY(find_in_leaf(session, directory, cursor.leaf(), name, place))) return place;
    if (cursor.next_key() != (hash | 1)) return fail(Error::not_found);
    TRY(cursor.next(session, directory));
  }
  return fail(Error::not_found);
}

constexpr u32 parent_offset = DirectoryEntry::bytes_for(1);   ///< Of ".." in block 0.

}  // namespace

void put_leaf_tail(Geometry const& g, std::span<u8> block) {
  if (!g.checksums) return;
  store(block, block.size() - sizeof(DirectoryTail), DirectoryTail{{0, sizeof(DirectoryTail), 0, DirectoryTail::type_mark}, 0});
}

Result<NewBlock> append_block(Change& change, Inode& directory, BlockKind kind) {
  Geometry const& g = change.geometry();
  u32 const number = u32(directory.blocks(g));
  format::Extent last{};
  ExtentTree tree{change, directory};
  bool const any = TRY(tree.find(number, last));
  BlockNumber const block = TRY(take_metadata_block(change, any ? last.start() + last.blocks() : goal_of(g, directory), false));
  TRY(tree.insert(number, {block.raw(), 1}, false));
  directory.size += g.block_bytes;
  add_blocks(g, directory, 1);
  NewBlock made{number, TRY(change.fresh(block, {kind, directory.number, directory.raw.generation}))};
  if (kind != BlockKind::leaf) return made;
  auto const bytes = made.block->writable();
  store(bytes, 0, DirectoryEntry{0, u16(leaf_bytes(g)), 0, 0});
  put_leaf_tail(g, bytes);
  return made;
}

Result<bool> add_to_leaf(Change& change, Inode const& directory, BlockRef const& leaf, std::string_view name, EntryTarget target) {
  u32 const end = leaf_bytes(change.geometry()), needed = DirectoryEntry::bytes_for(u32(name.size()));
  for (u32 at = 0; at < end;) {
    auto e = load<DirectoryEntry>(leaf->bytes(), at);
    if (e.record_bytes == 0) return change.session().corrupt("directory: length of an entry", directory.number, leaf->number());
    u32 const used = e.inode ? DirectoryEntry::bytes_for(e.name_bytes) : 0, room = e.record_bytes - used;
    if (room >= needed) {
      if (used) {
        e.record_bytes = u16(used);
        TRY(change.set(leaf, leaf_use(directory), at, e));
      }
      TRY(put_entry(change, leaf, directory, at + used, room, name, target));
      return true;
    }
    at += e.record_bytes;
  }
  return false;
}

Result<> add_entry(Change& change, Inode& directory, std::string_view name, EntryTarget target) {
  Session const& session = change.session();
  if (directory.has(format::Inode::indexed)) return add_by_hash(change, directory, name, target);
  u64 const blocks = directory.blocks(change.geometry());
  for (u64 i = 0; i < blocks; ++i) {
    (void)TRY(read_leaf(session, directory, FileBlock{i}));
    if (TRY(add_to_leaf(change, directory, TRY(read_file_block(session, directory, FileBlock{i})), name, target))) return ok;
  }
  if (blocks == 1 && change.geometry().makes_indices) {
    TRY(make_index(change, directory));
    return add_by_hash(change, directory, name, target);
  }
  NewBlock const made = TRY(append_block(change, directory, BlockKind::leaf));
  return TRY(add_to_leaf(change, directory, made.block, name, target)) ? Result<>{ok} : fail(Error::corrupt);
}

Result<> remove_entry(Change& change, Inode& directory, std::string_view name) {
  Place const place = TRY(find_entry(change.session(), directory, name));
  auto entry = load<DirectoryEntry>(place.block->bytes(), place.offset);
  u32 before = place.offset;
  for (u32 at = 0; at < place.offset; at += load<DirectoryEntry>(place.block->bytes(), at).record_bytes) before = at;
  if (before == place.offset) {
    entry.inode = 0;
    return change.set(place.block, leaf_use(directory), place.offset, entry);
  }
  auto previous = load<DirectoryEntry>(place.block->bytes(), before);
  previous.record_bytes = u16(previous.record_bytes + entry.record_bytes);
  return change.set(place.block, leaf_use(directory), before, previous);
}

Result<> redirect_entry(Change& change, Inode& directory, std::string_view name, EntryTarget target) {
  Place const place = TRY(find_entry(change.session(), directory, name));
  auto entry = load<DirectoryEntry>(place.block->bytes(), place.offset);
  entry.inode = target.inode;
  entry.type = type_code(change.geometry(), target.type);
  return change.set(place.block, leaf_use(directory), place.offset, entry);
}

Result<> make_dots(Change& change, Inode& directory, u32 parent) {
  NewBlock const made = TRY(append_block(change, directory, BlockKind::leaf));
  TRY(put_entry(change, made.block, directory, 0, parent_offset, ".", {directory.number, FileType::directory}));
  return put_entry(change, made.block, directory, parent_offset, leaf_bytes(change.geometry()) - parent_offset, "..", {parent, FileType::directory});
}

Result<u32> parent_of(Session const& session, Inode const& directory) {
  BlockRef const block = TRY(read_file_block(session, directory, FileBlock{0}));
  auto const dots = load<DirectoryEntry>(block->bytes(), parent_offset);
  if (dots.name_bytes != 2 || dots.inode == 0) return session.corrupt("directory: no \"..\"", directory.number, block->number());
  return dots.inode;
}

Result<> redirect_parent(Change& change, Inode& directory, u32 parent) {
  (void)TRY(parent_of(change.session(), directory));
  BlockRef const block = TRY(read_file_block(change.session(), directory, FileBlock{0}));
  BlockUse use = leaf_use(directory);
  // Checked before it is sealed anew.
  if (directory.has(format::Inode::indexed)) {
    (void)TRY(hash_version_of(change.session(), directory));
    use.kind = BlockKind::hash_tree;
  } else {
    (void)TRY(read_leaf(change.session(), directory, FileBlock{0}));
  }
  return change.set(block, use, parent_offset, parent);
}

Result<bool> is_empty(Session const& session, Inode const& directory) {
  u32 const block_bytes = session.geometry().block_bytes;
  for (u64 i = 0; i < directory.blocks(session.geometry()); ++i) {
    BlockRef const block = TRY(read_file_block(session, directory, FileBlock{i}));
    for (u32 at = i == 0 ? parent_offset : 0; at + sizeof(DirectoryEntry) <= block_bytes;) {
      auto const e = load<DirectoryEntry>(block->bytes(), at);
      if (e.record_bytes < sizeof e || e.record_bytes > block_bytes - at)
        return session.corrupt("directory: length of an entry", directory.number, block->number());
      if (e.inode != 0 && !(i == 0 && at == parent_offset)) return false;
      at += e.record_bytes;
    }
  }
  return true;
}

}  // namespace hinge::ext4
