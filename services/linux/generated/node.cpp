#include "services/linux/generated/node.hpp"

#include <cstring>

#include "iface/calls.hpp"
#include "services/linux/generated/text_file.hpp"

namespace hinge::linux_service::generated {
namespace {

/// The same name in the same directory always has the same number. 1 is the root's; numbers stay below 2^52, which
/// every program's types hold.
InodeNumber number_of(Inode const& directory, std::string_view name) {
  u64 const hash = hinge::detail::hash(name, directory.number().raw() * 0x9e3779b97f4a7c15 + 1);
  return InodeNumber{((hash ^ hash >> 52) & ((u64{1} << 52) - 1)) | 2};
}

// Positions in a directory: fixed entries come first, 3 and up; names that come and go have positions of their own.
constexpr u64 first_fixed = 3, first_dynamic = 1000;

class Adapter final : public Names {
 public:
  Adapter(Inode const& directory, EntrySink& sink) : directory_{directory}, sink_{sink} {}
  bool add(std::string_view name, FileType type, u64 position) override {
    return sink_.add(name, number_of(directory_, name).raw(), type, position + first_dynamic);
  }

 private:
  Inode const& directory_;
  EntrySink& sink_;
};

}  // namespace

Attempt<u64> number_in(std::string_view name) {
  if (name.empty() || name.size() > 10 || (name[0] == '0' && name.size() > 1)) return fail(Errno::no_entry);
  u64 number = 0;
  for (char c : name) {
    if (c < '0' || c > '9') return fail(Errno::no_entry);
    number = number * 10 + u64(c - '0');
  }
  return number;
}

Digits::Digits(u64 number) : begin{sizeof text} {
  do text[--begin] = char('0' + number % 10);
  while (number /= 10);
}

Attempt<Ref<Inode>> Node::lookup(Thread& self, std::string_view name) {
  if (!is_directory()) return fail(Errno::not_directory);
  Found found{nullptr, subject_, owner(), group()};
  for (Entry const& child : entry_.children)
    if (child.name == name) found.entry = &child;
  if (!found.entry) {
    if (!entry_.find) return fail(Errno::no_entry);
    found = ATTEMPT(entry_.find(self, subject_, name));
  }
  Node* const node = host::make<Node>(superblock(), number_of(*this, name), found, names_change_by_themselves());
  if (!node) return fail(Errno::no_memory);
  return Ref<Inode>::adopt(node);
}

Attempt<> Node::list(Thread& self, u64 from, EntrySink& sink) {
  if (!is_directory()) return fail(Errno::not_directory);
  u64 position = first_fixed;
  for (Entry const& child : entry_.children) {
    if (position > from && !sink.add(child.name, number_of(*this, child.name).raw(), FileType(child.mode & file_type_mask), position)) return ok;
    ++position;
  }
  if (!entry_.list) return ok;
  Adapter names{*this, sink};
  return entry_.list(self, subject_, from > first_dynamic ? from - first_dynamic : 0, names);
}

Attempt<usize> Node::read_link(Thread& self, char* to, usize room) {
  if (!entry_.target) return fail(Errno::invalid);
  Text text;
  ATTEMPT(entry_.target(self, subject_, text));
  if (!text.complete()) return fail(Errno::no_memory);
  usize const bytes = std::min(room, text.view().size());
  std::memcpy(to, text.view().data(), bytes);
  return bytes;
}

Attempt<Path> Node::follow(Thread& self) {
  if (!entry_.follow) return Path{};
  return entry_.follow(self, subject_);
}

Attempt<Ref<File>> Node::open(Thread& self, Path const& path, u32 flags) {
  if (!is_regular()) return Inode::open(self, path, flags);
  u32 const access = flags & open_flag::access_mask;
  if ((access != open_flag::write_only && !entry_.read) || (access != open_flag::read_only && !entry_.write))
    return fail(Errno::access);
  return TextFile::open(self, entry_, subject_, path, flags);
}

Attempt<Status> Node::status(Thread& self) {
  Status s = ATTEMPT(Inode::status(self));
  s.of.access_ns = s.of.change_data_ns = s.of.change_ns = s.of.birth_ns = made_ns_;
  return s;
}

Ref<Inode> Tree::root() {
  Found const root{&root_, {}};
  return Ref<Inode>::adopt(host::make<Node>(*this, InodeNumber{1}, root, false));
}

Attempt<Ref<Superblock>> Tree::make(FilesystemType const& type, Entry const& root, u64 magic) {
  Tree* const tree = host::make<Tree>(type, root, magic);
  if (!tree) return fail(Errno::no_memory);
  return Ref<Superblock>::adopt(tree);
}

}  // namespace hinge::linux_service::generated
