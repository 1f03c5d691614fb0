// The vault: state that outlives its service's crash, in place, at layout::slot_vault. It holds a header, the undo logs
// of the activations and typed pools whose objects are named by index and generation, so that a name kept elsewhere is
// checked and never dangles. Every store goes through an UndoLog (host/undo_log.hpp).
//
//     constinit host::Pool<Inode> inodes{1u << 16};
//     host::PoolBase* pools[] = {&inodes};
//     TRY(vault.attach("tmpfs", 1, pools));        // at start: formats a fresh vault, or rolls back and validates an old one
//     ...
//     host::Activation undo{vault};                 // one request
//     host::Name name = TRY(inodes.allocate(*undo));
//     TRY(undo->set(inodes.find(name)->mode, mode));
//     undo->commit();                               // else rolled back at the end of the scope
//
// A pool's free list is guarded by whatever lock the service holds around allocate and free of that pool.
#pragma once

#include <span>
#include <string_view>

#include "host/undo_log.hpp"

namespace hinge::host {

/// Index and generation of a pool's object. Generation 0 names nothing.
struct Name {
  u32 index = 0, generation = 0;
  friend constexpr bool operator==(Name, Name) = default;
  explicit operator bool() const { return generation != 0; }
};

/// What the vault knows of a pool, whatever it holds.
class PoolBase {
 public:
  PoolBase(PoolBase const&) = delete;
  PoolBase& operator=(PoolBase const&) = delete;
  [[nodiscard]] u32 used() const { return head_ ? head_->used : 0; }
  [[nodiscard]] u32 capacity() const { return capacity_; }

 protected:
  struct Cell {
    u32 generation;   ///< Odd while the object is there: raised by allocate and by free.
    u32 next_free;    ///< Index + 1 of the next free cell; 0 ends the list.
  };
  struct Head {
    u32 first_free;   ///< Index + 1.
    u32 fresh;        ///< Cells from here on were never used.
    u32 used, reserved;
  };

  constexpr PoolBase(u32 cell_bytes, u32 capacity) : cell_bytes_{cell_bytes}, capacity_{capacity} {}
  Result<Name> allocate_cell(UndoLog& undo);
  Result<> free_cell(UndoLog& undo, Name name);
  [[nodiscard]] Cell* cell(u32 index) const { return reinterpret_cast<Cell*>(cells_ + u64{index} * cell_bytes_); }
  [[nodiscard]] Cell* find_cell(Name name) const;
  /// The cell of that index if it is used, else null.
  [[nodiscard]] Cell* live_cell(u32 index) const;
  /// The first used cell at or after `index`, or null; `index` is set to it.
  Cell* next_cell(u32& index) const;

 private:
  friend class Vault;
  /// Commits the head; the cells are committed as they are first used.
  Result<> place(u64 at);
  [[nodiscard]] u64 bytes() const { return page_bytes + align_up(u64{cell_bytes_} * capacity_, page_bytes); }
  /// The free list and counts hold together: no index out of range, no cycle, no used cell on it.
  [[nodiscard]] bool consistent() const;
  Result<> commit_up_to(u32 index);

  Head* head_ = nullptr;
  u64 cells_ = 0;
  u64 committed_ = 0;   ///< Bytes of cells.
  u32 cell_bytes_, capacity_;
};

/// At most `capacity` objects of T, which is trivially copyable and valid when all zero.
template <class T>
class Pool : public PoolBase {
  static_assert(std::is_trivially_copyable_v<T>);
  struct Slot { Cell cell; T value; };

 public:
  constexpr explicit Pool(u32 capacity) : PoolBase{sizeof(Slot), capacity} {}

  /// A zeroed object. no_space when the pool is full or the log is.
  Result<Name> allocate(UndoLog& undo) {
    Name const name = TRY(allocate_cell(undo));
    TRY(undo.set(*find(name), T{}));
    return name;
  }
  /// The name and all its copies name nothing from now on. not_found when it is stale.
  Result<> free(UndoLog& undo, Name name) { return free_cell(undo, name); }
  /// The object, or nullptr when the name is stale.
  [[nodiscard]] T* find(Name name) const { return value(find_cell(name)); }
  /// Calls f(Name, T&) for every object.
  template <class F>
  void for_each(F&& f) const {
    for (u32 i = 0; Cell* c = next_cell(i); ++i) f(Name{i, c->generation}, *value(c));
  }

 private:
  static T* value(Cell* c) { return c ? &reinterpret_cast<Slot*>(c)->value : nullptr; }
};

class Vault {
 public:
  static constexpr u32 logs = 16;

  constexpr Vault() = default;
  /// At the service's start. A fresh vault is formatted; one with this owner and version (the version changes with the
  /// layout of any pooled type) is rolled back to the last commits and checked. corrupt: a record or a pool does not
  /// hold together, or it is another's. Returns true when there was state.
  Result<bool> attach(std::string_view owner, u32 version, std::span<PoolBase* const> pools);

 private:
  friend class Activation;
  struct Header {
    u64 magic;          ///< Written last when formatting.
    u32 version, pool_count;
    char owner[24];
    u64 layout;         ///< Hash of the pools' cell sizes and capacities.
  };
  static constexpr u64 magic = 0x31304c5641474e48;  // "HNGAVL01"
  static constexpr u64 logs_at = page_bytes;

  [[nodiscard]] UndoLog& log(u32 index) const { return *reinterpret_cast<UndoLog*>(base_ + logs_at + index * page_bytes); }
  Result<> format(std::string_view owner, u32 version, u32 pool_count, u64 layout);
  UndoLog* try_acquire();
  UndoLog& acquire();
  void give_back(UndoLog& log);

  u64 base_ = 0;
  std::atomic<u32> waiting_{0};    ///< Activations that sleep for a log.
  std::atomic<u32> released_{0};   ///< Rises when a log is given back to them; what they sleep on.
};

/// One request's use of a log: rolled back at the end of its scope unless committed.
class Activation {
 public:
  /// Sleeps while all logs are in use; the scope of each is bounded.
  explicit Activation(Vault& vault) : vault_{vault}, log_{vault.acquire()} {}
  Activation(Activation const&) = delete;
  Activation& operator=(Activation const&) = delete;
  ~Activation() {
    log_.rollback();
    vault_.give_back(log_);
  }
  UndoLog& operator*() const { return log_; }
  UndoLog* operator->() const { return &log_; }

 private:
  Vault& vault_;
  UndoLog& log_;
};

}  // namespace hinge::host
