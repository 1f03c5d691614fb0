// Names: create, symlink, link, unlink, rmdir.
#include "services/ext4/apply.hpp"
#include "services/ext4/extents_change.hpp"
#include "services/ext4/links.hpp"

namespace hinge::ext4 {

Result<Inode> open_directory(Session const& session, InodeNumber number) {
  Inode inode = TRY(read_inode(session, u32(number.raw())));
  if (inode.type() != FileType::directory) return fail(Error::not_directory);
  if (inode.raw.links == 0) return fail(Error::not_found);
  return inode;
}

void count_directory(Inode& directory, bool came) {
  u16& links = directory.raw.links;
  if (links == 1) return;
  if (came) links = links >= max_links ? 1 : u16(links + 1);
  else if (links > 2) --links;
}

Result<FileSystem::Removed> drop_name(Change& change, Inode& inode, i64 now_ns) {
  set_change_time(inode, now_ns);
  inode.raw.links = inode.type() == FileType::directory ? 0 : u16(inode.raw.links - 1);
  if (inode.raw.links == 0) TRY(add_orphan(change, inode));
  TRY(save(change, inode));
  return FileSystem::Removed{number_of(change.session(), inode.number), inode.raw.links, 1};
}

namespace {

Result<> expect_free(Session const& session, Inode const& directory, std::string_view name) {
  auto const found = look_up(session, directory, name);
  if (found) return fail(Error::exists);
  return found.error() == Error::not_found ? Result<>{ok} : fail(found.error());
}

/// The longer targets of symlinks take a block.
Result<> put_target(Change& change, Inode& link, std::string_view target) {
  Geometry const& g = change.geometry();
  link.size = target.size();
  if (target.size() < format::Inode::map_bytes) {
    std::memcpy(link.raw.map, target.data(), target.size());
    return ok;
  }
  if (target.size() >= g.block_bytes) return fail(Error::name_too_long);
  link.raw.flags |= format::Inode::extents;
  store(std::span<u8>{link.raw.map}, 0, format::ExtentHeader{format::ExtentHeader::expected_magic, 0, 4, 0, 0});
  BlockNumber const number = TRY(take_metadata_block(change, goal_of(g, link), false));
  TRY(ExtentTree(change, link).insert(0, {number.raw(), 1}, false));
  add_blocks(g, link, 1);
  BlockRef const block = TRY(change.fresh(number, {}));
  std::memcpy(block->writable().data(), target.data(), target.size());
  return ok;
}

/// Gives a new inode its name, and saves it and the directory.
Result<> plant(Change& change, Inode& directory, Inode& made, std::string_view name, i64 now_ns, Outcome& outcome) {
  TRY(add_entry(change, directory, name, {made.number, made.type()}));
  touch(directory, now_ns);
  TRY(save(change, made));
  outcome.inode = number_of(change.session(), made.number);
  return save(change, directory);
}

}  // namespace

Result<> apply(Change& change, FileSystem::Create const& m, Outcome& outcome) {
  Session const& session = change.session();
  Inode directory = TRY(open_directory(session, m.directory));
  bool const makes_directory = FileType(m.mode & file_type_mask) == FileType::directory;
  if (!m.anonymous) TRY(expect_free(session, directory, m.name.view()));
  if (makes_directory && !takes_directory(change.geometry(), directory)) return fail(Error::too_many_links);
  Inode made = TRY(make_inode(change, directory.number, {m.mode, m.owner, m.group, m.device, m.now_ns}));
  if (m.anonymous) {
    made.raw.links = 0;
    TRY(add_orphan(change, made));
    outcome.inode = number_of(session, made.number);
    return save(change, made);
  }
  if (makes_directory) {
    TRY(make_dots(change, made, directory.number));
    count_directory(directory, true);
  }
  return plant(change, directory, made, m.name.view(), m.now_ns, outcome);
}

Result<> apply(Change& change, FileSystem::Symlink const& m, std::string_view target, Outcome& outcome) {
  Inode directory = TRY(open_directory(change.session(), m.directory));
  TRY(expect_free(change.session(), directory, m.name.view()));
  constexpr u32 mode = u32(FileType::symlink) | 0777;
  Inode made = TRY(make_inode(change, directory.number, {mode, m.owner, m.group, 0, m.now_ns}));
  TRY(put_target(change, made, target));
  return plant(change, directory, made, m.name.view(), m.now_ns, outcome);
}

Result<> apply(Change& change, FileSystem::Link const& m, Outcome& outcome) {
  Session const& session = change.session();
  Inode inode = TRY(read_inode(session, u32(m.inode.raw())));
  if (inode.type() == FileType::directory) return fail(Error::not_permitted);
  if (inode.raw.links >= max_links) return fail(Error::too_many_links);
  Inode directory = TRY(open_directory(session, m.directory));
  TRY(expect_free(session, directory, m.name.view()));
  if (inode.raw.links == 0) TRY(remove_orphan(change, inode));
  ++inode.raw.links;
  set_change_time(inode, m.now_ns);
  return plant(change, directory, inode, m.name.view(), m.now_ns, outcome);
}

Result<> apply(Change& change, FileSystem::Unlink const& m, Outcome& outcome) {
  Session const& session = change.session();
  Inode directory = TRY(open_directory(session, m.directory));
  Inode inode = TRY(read_named_inode(session, TRY(look_up(session, directory, m.name.view())), directory.number));
  if (inode.type() == FileType::directory) return fail(Error::is_directory);
  TRY(remove_entry(change, directory, m.name.view()));
  touch(directory, m.now_ns);
  TRY(save(change, directory));
  outcome.removed = TRY(drop_name(change, inode, m.now_ns));
  return ok;
}

Result<> apply(Change& change, FileSystem::RemoveDirectory const& m, Outcome& outcome) {
  Session const& session = change.session();
  Inode directory = TRY(open_directory(session, m.directory));
  Inode inode = TRY(read_named_inode(session, TRY(look_up(session, directory, m.name.view())), directory.number));
  if (inode.type() != FileType::directory) return fail(Error::not_directory);
  if (!TRY(is_empty(session, inode))) return fail(Error::not_empty);
  TRY(remove_entry(change, directory, m.name.view()));
  touch(directory, m.now_ns);
  count_directory(directory, false);
  TRY(save(change, directory));
  outcome.removed = TRY(drop_name(change, inode, m.now_ns));
  return ok;
}

}  // namespace hinge::ext4
