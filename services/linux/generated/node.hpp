// Node: the inode of a generated file; made when its name is looked up, forgotten when nobody uses it. And the superblock
// that such a tree hangs from.
#pragma once

#include "host/heap.hpp"
#include "services/linux/files/inode.hpp"
#include "services/linux/files/superblock.hpp"
#include "services/linux/generated/entry.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service::generated {

class Node final : public Inode {
 public:
  Node(Superblock& superblock, InodeNumber number, Found const& what, bool passing)
      : Inode{superblock, number, what.entry->mode, what.owner, what.group, what.entry->device ? what.entry->device(what.subject) : 0},
        entry_{*what.entry}, subject_{what.subject}, made_ns_{i64(wall_ns(hinge_time_page))}, passing_{passing} {}
  void dispose() override { host::destroy(this); }

  [[nodiscard]] bool names_change_by_themselves() const override { return passing_ || (entry_.find && !entry_.settled); }
  Attempt<Ref<Inode>> lookup(Thread& self, std::string_view name) override;
  Attempt<> list(Thread& self, u64 from, EntrySink& sink) override;
  Attempt<usize> read_link(Thread& self, char* to, usize room) override;
  Attempt<Path> follow(Thread& self) override;
  Attempt<Ref<File>> open(Thread& self, Path const& path, u32 flags) override;
  Attempt<Status> status(Thread& self) override;

 private:
  Entry const& entry_;
  Subject const subject_;
  i64 const made_ns_;          ///< What all its times show, as Linux has it.
  bool const passing_;         ///< Some directory above has names that come and go.
};

/// A tree from its root entry. One instance may be mounted many times.
class Tree final : public Superblock {
 public:
  Tree(FilesystemType const& type, Entry const& root, u64 magic) : Superblock{type}, root_{root}, magic_{magic} {}
  void dispose() override { host::destroy(this); }
  Ref<Inode> root() override;
  Attempt<FileSystem::Statistics::Reply> statistics() override { return FileSystem::Statistics::Reply{page_bytes, 0, 0, 0, 0, 255, magic_}; }

  /// For FilesystemType::mount.
  static Attempt<Ref<Superblock>> make(FilesystemType const& type, Entry const& root, u64 magic);

 private:
  Entry const& root_;
  u64 const magic_;
};

}  // namespace hinge::linux_service::generated
