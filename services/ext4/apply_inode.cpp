// What an inode says of itself, its size, and its end.
#include "services/ext4/apply.hpp"
#include "services/ext4/attributes_change.hpp"
#include "services/ext4/extents_change.hpp"
#include "services/ext4/links.hpp"

namespace hinge::ext4 {
namespace {

constexpr u32 extents_in_one_step = 12;
constexpr u64 end_of_file_blocks = u64{1} << 32;

/// Whether it is in the list of orphans.
Result<bool> is_listed(Session const& session, u32 number) {
  u32 at = TRY(first_orphan(session));
  for (u64 rest = session.geometry().inodes; at != 0 && rest > 0; --rest) {
    if (at == number) return true;
    at = TRY(read_inode(session, at)).raw.deletion_time;
  }
  return false;
}

/// Sets the size and frees what lies beyond. In the list of orphans until that is done, so that a power cut does not leave
/// blocks that nobody sees.
Result<> set_size(Change& change, Inode& inode, u64 size, Outcome& outcome) {
  Geometry const& g = change.geometry();
  if (size > end_of_file_blocks * g.block_bytes - g.block_bytes) return fail(Error::too_big);
  if (!inode.has(format::Inode::extents)) return fail(Error::not_supported);
  u64 const first = (size + g.block_bytes - 1) / g.block_bytes;
  bool const shrinks = size <= inode.size;
  inode.size = size;
  if (!shrinks) return ok;
  bool const done = TRY(ExtentTree(change, inode).remove(first, end_of_file_blocks, extents_in_one_step)) == first;
  bool const listed = TRY(is_listed(change.session(), inode.number));
  if (!done) outcome.next = 0;
  if (!done && !listed) return add_orphan(change, inode);
  return done && listed && inode.raw.links != 0 ? remove_orphan(change, inode) : Result<>{ok};
}

}  // namespace

Result<> apply(Change& change, FileSystem::SetAttributes const& m, Outcome& outcome) {
  using Set = FileSystem::SetAttributes;
  Inode inode = TRY(read_inode(change.session(), u32(m.inode.raw())));
  if ((m.mask & Set::size) && inode.type() != FileType::regular) return fail(Error::invalid);
  if (m.mask & Set::mode) inode.raw.mode = u16((inode.raw.mode & file_type_mask) | (m.new_mode & permission_mask));
  if (m.mask & Set::owner) set_owner(inode, m.new_owner);
  if (m.mask & Set::group) set_group(inode, m.new_group);
  if (m.mask & Set::access) set_access_time(inode, m.access_ns);
  if (m.mask & Set::change_data) set_modify_time(inode, m.change_data_ns);
  if (m.mask & Set::change) set_change_time(inode, m.change_ns);
  if (m.mask & Set::size) TRY(set_size(change, inode, m.new_size, outcome));
  outcome.inode = m.inode;
  return save(change, inode, (m.mask & ~u32{Set::access | Set::change_data | Set::change}) != 0);
}

Result<> apply(Change& change, FileSystem::Release const& m, Outcome& outcome) {
  auto found = read_inode(change.session(), u32(m.inode.raw()));
  if (!found && found.error() == Error::not_found) return ok;
  Inode inode = TRY(std::move(found));
  if (inode.raw.links != 0) return ok;
  if (inode.has(format::Inode::extents)) {
    if (TRY(ExtentTree(change, inode).remove(0, end_of_file_blocks, extents_in_one_step)) != 0) {
      outcome.next = 0;
      return save(change, inode);
    }
  } else if (inode.type() == FileType::regular || inode.type() == FileType::directory) {
    return fail(Error::not_supported);  // A block map: it stays an orphan, for who can read one.
  }
  TRY(drop_attribute_block(change, inode));
  TRY(remove_orphan(change, inode));
  TRY(free_inode(change, inode.number, inode.type() == FileType::directory));
  inode.raw.deletion_time = u32(host::clock(host::ClockKind::wall) / 1'000'000'000);
  inode.size = 0;
  return save(change, inode);
}

}  // namespace hinge::ext4
