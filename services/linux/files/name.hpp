// Name: one name in the tree: a directory entry as the personality has seen it. Names of a directory with stable names
// are cached, also those found absent (negative), so that a walk over known ground asks no file system.
//
// A Name keeps its inode (or its absence) for life; parent and text change when it is renamed, under the Tree lock. A
// removed name is taken out of the cache and lives on for those who hold it (cwd, open files).
#pragma once

#include <string_view>

#include "host/heap.hpp"
#include "services/linux/files/inode.hpp"

namespace hinge::linux_service {

class Name : public Counted {
 public:
  static constexpr usize max_bytes = 255;

  /// A name outside the cache: a root, a pipe, an entry of a generated directory. Null inode: negative. no_memory.
  static Attempt<Ref<Name>> make(Ref<Name> parent, std::string_view text, Ref<Inode> inode);
  void dispose();

  /// Null for a negative name.
  [[nodiscard]] Inode* inode() const { return inode_.get(); }
  [[nodiscard]] bool negative() const { return !inode_; }
  /// Null at a root.
  [[nodiscard]] Ref<Name> parent() const;
  /// Its text as of now; returns the length.
  usize copy_text(char (&to)[max_bytes]) const;
  /// Whether it has been removed from its directory.
  [[nodiscard]] bool removed() const { return removed_.load(std::memory_order_relaxed); }

  std::atomic<u32> mounts{0};  ///< Mounts on this name: if not 0, the walk asks the mount table.

 private:
  friend class NameCache;
  template <class T> friend void host::destroy(T*);
  Name(Ref<Name> parent, Ref<Inode> inode) : inode_{std::move(inode)}, parent_{std::move(parent)} {}
  ~Name();
  bool set_text(std::string_view text);
  [[nodiscard]] std::string_view text() const { return {text_, bytes_}; }

  Ref<Inode> const inode_;
  Ref<Name> parent_;           ///< Under the Tree lock.
  char* text_ = nullptr;       ///< Under the Tree lock and the bucket's: readers hold one of them.
  u32 bytes_ = 0;
  u32 hash_ = 0;
  Name* next_ = nullptr;       ///< In its bucket.
  bool cached_ = false;        ///< In a bucket; the bucket holds a reference.
  std::atomic<bool> recent_{true};  ///< Found since the last sweep.
  std::atomic<bool> removed_{false};
  static constexpr usize inline_bytes = 32;
  char inline_text_[inline_bytes];
};

/// The cache of all names, by {parent, text}.
class NameCache {
 public:
  /// The name if it is known; it may be negative. Null: ask the directory.
  static Ref<Name> find(Name const& parent, std::string_view text);
  /// Caches what the directory said (null: absent); under its Directory lock, after find found nothing.
  static Attempt<Ref<Name>> add(Name& parent, std::string_view text, Ref<Inode> inode);
  /// The name is gone from its directory.
  static void remove(Name& name);
  /// Forgets a negative name, if it is cached.
  static void forget_negative(Name const& parent, std::string_view text);
  /// `name` is now called `text` in `parent`; what was there has been removed before.
  static Attempt<> move(Name& name, Name& parent, std::string_view text);
  /// Two names change places.
  static Attempt<> exchange(Name& a, Name& b);
  /// Drops every cached name below `root` that nobody uses: before an unmount. Returns whether any is still used.
  static bool prune(Name const& root);
  /// Drops every cached name that nobody uses, below `root` only unless it is null.
  static void drop_unused(Name const* root);
  /// Whether `ancestor` is `name` or above it (within one file system).
  static bool is_above(Name const& ancestor, Name const& name);

 private:
  static void insert(Name& name);
  static bool take_out(Name& name);
  static void sweep();
};

}  // namespace hinge::linux_service
