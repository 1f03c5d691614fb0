// Changing directories. The directory's Inode changes with them (size, blocks, flags) and is saved by the caller, who also
// sees to links and times.
#pragma once

#include "services/ext4/directory.hpp"
#include "services/ext4/inode_change.hpp"

namespace hinge::ext4 {

/// What an entry says besides the name.
struct EntryTarget { u32 inode; FileType type; };

/// Precondition: there is no entry of that name. no_space: no room for another block, or the index is full.
[[nodiscard]] Result<> add_entry(Change& change, Inode& directory, std::string_view name, EntryTarget target);
/// not_found.
[[nodiscard]] Result<> remove_entry(Change& change, Inode& directory, std::string_view name);
/// The name stands for something else from now on. not_found.
[[nodiscard]] Result<> redirect_entry(Change& change, Inode& directory, std::string_view name, EntryTarget target);
/// The first block of a new directory.
[[nodiscard]] Result<> make_dots(Change& change, Inode& directory, u32 parent);
[[nodiscard]] Result<> redirect_parent(Change& change, Inode& directory, u32 parent);
[[nodiscard]] Result<u32> parent_of(Session const& session, Inode const& directory);
/// Whether there is nothing but "." and "..".
[[nodiscard]] Result<bool> is_empty(Session const& session, Inode const& directory);

// For the index, see htree_change.cpp.
/// Inserts into a leaf, if there is room.
[[nodiscard]] Result<bool> add_to_leaf(Change& change, Inode const& directory, BlockRef const& leaf, std::string_view name, EntryTarget target);
/// Another block, of one unused entry.
struct NewBlock { u32 number; BlockRef block; };
[[nodiscard]] Result<NewBlock> append_block(Change& change, Inode& directory, BlockKind kind);
/// Fills a block's end with what follows the entries.
void put_leaf_tail(Geometry const& g, std::span<u8> block);
[[nodiscard]] Result<> add_by_hash(Change& change, Inode& directory, std::string_view name, EntryTarget target);
/// Gives an index to a directory of one block.
[[nodiscard]] Result<> make_index(Change& change, Inode& directory);

}  // namespace hinge::ext4
