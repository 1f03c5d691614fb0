// What tmpfs keeps in its vault: inodes, directory entries, pieces of long text, volumes and the operations done last.
// All are trivially copyable and valid when zero. Records name each other by host::Name, so that a stale one is noticed.
#pragma once

#include "host/vault.hpp"
#include "iface/filesystem.hpp"

namespace hinge::tmpfs {

using host::Name;

struct InodeRecord {
  u64 size;
  i64 access_ns, change_data_ns, change_ns, birth_ns;
  u64 device;
  u32 mode, owner, group, links;
  u32 volume;              ///< Index into the volumes.
  u32 entries;             ///< Of a directory.
  Name parent;             ///< Of a directory: where ".." leads; a root's is itself.
  Name first, last;        ///< Of a directory: its entries, oldest first.
  Name target;             ///< Of a symlink: first piece of its text.
  u32 next_order;          ///< Of a directory: the order number its next entry gets; never used twice.
  u32 reserved;
};

struct EntryRecord {
  static constexpr usize inline_bytes = 40;
  Name directory, inode;
  Name previous, next;     ///< In the directory, by order.
  Name rest;               ///< The text beyond inline_bytes.
  u32 hash;                ///< Of directory and text.
  u32 order;
  u32 chain;               ///< Index + 1 of the next entry of the same bucket. Not part of the state: made anew at start.
  u32 bytes;
  char text[inline_bytes];
};

/// A piece of a symlink's target, or the end of a long name.
struct TextRecord {
  static constexpr usize max_bytes = 240;
  Name next;
  char text[max_bytes];
};

struct VolumeRecord {
  u64 number;
  Name root;
};

/// The last change that a thread has had made: answered again when it is issued again after a crash. There is one for each
/// thread, since a thread waits for one answer at a time.
struct OperationRecord {
  u64 sequence;            ///< 0: its answer has arrived.
  u32 thread, method;
  u64 subject;             ///< Tells the changes of one outermost request apart: directory and name, hashed.
  FileSystem::Removed removed;
  Name inode;              ///< What Create, Symlink or Link replied with.
};

/// A pool whose fresh objects are written without the log: they mean nothing until something logged names them.
template <class T>
class FreshPool : public host::PoolBase {
  struct Slot { Cell cell; T value; };

 public:
  constexpr explicit FreshPool(u32 capacity) : PoolBase{sizeof(Slot), capacity} {}
  Result<Name> allocate(host::UndoLog& undo, T const& value) {
    Name const name = TRY(allocate_cell(undo));
    *find(name) = value;
    return name;
  }
  Result<> free(host::UndoLog& undo, Name name) { return free_cell(undo, name); }
  [[nodiscard]] T* find(Name name) const {
    Cell* const c = find_cell(name);
    return c ? &reinterpret_cast<Slot*>(c)->value : nullptr;
  }
  /// By index alone; `name` gets the current generation, even when the cell is free. Precondition: was allocated once.
  [[nodiscard]] T& at(u32 index, Name& name) const {
    Cell* const c = cell(index);
    name = Name{index, c->generation};
    return reinterpret_cast<Slot*>(c)->value;
  }
  /// By index from outside: null when there is none alive.
  [[nodiscard]] T* live_at(u32 index) const {
    Cell* const c = live_cell(index);
    return c ? &reinterpret_cast<Slot*>(c)->value : nullptr;
  }
  template <class F>
  void for_each(F&& f) const {
    for (u32 i = 0; Cell* c = next_cell(i); ++i) f(Name{i, c->generation}, reinterpret_cast<Slot*>(c)->value);
  }
};

/// Generations are odd while an object lives, so half of one is its count of predecessors: first numbers stay small.
constexpr InodeNumber to_number(Name name) { return InodeNumber{u64{name.generation >> 1} << 32 | (name.index + 1)}; }
constexpr Name to_name(InodeNumber number) {
  u32 const index = u32(number.raw());
  return index == 0 ? Name{} : Name{index - 1, u32(number.raw() >> 32) << 1 | 1};
}
static_assert(to_name(to_number(Name{5, 7})) == Name{5, 7});

}  // namespace hinge::tmpfs
