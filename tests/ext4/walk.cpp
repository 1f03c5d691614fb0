#include "tests/ext4/walk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace hinge::test {
namespace {

Buffer buffer(void* at, usize bytes) { return {reinterpret_cast<u64>(at), u32(bytes), 1}; }

/// By a function of the library, since a fuzzer pays for each comparison of ours.
bool is_zero(std::string_view bytes) { return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0); }

}  // namespace

Tree Walk::tree() {
  Tree tree;
  auto const root = port.on(FileSystem::Root{volume, 0}, caller);
  if (good(root)) add(tree, "", root->root);
  return tree;
}

void Walk::add(Tree& tree, std::string const& path, Attributes const& attributes) {
  if (tree.size() >= max_nodes) return;
  Node& node = tree[path];
  node.attributes = attributes;
  node.extended = extended(attributes.inode);
  if (attributes.type() == FileType::regular && attributes.size <= max_content) node.content = content(attributes.inode, attributes.size, 0, u32(std::min<u64>(65536, align_up(attributes.size + 1, 4096))));
  else if (attributes.type() == FileType::regular) (void)content(attributes.inode, 1), (void)content(attributes.inode, 1, attributes.size - 1);
  if (attributes.type() == FileType::symlink) node.content = link(attributes.inode);
  if (attributes.type() != FileType::directory) return;
  for (auto const& [name, inode] : names(attributes.inode)) {
    auto const found = port.on(FileSystem::Lookup{attributes.inode, FileName::from(name)}, caller);
    if (!good(found)) continue;
    if (errors == 0) { EXPECT_EQ(found->found.inode.raw(), inode) << path << "/" << name; }
    add(tree, path + "/" + name, found->found);
  }
}

std::map<std::string, u64> Walk::names(InodeNumber directory) {
  std::map<std::string, u64> names;
  std::vector<u64> space(list_bytes / 8);
  for (u64 cookie = 0, batches = 0; batches < 100'000; ++batches) {
    auto const r = port.on(FileSystem::ReadDirectory{buffer(space.data(), list_bytes), directory, cookie}, caller);
    if (!good(r) || r->bytes == 0) break;
    for (u64 at = 0; at < r->bytes;) {
      auto const& e = *reinterpret_cast<FileSystem::Entry const*>(reinterpret_cast<char const*>(space.data()) + at);
      bool const is_new = names.emplace(e.name(), e.inode.raw()).second;
      if (errors == 0) { EXPECT_TRUE(is_new || max_nodes != ~u64{0}) << "twice: " << e.name(); }
      if (names.size() >= max_nodes) return names;
      cookie = e.cookie;
      at += e.record_bytes;
    }
  }
  return names;
}

std::string Walk::content(InodeNumber file, u64 size, u64 offset, u32 piece) {
  std::string content;
  if (space.size() < piece) space.resize(piece);
  while (content.size() < size) {
    std::fill_n(space.begin(), piece, '\xaa');
    auto const r = port.on(FileSystem::Read{buffer(space.data(), piece), file, offset + content.size()}, caller);
    if (!good(r) || *r == 0) break;
    bool const zeroed = is_zero(std::string_view{space}.substr(*r, piece - *r));
    unzeroed += !zeroed;
    EXPECT_TRUE(zeroed) << "not zeroed behind the end";
    content.append(space, 0, *r);
  }
  return content;
}

std::string Walk::link(InodeNumber symlink) {
  std::string space(4096, '\0');
  auto const r = port.on(FileSystem::ReadLink{buffer(space.data(), space.size()), symlink, 0}, caller);
  return good(r) ? space.substr(0, *r) : "";
}

std::map<std::string, std::string> Walk::extended(InodeNumber inode) {
  std::map<std::string, std::string> found;
  std::string names(256, '\0');
  auto bytes = port.on(FileSystem::ListAttributes{buffer(names.data(), names.size()), inode}, caller);
  if (bytes && *bytes > names.size()) {
    names.resize(*bytes);
    bytes = port.on(FileSystem::ListAttributes{buffer(names.data(), names.size()), inode}, caller);
  }
  if (!good(bytes)) return found;
  for (usize at = 0; at < *bytes; at = names.find('\0', at) + 1) {
    std::string const name = names.c_str() + at;
    space.resize(65536);
    auto const r = port.on(FileSystem::ReadAttribute{buffer(space.data(), space.size()), inode, FileName::from(name)}, caller);
    if (good(r)) found[name] = space.substr(0, *r);
  }
  return found;
}

}  // namespace hinge::test
