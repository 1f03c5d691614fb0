#include "tests/ext4/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace hinge::test {
namespace {

using Fs = FileSystem;
constexpr u32 regular = 0100000, directory = 0040000, link = 0120000;

std::string describe(u32 type, u64 links, std::string const& content, std::map<std::string, std::string> const& extended) {
  std::string text = std::to_string(type) + " links " + std::to_string(type == directory ? 0 : links) + " bytes " + std::to_string(content.size()) + " hash " +
                     std::to_string(std::hash<std::string>{}(content));
  for (auto const& [name, value] : extended) text += " " + name + "=" + std::to_string(std::hash<std::string>{}(value));
  return text;
}

}  // namespace

Picture picture_of(ModelTree const& tree) {
  Picture picture;
  for (auto const& [path, file] : tree) {
    u64 const links = u64(std::count_if(tree.begin(), tree.end(), [&](auto const& other) { return other.second == file; }));
    picture[path] = describe(file->type, links, file->content, file->extended);
  }
  return picture;
}

Picture picture_of(Tree const& tree) {
  Picture picture;
  for (auto const& [path, node] : tree)
    if (path != "/lost+found") picture[path] = describe(node.attributes.mode & file_type_mask, node.attributes.links, node.content, node.extended);
  return picture;
}

std::string difference(Picture const& a, Picture const& b) {
  for (auto const& [path, text] : a) {
    auto const there = b.find(path);
    if (there == b.end()) return "missing: " + path;
    if (there->second != text) return path + ": " + text + " | " + there->second;
  }
  for (auto const& [path, text] : b)
    if (!a.contains(path)) return "too much: " + path + " " + text;
  return "";
}

void expect_one_of(std::vector<Picture> const& allowed, Picture const& found, u64 seed) {
  EXPECT_TRUE(std::ranges::find(allowed, found) != allowed.end()) << "seed " << seed << ": of " << allowed.size() << " states none; first: "
                                                     << difference(allowed.front(), found) << "; last: " << difference(allowed.back(), found);
}

std::string Player::any(u32 type, bool or_none) {
  std::vector<std::string> found;
  for (auto const& [path, file] : tree_)
    if ((type == 0 || file->type == type) && !(or_none && path.empty())) found.push_back(path);
  return found.empty() ? "" : found[random_() % found.size()];
}

std::string Player::new_path() {
  std::string name = "n" + std::to_string(names_++);
  if (random_() % 8 == 0) name.append(random_() % (250 - name.size()), 'x');
  return any(directory) + "/" + name;
}

InodeNumber Player::home(std::string const& path) { return InodeNumber{tree_.at(path.substr(0, path.rfind('/')))->inode}; }

bool Player::create(u32 type) {
  std::string const path = new_path();
  what_ = "create " + path;
  Result<Attributes> made = fail(Error::invalid);
  std::string target;
  if (type == link) made = w_.symlink(home(path), leaf(path), target = std::string(1 + random_() % (random_() % 2 ? 59 : 900), 't'));
  else made = w_.create(home(path), leaf(path), type | 0644);
  if (!good(made)) return false;
  tree_[path] = std::make_shared<ModelFile>(ModelFile{type, target, {}, made->inode.raw()});
  return true;
}

bool Player::write_some() {
  std::string const path = any(regular);
  if (path.empty()) return true;
  auto const& file = tree_.at(path);
  u64 const gap = random_() % 6 == 0 ? random_() % 60'000 : 0;
  u64 const offset = appends_only_ || random_() % 3 ? file->content.size() + gap : random_() % (file->content.size() + 1);
  std::string bytes(1 + random_() % (random_() % 8 ? 9'000 : 120'000), '\0');
  for (char& c : bytes) c = char('a' + random_() % 26);
  what_ = "write " + path + " at " + std::to_string(offset) + " bytes " + std::to_string(bytes.size());
  if (!good(w_.write(InodeNumber{file->inode}, offset, bytes))) return false;
  if (file->content.size() < offset + bytes.size()) file->content.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), file->content.begin() + i64(offset));
  return true;
}

bool Player::truncate_some() {
  std::string const path = any(regular);
  if (path.empty()) return true;
  auto const& file = tree_.at(path);
  u64 size = random_() % 4 == 0 ? 0 : random_() % (file->content.size() * 5 / 4 + 1);
  if (appends_only_) size = size / 4096 * 4096;
  what_ = "truncate " + path + " to " + std::to_string(size);
  if (!good(w_.truncate(InodeNumber{file->inode}, size))) return false;
  file->content.resize(size, '\0');
  return true;
}

/// The last name of a file is gone: nobody has it open here.
bool Player::drop(std::shared_ptr<ModelFile> file, u32 links) {
  return links != 0 || good(w_.release(InodeNumber{file->inode}));
}

void Player::move_tree(std::string const& from, std::string const& to) {
  ModelTree moved;
  for (auto at = tree_.begin(); at != tree_.end();) {
    if (at->first == from || at->first.starts_with(from + "/")) {
      moved[to + at->first.substr(from.size())] = at->second;
      at = tree_.erase(at);
    } else {
      ++at;
    }
  }
  tree_.merge(moved);
}

bool Player::rename_some() {
  std::string const from = any(0, true);
  if (from.empty()) return true;
  bool const over = random_() % 3 == 0;
  std::string const to = over ? any(tree_.at(from)->type == directory ? directory : regular, true) : new_path();
  if (to.empty() || to == from || to.starts_with(from + "/") || from.starts_with(to + "/")) return true;
  auto const victim = tree_.contains(to) ? tree_.at(to) : nullptr;
  if (victim && (victim == tree_.at(from) || (tree_.at(from)->type != directory) != (victim->type != directory))) return true;
  bool const exchange = victim && random_() % 3 == 0;
  what_ = "rename " + from + " to " + to + (exchange ? " exchange" : "");
  if (victim && !exchange && victim->type == directory && std::any_of(tree_.begin(), tree_.end(), [&](auto const& e) { return e.first.starts_with(to + "/"); }))
    return true;
  auto const r = w_.rename(home(from), leaf(from), home(to), leaf(to), exchange ? u64{Fs::Rename::exchange} : 0);
  if (!good(r)) return false;
  if (exchange) {
    move_tree(from, "/<");
    move_tree(to, from);
    move_tree("/<", to);
    return true;
  }
  tree_.erase(to);
  move_tree(from, to);
  return !victim || drop(victim, r->links);
}

bool Player::remove_some() {
  std::string const path = any(0, true);
  if (path.empty()) return true;
  auto const file = tree_.at(path);
  what_ = "remove " + path;
  if (file->type == directory) {
    if (std::any_of(tree_.begin(), tree_.end(), [&](auto const& e) { return e.first.starts_with(path + "/"); })) return true;
    auto const r = w_.remove_directory(home(path), leaf(path));
    if (!good(r)) return false;
    tree_.erase(path);
    return drop(file, 0);
  }
  auto const r = w_.unlink(home(path), leaf(path));
  if (!good(r)) return false;
  tree_.erase(path);
  return drop(file, r->links);
}

bool Player::attribute_some() {
  std::string const path = any(0);
  auto const& file = tree_.at(path);
  if (file->type == link) return true;
  std::string const name = "user.a" + std::to_string(random_() % 6);
  if (file->extended.contains(name) && random_() % 2) {
    what_ = "remove attribute " + name + " of " + path;
    file->extended.erase(name);
    return good(w_.remove_attribute(InodeNumber{file->inode}, name));
  }
  std::string const value(random_() % (random_() % 3 ? 30 : 140), char('A' + random_() % 26));
  what_ = "set attribute " + name + " of " + path + " bytes " + std::to_string(value.size());
  if (!good(w_.set_attribute(InodeNumber{file->inode}, name, value))) return false;
  file->extended[name] = value;
  return true;
}

bool Player::allocate_some() {
  std::string const path = any(regular);
  if (path.empty()) return true;
  auto const& file = tree_.at(path);
  u64 const offset = random_() % (file->content.size() + 20'000), bytes = 1 + random_() % 50'000, mode = random_() % 3, keep = mode == 1 ? 1 : random_() % 2;
  what_ = "allocate " + path + " mode " + std::to_string(mode) + " at " + std::to_string(offset) + " bytes " + std::to_string(bytes);
  if (!good(w_.port.on(Fs::Allocate{InodeNumber{file->inode}, offset, bytes, mode, keep, w_.now_ns}, w_.next()))) return false;
  if (!keep && file->content.size() < offset + bytes) file->content.resize(offset + bytes, '\0');
  if (mode != 0 && offset < file->content.size()) {
    auto const begin = file->content.begin() + i64(offset);
    std::fill(begin, begin + i64(std::min(bytes, file->content.size() - offset)), '\0');
  }
  return true;
}

bool Player::play() {
  switch (random_() % 20) {
    case 0: case 1: case 2: case 3: return create(regular);
    case 4: case 5: return create(directory);
    case 6: return create(link);
    case 7: case 8: case 9: case 10: return write_some();
    case 11: return truncate_some();
    case 12: case 13: case 14: return rename_some();
    case 15: case 16: return remove_some();
    case 17: return attribute_some();
    case 18: return appends_only_ || allocate_some();
    default: {
      std::string const old = any(regular);
      if (old.empty()) return true;
      std::string const path = new_path();
      what_ = "link " + old + " as " + path;
      if (!good(w_.link(InodeNumber{tree_.at(old)->inode}, home(path), leaf(path)))) return false;
      tree_[path] = tree_.at(old);
      return true;
    }
  }
}

}  // namespace hinge::test
