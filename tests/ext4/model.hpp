// A model of a file tree, and a player that does random things to it and to a mounted image alike.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/ext4/walk.hpp"
#include "tests/ext4/writable.hpp"

namespace hinge::test {

struct ModelFile {
  u32 type;                                  ///< As in a mode.
  std::string content;                       ///< Or a symlink's target.
  std::map<std::string, std::string> extended;
  u64 inode = 0;
};

/// By path, the root is "". Names of one file share it.
using ModelTree = std::map<std::string, std::shared_ptr<ModelFile>>;

/// What can be compared: path to type, links, content and attributes, in a string.
using Picture = std::map<std::string, std::string>;
Picture picture_of(ModelTree const& tree);
Picture picture_of(Tree const& tree);
/// The first difference, or nothing.
std::string difference(Picture const& a, Picture const& b);
/// The test fails when `found` is none of the states that a power cut may leave, oldest first.
void expect_one_of(std::vector<Picture> const& allowed, Picture const& found, u64 seed);

class Player {
 public:
  /// Plays below the root. `appends_only`: no byte of a file that was written is changed in place, so that each state of the
  /// disk is one of the model's.
  Player(Changes& w, u64 seed, bool appends_only = false) : Player{w, seed, w.root(), appends_only} {}
  /// Plays below an empty directory.
  Player(Changes& w, u64 seed, InodeNumber top, bool appends_only = false) : w_{w}, random_{seed}, appends_only_{appends_only} {
    tree_[""] = std::make_shared<ModelFile>(ModelFile{0040000, {}, {}, top.raw()});
  }
  /// One thing. False: it failed, which `what` tells.
  bool play();
  [[nodiscard]] ModelTree const& tree() const { return tree_; }
  [[nodiscard]] std::string const& what() const { return what_; }
  [[nodiscard]] Error error() const { return error_; }
  std::mt19937_64& random() { return random_; }

 private:
  std::string any(u32 type, bool or_none = false);
  std::string new_path();
  InodeNumber home(std::string const& path);
  static std::string leaf(std::string const& path) { return path.substr(path.rfind('/') + 1); }
  template <class T>
  bool good(Result<T> const& r) {
    if (!r) error_ = r.error();
    return r.has_value();
  }
  bool create(u32 type);
  bool write_some();
  bool truncate_some();
  bool rename_some();
  bool remove_some();
  bool attribute_some();
  bool allocate_some();
  void move_tree(std::string const& from, std::string const& to);
  bool drop(std::shared_ptr<ModelFile> file, u32 links);

  Changes& w_;
  std::mt19937_64 random_;
  bool appends_only_;
  ModelTree tree_;
  std::string what_;
  Error error_{};
  u64 names_ = 0;
};

}  // namespace hinge::test
