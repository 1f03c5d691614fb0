#include "tests/ext4/scripted.hpp"

namespace hinge::test {
namespace {

using Fs = FileSystem;
constexpr usize max_names = 200, max_walked = 24, max_listed = 8;
constexpr u32 most_at_once = 16;   ///< Files that one step makes: a few blocks of a directory.
constexpr u64 unit = 512;   ///< Of offsets and lengths in steps.

std::string name_of(u8 number) {
  std::string name = "n" + std::to_string(number % 32);
  if (number & 32) name.append(200, 'x');
  return name;
}

}  // namespace

std::vector<KnownName> known_names(Changes& changes) {
  auto const root = changes.port.on(Fs::Root{1, 0}, changes.caller);
  std::vector<KnownName> names{{InodeNumber{}, "", root ? root->root.inode : InodeNumber{u64{1} << 32 | 2}}};
  Walk walk{changes.port, changes.caller};
  walk.max_nodes = max_walked;
  walk.max_content = 0;
  Tree const tree = walk.tree();
  for (auto const& [path, node] : tree) {
    auto const cut = path.rfind('/');
    if (cut == std::string::npos) continue;
    auto const parent = tree.find(path.substr(0, cut));
    if (parent != tree.end()) names.push_back({parent->second.attributes.inode, path.substr(cut + 1), node.attributes.inode});
  }
  return names;
}

/// What stands there, which may be no directory at all, or the root.
InodeNumber Scripted::directory(u8 number) { return number & 1 ? any(number >> 1).inode : names_[0].inode; }

void Scripted::learn(InodeNumber in, std::string const& name, InodeNumber inode) {
  if (names_.size() < max_names) names_.push_back({in, name, inode});
}

void Scripted::made(InodeNumber in, std::string const& name, Result<Attributes> const& result) {
  if (good(result)) learn(in, name, result->inode);
}

void Scripted::create(Step const& step, u32 mode) {
  auto const in = directory(step.on);
  made(in, name_of(step.name), changes_.create(in, name_of(step.name), mode));
}

/// Enough names that directories get further blocks and an index.
void Scripted::create_many(Step const& step) {
  auto const in = directory(step.on);
  std::string const rest(step.at % 200, 'y');
  for (u32 i = 0; i < step.bytes % most_at_once; ++i) {
    std::string const name = "many" + std::to_string(step.name * 64 + i) + rest;
    auto const file = changes_.create(in, name);
    if (i == 0 || !file) made(in, name, file);
    if (!file) return;
  }
}

void Scripted::remove(Step const& step, bool directory) {
  auto& name = any(step.on);
  if (name.name.empty()) return;
  auto const gone = directory ? changes_.remove_directory(name.directory, name.name) : changes_.unlink(name.directory, name.name);
  if (good(gone) && gone->links == 0 && step.with & 1) (void)good(changes_.release(gone->inode));
}

void Scripted::rename(Step const& step) {
  auto& name = any(step.on);
  if (name.name.empty()) return;
  auto const to = directory(step.with);
  std::string const new_name = step.name & 64 ? any(step.name).name + "r" : name_of(step.name);
  if (new_name.size() > FileName::max_bytes) return;
  auto const gone = changes_.rename(name.directory, name.name, to, new_name, step.at % 3);
  if (!good(gone)) return;
  if (gone->existed && gone->links == 0) (void)good(changes_.release(gone->inode));
  name.directory = to;
  name.name = new_name;
}

void Scripted::allocate(Step const& step) {
  auto const& name = any(step.on);
  (void)good(changes_.port.on(Fs::Allocate{name.inode, step.at * unit, step.bytes * unit + 1, u64{step.with} % 3, u64{step.with} >> 2 & 1, changes_.now_ns}, changes_.next()));
}

/// Blocks that nobody else may have, or them back: what comes next soon finds the disk full.
void Scripted::reserve(Step const& step) {
  i64 const blocks = step.at % 4096;
  (void)good(changes_.port.on(Fs::Reserve{1, step.with & 16 ? -blocks : blocks, ++reserved_}, changes_.next()));
}

void Scripted::read(Step const& step) {
  Walk walk{changes_.port, changes_.caller};
  (void)walk.content(any(step.on).inode, step.bytes % 64 * unit, step.at * unit, 4096);
  (void)walk.extended(any(step.with).inode);
  note(walk);
  if (auto const r = changes_.port.on(Fs::FindData{any(step.on).inode, step.at * unit, u64{step.with} & 1}, changes_.caller); !r && r.error() != Error::not_found) (void)good(r);
}

/// What damage has made of a known name, and names that it has brought forth, are worked on from then on.
void Scripted::look_around(Step const& step) {
  auto& name = any(step.on);
  if (!name.name.empty())
    if (auto const found = changes_.look_up(name.directory, name.name); good(found)) name.inode = found->inode;
  InodeNumber const in = name.inode;
  Walk walk{changes_.port, changes_.caller};
  walk.max_nodes = max_listed;
  auto const found = walk.names(in);
  note(walk);
  for (auto const& [text, number] : found)
    if (auto const found = changes_.look_up(in, text); good(found)) learn(in, text, found->inode);
}

void Scripted::play(Step const& step) {
  std::string const attribute = (step.with & 1 ? "user." : "trusted.") + std::to_string(step.name % 16);
  switch (step.what % 21) {
    case 0: return create(step, 0100644);
    case 1: return create(step, 0040755);
    case 2: {
      auto const in = directory(step.on);
      return made(in, name_of(step.name), changes_.symlink(in, name_of(step.name), std::string(1 + step.bytes % 1000, 't')));
    }
    case 3: {
      auto const in = directory(step.with);
      return made(in, name_of(step.name), changes_.link(any(step.on).inode, in, name_of(step.name)));
    }
    case 4: case 5: return remove(step, step.what % 21 == 5);
    case 6: case 7: return rename(step);
    case 8: case 9: case 10: return void(good(changes_.write(any(step.on).inode, step.at * unit / (step.with & 1 ? 1 : 64), std::string(1 + step.bytes % 20'000, char(step.name)))));
    case 11: return void(good(changes_.truncate(any(step.on).inode, u64{step.at} << step.with % 24)));
    case 12: return step.with % 8 == 7 ? reserve(step) : allocate(step);
    case 13: return void(good(changes_.set_attribute(any(step.on).inode, attribute, std::string(step.bytes % 3000, 'v'), step.at % 3)));
    case 14: return void(good(changes_.remove_attribute(any(step.on).inode, attribute)));
    case 15: return void(good(changes_.commit(step.on & 1 ? any(step.on).inode : InodeNumber{0}, step.on >> 1 & 1)));
    case 16: return void(good(service_.restart()));
    case 17: return create_many(step);
    case 18: return read(step);
    case 19: return look_around(step);
    default: return void(good(changes_.port.on(Fs::Remount{1, u64{step.on} & 1}, changes_.next())));
  }
}

}  // namespace hinge::test
