// Rename: one name takes another's place, or two change places. rename(2), renameat2(2).
#include "services/ext4/apply.hpp"
#include "services/ext4/links.hpp"

namespace hinge::ext4 {
namespace {

using Rename = FileSystem::Rename;

bool is_directory(Inode const& i) { return i.type() == FileType::directory; }

/// The two directories, of which the second may be the first: an inode has one copy.
class Homes {
 public:
  static Result<Homes> open(Session const& session, Rename const& m) {
    Homes h;
    h.from_ = TRY(open_directory(session, m.from));
    h.same_ = m.from == m.to;
    if (!h.same_) h.to_ = TRY(open_directory(session, m.to));
    return h;
  }
  Inode& from() { return from_; }
  Inode& to() { return same_ ? from_ : to_; }
  [[nodiscard]] bool same() const { return same_; }
  Result<> save_both(Change& change, i64 now_ns) {
    touch(from(), now_ns);
    touch(to(), now_ns);
    TRY(save(change, from_));
    return same_ ? Result<>{ok} : save(change, to_);
  }

 private:
  Inode from_{}, to_{};
  bool same_ = false;
};

/// Whether `above` is `directory` or one of those it is in.
Result<bool> is_above(Session const& session, u32 above, u32 directory) {
  for (u64 rest = session.geometry().inodes; rest > 0; --rest) {
    if (directory == above) return true;
    if (directory == format::root_inode) return false;
    directory = TRY(parent_of(session, TRY(read_inode(session, directory))));
  }
  return session.corrupt("directories in a circle", directory);
}

/// A directory that changes homes takes its ".." with it, which counts as a link of the home.
Result<> rehome(Change& change, Inode& moved, Inode& from, Inode& to) {
  if (!is_directory(moved)) return ok;
  TRY(redirect_parent(change, moved, to.number));
  count_directory(from, false);
  count_directory(to, true);
  return ok;
}

Result<> exchange(Change& change, Rename const& m, std::string_view new_name, Homes& homes, Inode& one, Inode& other) {
  TRY(redirect_entry(change, homes.from(), m.name.view(), {other.number, other.type()}));
  TRY(redirect_entry(change, homes.to(), new_name, {one.number, one.type()}));
  if (!homes.same()) {
    TRY(rehome(change, one, homes.from(), homes.to()));
    TRY(rehome(change, other, homes.to(), homes.from()));
  }
  set_change_time(one, m.now_ns);
  set_change_time(other, m.now_ns);
  TRY(save(change, one));
  TRY(save(change, other));
  return homes.save_both(change, m.now_ns);
}

/// The new name is free, or stands for what is to lose it.
Result<> move(Change& change, Rename const& m, std::string_view new_name, Homes& homes, Inode& moved, Inode* replaced, Outcome& outcome) {
  if (!replaced && is_directory(moved) && !homes.same() && !takes_directory(change.geometry(), homes.to())) return fail(Error::too_many_links);
  EntryTarget const target{moved.number, moved.type()};
  if (replaced) {
    TRY(redirect_entry(change, homes.to(), new_name, target));
    if (is_directory(*replaced)) count_directory(homes.to(), false);
    outcome.removed = TRY(drop_name(change, *replaced, m.now_ns));
  } else {
    TRY(add_entry(change, homes.to(), new_name, target));
  }
  TRY(remove_entry(change, homes.from(), m.name.view()));
  if (!homes.same()) TRY(rehome(change, moved, homes.from(), homes.to()));
  set_change_time(moved, m.now_ns);
  TRY(save(change, moved));
  return homes.save_both(change, m.now_ns);
}

}  // namespace

Result<> apply(Change& change, Rename const& m, std::string_view new_name, Outcome& outcome) {
  Session const& session = change.session();
  Homes homes = TRY(Homes::open(session, m));
  u32 const number = TRY(look_up(session, homes.from(), m.name.view()));
  auto const there = look_up(session, homes.to(), new_name);
  if (!there && there.error() != Error::not_found) return fail(there.error());
  Inode moved = TRY(read_named_inode(session, number, homes.from().number));
  if (is_directory(moved) && TRY(is_above(session, number, homes.to().number))) return fail(Error::invalid);

  if (m.flags & Rename::exchange) {
    if (!there) return fail(Error::not_found);
    Inode other = TRY(read_named_inode(session, *there, homes.to().number));
    if (is_directory(other) && TRY(is_above(session, *there, homes.from().number))) return fail(Error::invalid);
    if (*there == number) return ok;
    return exchange(change, m, new_name, homes, moved, other);
  }
  if (!there) return move(change, m, new_name, homes, moved, nullptr, outcome);
  if (m.flags & Rename::no_replace) return fail(Error::exists);
  if (*there == number) return ok;  // Two names of one file: nothing happens.
  Inode replaced = TRY(read_named_inode(session, *there, homes.to().number));
  if (is_directory(moved) && !is_directory(replaced)) return fail(Error::not_directory);
  if (!is_directory(moved) && is_directory(replaced)) return fail(Error::is_directory);
  if (is_directory(replaced) && !TRY(is_empty(session, replaced))) return fail(Error::not_empty);
  return move(change, m, new_name, homes, moved, &replaced, outcome);
}

}  // namespace hinge::ext4
