#include "services/linux/files/walk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "services/linux/files/fs_context.hpp"
#include "services/linux/files/permissions.hpp"

namespace hinge::linux_service {
namespace {

constexpr usize longest_path = 4096;

/// How many characters come before the first slash, or before the end. Eight at a time: a byte of `other` is 0 where there is
/// a slash, and the lowest such byte is the lowest whose top bit the subtraction sets and `other` has not.
usize up_to_slash(std::string_view text) {
  constexpr u64 ones = 0x0101'0101'0101'0101, tops = ones << 7, slashes = ones * '/';
  usize at = 0;
  for (u64 word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    u64 const other = word ^ slashes;
    if (u64 const found = (other - ones) & ~other & tops) return at + u32(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && text[at] != '/') ++at;
  return at;
}

}  // namespace

Walk::~Walk() { host::release(text_); }

Path const& Walk::root() {
  if (!root_) root_ = restrictions_ & resolve::in_root ? start_ : self_.process().fs->root();
  return root_;
}

Attempt<> Walk::begin(std::string_view path) {
  if (path.empty()) return fail(Errno::no_entry);
  if (path.front() == '/' && restrictions_ & resolve::beneath) return fail(Errno::cross_device);
  if (path.front() == '/') {
    at_ = root();
    MountTable::descend(at_);
  } else {
    at_ = bounded() ? start_ : std::move(start_);
  }
  rest_ = path;
  return ok;
}

/// Takes the next component off rest_; empty at the end. Says in trailing_slash_ whether a slash followed it.
std::string_view Walk::next_component() {
  usize begin = 0;
  while (begin < rest_.size() && rest_[begin] == '/') ++begin;
  usize end = begin + up_to_slash(rest_.substr(begin));
  std::string_view const component = rest_.substr(begin, end - begin);
  trailing_slash_ = end < rest_.size();
  while (end < rest_.size() && rest_[end] == '/') ++end;
  rest_ = rest_.substr(end);
  return component;
}

Attempt<Ref<Name>> Walk::look_up_locked(Thread& self, Name& directory, std::string_view text) {
  Inode& inode = *directory.inode();
  bool const cacheable = !inode.names_change_by_themselves();
  if (cacheable)
    if (Ref<Name> known = NameCache::find(directory, text)) return known;
  auto found = inode.lookup(self, text);
  if (!found && found.error() != Errno::no_entry) return fail(found.error());
  Ref<Inode> child = found ? std::move(*found) : Ref<Inode>{};
  if (cacheable) return NameCache::add(directory, text, std::move(child));
  return Name::make(Ref<Name>{directory}, text, std::move(child));
}

Attempt<Ref<Name>> Walk::look_up(Thread& self, Path const& directory, std::string_view text) {
  if (text.size() > Name::max_bytes) return fail(Errno::name_too_long);
  if (Ref<Name> known = NameCache::find(*directory.name, text)) return known;
  Guard guard{directory.inode().names_lock};
  return look_up_locked(self, *directory.name, text);
}

Attempt<> Walk::step_up() {
  if (at_ == root()) {
    if (restrictions_ & resolve::beneath) return fail(Errno::cross_device);
    return ok;
  }
  if ((restrictions_ & resolve::beneath) && at_ == start_) return fail(Errno::cross_device);
  while (at_.name == at_.mount->root()) {
    if (restrictions_ & resolve::no_mounts) return fail(Errno::cross_device);
    if (!MountTable::ascend(at_)) return ok;
    if (at_ == root()) return ok;
  }
  if (Ref<Name> parent = at_.name->parent()) at_.name = std::move(parent);
  MountTable::descend(at_);
  return ok;
}

/// A name in the directory where the walk is.
Attempt<> Walk::enter(Ref<Name> next) {
  bool const covered = next->mounts.load(std::memory_order_relaxed);
  if (covered && restrictions_ & resolve::no_mounts) return fail(Errno::cross_device);
  at_.name = std::move(next);
  if (covered) MountTable::descend(at_);
  return ok;
}

/// The link's text takes the place of what was walked; what is left of the path follows it.
Attempt<> Walk::follow_link(Inode& link) {
  if (restrictions_ & resolve::no_symlinks || ++links_ > most_links) return fail(Errno::loop);
  if (Path target = ATTEMPT(link.follow(self_))) {
    if (restrictions_ & (resolve::no_magic_links | resolve::beneath | resolve::in_root)) return fail(Errno::loop);
    at_ = std::move(target);
    return ok;
  }
  // Room for the target, a slash, what is left, and that slash the component had after it.
  usize const room = longest_path + rest_.size() + 2;
  auto* const text = static_cast<char*>(host::allocate(room));
  if (!text) return fail(Errno::no_memory);
  auto const length = link.read_link(self_, text, longest_path);
  if (!length || *length == 0) {
    host::release(text);
    return fail(length ? Errno::no_entry : length.error());
  }
  usize bytes = *length;
  if (!rest_.empty() || trailing_slash_) text[bytes++] = '/';
  std::copy(rest_.begin(), rest_.end(), text + bytes);
  rest_ = {text, bytes + rest_.size()};
  host::release(std::exchange(text_, text));
  if (text[0] != '/') return ok;
  if (restrictions_ & resolve::beneath) return fail(Errno::cross_device);
  at_ = root();
  MountTable::descend(at_);
  return ok;
}

/// `follow`: a link here is followed, even as the last component.
Attempt<> Walk::step(std::string_view component, bool follow) {
  if (!at_.inode().is_directory()) return fail(Errno::not_directory);
  ATTEMPT(check_permission(*self_.credentials, at_.inode(), may::execute));
  if (component == ".") return ok;
  if (component == "..") return step_up();
  Ref<Name> next = ATTEMPT(look_up(self_, at_, component));
  if (next->negative()) return fail(Errno::no_entry);
  if (follow && next->inode()->is_symlink()) return follow_link(*next->inode());
  return enter(std::move(next));
}

Attempt<Path> Walk::whole(std::string_view path, bool follow_last) {
  ATTEMPT(begin(path));
  bool must_be_directory = path.back() == '/';
  while (!rest_.empty()) {
    std::string_view const component = next_component();
    if (component.empty()) break;
    bool const last = rest_.empty();
    must_be_directory = last && trailing_slash_;
    ATTEMPT(step(component, !last || follow_last || trailing_slash_));
  }
  if (must_be_directory && !at_.inode().is_directory()) return fail(Errno::not_directory);
  return std::move(at_);
}

/// Walks rest_ up to its last component.
Attempt<> Walk::walk_to_last() {
  kind_ = Last::root;
  last_ = {};
  for (;;) {
    std::string_view const component = next_component();
    if (component.empty()) break;
    if (rest_.empty()) {
      last_ = component;
      kind_ = component == "." ? Last::dot : component == ".." ? Last::dot_dot : Last::name;
      break;
    }
    ATTEMPT(step(component, true));
  }
  if (!at_.inode().is_directory()) return fail(Errno::not_directory);
  ATTEMPT(check_permission(*self_.credentials, at_.inode(), may::execute));
  if (last_.size() > Name::max_bytes) return fail(Errno::name_too_long);
  return ok;
}

Attempt<> Walk::to_last(std::string_view path) {
  ATTEMPT(begin(path));
  return walk_to_last();
}

Attempt<Path> Walk::look_up_last() {
  if (kind_ == Last::root || kind_ == Last::dot) return at_;
  if (kind_ == Last::dot_dot) {
    Path directory = at_;
    ATTEMPT(step_up());
    return std::exchange(at_, std::move(directory));
  }
  Path found{at_.mount, ATTEMPT(look_up(self_, at_, last_))};
  if (!found.name->negative()) MountTable::descend(found);
  return found;
}

Attempt<> Walk::follow_to_last(Path const& link) {
  rest_ = {};
  bool const slash = trailing_slash_;
  Path const magic = ATTEMPT(link.inode().follow(self_));
  if (magic) {
    // A link to a place has no last name; the place itself stands for it.
    at_ = magic;
    kind_ = Last::dot;
    last_ = {};
    return ok;
  }
  ATTEMPT(follow_link(link.inode()));
  ATTEMPT(walk_to_last());
  trailing_slash_ = trailing_slash_ || slash;
  return ok;
}

}  // namespace hinge::linux_service
