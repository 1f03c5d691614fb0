// Store: tmpfs' inodes and names in the vault, and the index over names outside it. Everything here is called under the
// service's one lock and, when it changes something, within one activation: it either commits as a whole or never was.
// The index follows after the commit (it cannot fail, and it is made anew at start).
#pragma once

#include "services/tmpfs/records.hpp"

namespace hinge::tmpfs {

class Store {
 public:
  static constexpr u32 max_inodes = 1 << 18;
  static constexpr u32 max_entries = 1 << 18;
  static constexpr u32 max_links = 65000;
  static constexpr u64 entry_size = 20;  ///< What a directory's size grows by: programs see the numbers of Linux' tmpfs.

  /// Formats a fresh vault or takes over what is there, then indexes it. corrupt: names and inodes do not fit together.
  Result<> attach();

  [[nodiscard]] InodeRecord* inode(Name name) const { return inodes_.find(name); }
  /// not_found when stale.
  Result<InodeRecord*> inode(InodeNumber number) const;
  /// not_found, not_directory.
  Result<InodeRecord*> directory(InodeNumber number) const;
  [[nodiscard]] EntryRecord* entry(Name name) const { return entries_.find(name); }
  /// The entry called `text`, or an empty name.
  [[nodiscard]] Name find(Name directory, std::string_view text) const;
  [[nodiscard]] Attributes attributes(Name name, InodeRecord const& inode) const;
  /// Where a listing goes on after the entry with this cookie.
  [[nodiscard]] Name after(InodeRecord const& directory, Name directory_name, u64 cookie) const;
  [[nodiscard]] static u64 cookie(Name entry, EntryRecord const& e) { return u64{e.order + 1} << 24 | entry.index; }
  /// Copies the entry's whole text; `to` has room for 255 bytes.
  void text_of(EntryRecord const& e, char* to) const;

  Result<Name> create_inode(host::UndoLog& undo, InodeRecord const& initial);
  /// Adds a name; the caller has seen that it is free. Times and links of the directory follow; the inode's links do not.
  Result<Name> add_entry(host::UndoLog& undo, Name directory, std::string_view text, Name inode, i64 now_ns);
  /// Takes a name away, from the directory only.
  Result<> remove_entry(host::UndoLog& undo, Name entry, i64 now_ns);
  /// Frees an inode and its text. It has no names and, if a directory, no entries.
  Result<> free_inode(host::UndoLog& undo, Name inode);

  /// Stores a text in pieces.
  Result<Name> add_text(host::UndoLog& undo, std::string_view text);
  /// Copies up to `room` bytes of a text from `offset` on.
  usize read_text(Name first, u64 offset, u64 size, char* to, usize room) const;

  /// Index upkeep, after a commit. unindex goes by the hash that the entry had and works on its freed record.
  void index(Name entry);
  void unindex(u32 entry_index, u32 hash);
  static u32 hash_of(Name directory, std::string_view text);

  host::Vault vault;
  host::Pool<VolumeRecord> volumes{64};
  /// The record of a thread, or null.
  [[nodiscard]] OperationRecord* operation_of(u32 thread) const;
  /// Puts it in the place of its thread's last one. no_space.
  Result<> record(host::UndoLog& undo, OperationRecord const& operation);
  static constexpr u32 max_threads = 1 << 16;   ///< As many as the nucleus has; they are numbered from 1.
  [[nodiscard]] u32 inodes_used() const { return inodes_.used(); }

 private:
  static constexpr u32 buckets = 1 << 15;
  Result<> free_text(host::UndoLog& undo, Name first);
  [[nodiscard]] bool same_text(EntryRecord const& e, std::string_view text) const;
  Result<> validate() const;

  FreshPool<OperationRecord> operations_{max_threads};
  FreshPool<InodeRecord> inodes_{max_inodes};
  FreshPool<EntryRecord> entries_{max_entries};
  FreshPool<TextRecord> texts_{1 << 17};
  u32 first_[buckets] = {};    ///< Entry index + 1.
  u32 operation_of_[max_threads] = {};   ///< By thread: the index of its record + 1. Made anew at start, like the above.
};

}  // namespace hinge::tmpfs
