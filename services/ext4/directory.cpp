#include "services/ext4/directory.hpp"

#include "services/ext4/checksum.hpp"
#include "services/ext4/htree.hpp"

namespace hinge::ext4 {
namespace {

using format::DirectoryEntry;
using format::DirectoryTail;

/// What is wrong with a block of entries; null: nothing.
char const* fault_in(Bytes block, u32 end) {
  for (u32 at = 0; at < end;) {
    if (end - at < sizeof(DirectoryEntry)) return "directory: entries do not end with the block";
    auto const e = load<DirectoryEntry>(block, at);
    if (e.record_bytes % 4 != 0 || e.record_bytes < sizeof e || e.record_bytes > end - at) return "directory: length of an entry";
    if (e.inode != 0) {
      if (e.name_bytes == 0 || DirectoryEntry::bytes_for(e.name_bytes) > e.record_bytes) return "directory: length of a name";
      for (u32 i = 0; i < e.name_bytes; ++i)
        if (u8 const c = block[at + sizeof e + i]; c == 0 || c == '/') return "directory: a character that no name has";
    }
    at += e.record_bytes;
  }
  return nullptr;
}

/// With checksums, whether the block ends as it should.
bool has_tail(Bytes block) {
  auto const tail = load<DirectoryTail>(block, block.size() - sizeof(DirectoryTail));
  return tail.guise.inode == 0 && tail.guise.record_bytes == sizeof tail && tail.guise.name_bytes == 0 && tail.guise.type == DirectoryTail::type_mark;
}

}  // namespace

u32 leaf_checksum(Session const& session, Inode const& directory, Bytes block) {
  return crc32c(session.checksum_seed(directory.number, directory.raw.generation), block.first(block.size() - sizeof(DirectoryTail)));
}

Leaf::Leaf(Session const& session, BlockRef block) : block_{std::move(block)}, end_{leaf_bytes(session.geometry())} {}

bool Leaf::next(u32 offset, Entry& entry) const {
  Bytes const bytes = block_->bytes();
  while (offset < end_) {
    auto const e = load<DirectoryEntry>(bytes, offset);
    if (e.inode != 0) {
      char const* const name = reinterpret_cast<char const*>(bytes.data()) + offset + sizeof e;
      entry = {e.inode, offset, e.record_bytes, e.type, {name, e.name_bytes}};
      return true;
    }
    offset += e.record_bytes;
  }
  return false;
}

bool Leaf::find(std::string_view name, Entry& entry) const {
  for (u32 at = 0; next(at, entry); at = entry.offset + entry.record_bytes)
    if (entry.name == name) return true;
  return false;
}

Result<Leaf> read_leaf(Session const& session, Inode const& directory, FileBlock number) {
  BlockRef block = TRY(read_file_block(session, directory, number));
  u64 const proof = proof_of(ProofKind::directory_leaf, 0, directory.number, directory.raw.generation);
  if (!block->proven(proof)) {
    Bytes const bytes = block->bytes();
    if (session.geometry().checksums && block->change() == CachedBlock::unchanged) {
      if (!has_tail(bytes)) return session.corrupt("directory: no checksum", directory.number, block->number());
      if (load<u32>(bytes, bytes.size() - sizeof(u32)) != leaf_checksum(session, directory, bytes))
        return session.corrupt("directory: checksum", directory.number, block->number());
    }
    if (char const* fault = fault_in(bytes, leaf_bytes(session.geometry())))
      return session.corrupt(fault, directory.number, block->number());
    block->prove(proof);
  }
  return Leaf{session, std::move(block)};
}

Result<u32> look_up(Session const& session, Inode const& directory, std::string_view name) {
  if (directory.has(format::Inode::indexed)) return look_up_by_hash(session, directory, name);
  Leaf::Entry entry;
  u64 const blocks = directory.blocks(session.geometry());
  for (u64 i = 0; i < blocks; ++i)
    if (TRY(read_leaf(session, directory, FileBlock{i})).find(name, entry)) return entry.inode;
  return fail(Error::not_found);
}

}  // namespace hinge::ext4
