#include "services/ext4/htree.hpp"

#include "services/ext4/checksum.hpp"

namespace hinge::ext4 {
namespace {

using format::HashCount;
using format::HashEntry;
using format::HashRoot;
using format::HashTail;

constexpr u8 last_hash_version = u8(format::HashVersion::tea_unsigned);

/// What is wrong with the entries of a tree block, without the checksum; null: nothing.
char const* fault_in(Bytes block, u32 entries_offset, Geometry const& g) {
  auto const count = load<HashCount>(block, entries_offset);
  usize const room = block.size() - entries_offset - (g.checksums ? sizeof(HashTail) : 0);
  if (count.capacity > room / sizeof(HashEntry) || count.count > count.capacity) return "directory index: number of entries";
  if (count.count == 0) return "directory index: empty";
  u32 before = 0;
  for (u32 i = 1; i < count.count; ++i) {
    u32 const key = load<HashEntry>(block, entries_offset + i * sizeof(HashEntry)).hash;
    // Equal keys only where one hash fills more than two leaves.
    if (key < before || (key == before && key % 2 == 0)) return "directory index: entries out of order";
    before = key;
  }
  return nullptr;
}

/// What is wrong with the root's own part.
char const* fault_in_root(Bytes block, Geometry const& g) {
  auto const root = load<HashRoot>(block, HashRoot::offset);
  auto const dot = load<format::DirectoryEntry>(block, 0), dots = load<format::DirectoryEntry>(block, 12);
  if (dot.record_bytes != 12 || dots.record_bytes != block.size() - 12) return "directory index: the root's frame";
  if (root.reserved != 0 || root.info_bytes != sizeof root || root.hash_version > last_hash_version) return "directory index: the root's fields";
  if (root.levels > (g.large_directories ? 2 : 1)) return "directory index: number of levels";
  return nullptr;
}

/// What is wrong with a node's own part: to who does not know of trees it is one unused entry.
char const* fault_in_frame(Bytes block) {
  auto const entry = load<format::DirectoryEntry>(block, 0);
  return entry.inode == 0 && entry.record_bytes == block.size() ? nullptr : "directory index: a node's frame";
}

/// A tree block, checked; level 0 is the root.
Result<BlockRef> read_tree_block(Session const& session, Inode const& directory, FileBlock number, u32 level) {
  Geometry const& g = session.geometry();
  BlockRef block = TRY(read_file_block(session, directory, number));
  u64 const proof = proof_of(ProofKind::hash_tree, level, directory.number, directory.raw.generation);
  if (block->proven(proof)) return block;
  Bytes const bytes = block->bytes();
  u32 const at = level == 0 ? HashRoot::entries_offset : format::hash_node_entries_offset;
  char const* fault = level == 0 ? fault_in_root(bytes, g) : fault_in_frame(bytes);
  if (!fault) fault = fault_in(bytes, at, g);
  if (fault) return session.corrupt(fault, directory.number, block->number());
  if (g.checksums && block->change() == CachedBlock::unchanged) {
    usize const tail = at + load<HashCount>(bytes, at).capacity * sizeof(HashEntry);
    if (load<HashTail>(bytes, tail).checksum != tree_checksum(session, directory, bytes, at))
      return session.corrupt("directory index: checksum", directory.number, block->number());
  }
  block->prove(proof);
  return block;
}

}  // namespace

u32 tree_checksum(Session const& session, Inode const& directory, Bytes block, u32 entries_offset) {
  auto const count = load<HashCount>(block, entries_offset);
  u32 sum = crc32c(session.checksum_seed(directory.number, directory.raw.generation),
                   block.first(entries_offset + count.count * sizeof(HashEntry)));
  auto tail = load<HashTail>(block, entries_offset + count.capacity * sizeof(HashEntry));
  tail.checksum = 0;
  return crc32c_of(sum, tail);
}

HashEntry HashCursor::Step::at(u32 i) const { return load<HashEntry>(block->bytes(), entries_offset + i * sizeof(HashEntry)); }

void HashCursor::Step::choose(u32 hash) {
  u32 low = 1, high = count;
  while (low < high) {
    u32 const middle = (low + high) / 2;
    if (at(middle).hash <= hash) low = middle + 1;
    else high = middle;
  }
  index = low - 1;
}

Result<> HashCursor::enter(Session const& session, Inode const& directory, FileBlock node, u32 low, u64 high) {
  Step& step = steps_[depth_];
  step.block = TRY(read_tree_block(session, directory, node, depth_));
  for (u32 above = 0; above < depth_; ++above)
    if (steps_[above].block->number() == step.block->number())
      return session.corrupt("directory index: a node below itself", directory.number, step.block->number());
  step.entries_offset = depth_ == 0 ? HashRoot::entries_offset : format::hash_node_entries_offset;
  step.count = load<HashCount>(step.block->bytes(), step.entries_offset).count;
  step.index = 0;
  step.low = low;
  step.high = high;
  if (step.count > 1 && (step.at(1).hash < low || step.at(step.count - 1).hash > high))
    return session.corrupt("directory index: a node's keys leave its parent's range", directory.number, step.block->number());
  return ok;
}

Result<> HashCursor::descend(Session const& session, Inode const& directory, u32 hash) {
  while (depth_ < levels_) {
    FileBlock const node = leaf();
    u32 const low = key();
    u64 const high = next_key();
    ++depth_;
    TRY(enter(session, directory, node, low, high));
    steps_[depth_].choose(hash);
  }
  return ok;
}

Result<HashCursor> HashCursor::seek(Session const& session, Inode const& directory, u32 hash) {
  HashCursor c;
  TRY(c.enter(session, directory, FileBlock{0}, 0, end_of_hashes));
  c.levels_ = load<HashRoot>(c.steps_[0].block->bytes(), HashRoot::offset).levels;
  c.steps_[0].choose(hash);
  TRY(c.descend(session, directory, hash));
  return c;
}

FileBlock HashCursor::leaf() const {
  constexpr u32 block_mask = 0x0fff'ffff;  // The upper bits are reserved.
  return FileBlock{steps_[depth_].at(steps_[depth_].index).block & block_mask};
}

u32 HashCursor::key() const { return steps_[depth_].key(); }

Result<> HashCursor::next(Session const& session, Inode const& directory) {
  while (depth_ > 0 && steps_[depth_].index + 1 >= steps_[depth_].count) --depth_;
  if (steps_[depth_].index + 1 >= steps_[depth_].count) return fail(Error::not_found);
  ++steps_[depth_].index;
  return descend(session, directory, key() & ~u32{1});
}

Result<format::HashVersion> hash_version_of(Session const& session, Inode const& directory) {
  Geometry const& g = session.geometry();
  u32 version = g.hash_version;
  if (directory.has(format::Inode::indexed)) {
    BlockRef const root = TRY(read_tree_block(session, directory, FileBlock{0}, 0));
    version = load<HashRoot>(root->bytes(), HashRoot::offset).hash_version;
  }
  if (version < u32(format::HashVersion::legacy_unsigned) && g.unsigned_hash) version += u32(format::HashVersion::legacy_unsigned);
  return format::HashVersion(version);
}

Result<u32> look_up_by_hash(Session const& session, Inode const& directory, std::string_view name) {
  u32 const hash = name_hash(name, TRY(hash_version_of(session, directory)), session.geometry().hash_seed);
  HashCursor cursor = TRY(HashCursor::seek(session, directory, hash));
  Leaf::Entry entry;
  // There are no more leaves than blocks; a tree that says so goes in circles.
  for (u64 rest = directory.blocks(session.geometry()); rest > 0; --rest) {
    if (TRY(read_leaf(session, directory, cursor.leaf())).find(name, entry)) return entry.inode;
    if (cursor.next_key() != (hash | 1)) return fail(Error::not_found);
    TRY(cursor.next(session, directory));
  }
  return session.corrupt("directory index: more leaves than blocks", directory.number);
}

}  // namespace hinge::ext4
