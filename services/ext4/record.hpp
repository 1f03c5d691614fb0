// Record: one change of a volume, as apply() carries it out and the vault's log keeps it: who asked, what was asked, what was
// chosen (inode and block numbers), what was replied. Applied to the same state it has the same effect, which is how a
// service that died in the middle of a transaction comes back.
#pragma once

#include "iface/filesystem.hpp"

namespace hinge::ext4 {

/// What a record asks for. Steps are parts of requests that may be too large for one transaction.
enum class Method : u32 {
  create = 1, symlink, link, unlink, remove_directory, rename, set_attributes, write, reserve, set_attribute, remove_attribute,
  release_step, allocate_step, punch_step,
};

/// Names the operation: `subject` tells the changes of one outermost request apart. sequence 0: nobody asks again.
struct OperationId {
  u64 sequence = 0, subject = 0;
  u32 thread = 0;
  Method method{};
  friend bool operator==(OperationId const&, OperationId const&) = default;
};

/// What was replied, as far as it cannot be looked up again.
struct Outcome {
  FileSystem::Removed removed{};
  InodeNumber inode{};        ///< Of Create, Symlink and Link, and whose attributes are replied.
  u64 next = finished;        ///< Of a step: where to go on.
  static constexpr u64 finished = ~u64{0};
};

/// Followed by the request, the choices and the text (a symlink's target, a second name, a value), each padded to 8 bytes.
struct RecordHead {
  OperationId operation;
  Outcome outcome;
  u64 promised;               ///< Space::promised after it.
  u32 bytes;                  ///< Of the whole record, a multiple of 8.
  u32 request_bytes, choices, text_bytes;
};

/// A range of blocks of a file: the request of allocate_step and punch_step.
struct RangeStep {
  InodeNumber inode;
  u64 from, to;
  u64 new_size;               ///< What the size becomes if it is less; 0: it stays.
  i64 change_ns;
};

/// The choices of a write: first how many pieces, then two words for each.
struct WrittenPiece {
  u32 block, count;           ///< Of the file.
  u64 start;
  bool mapped;                ///< The blocks were the file's before, unwritten.

  static constexpr u32 words = 2, max_pieces = 14;
  void put(u64* to) const {
    to[0] = u64{block} << 32 | count;
    to[1] = start << 1 | u64(mapped);
  }
  static WrittenPiece from(u64 const* words) { return {u32(words[0] >> 32), u32(words[0]), words[1] >> 1, (words[1] & 1) != 0}; }
};

}  // namespace hinge::ext4
