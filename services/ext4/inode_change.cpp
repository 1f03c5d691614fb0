#include "services/ext4/inode_change.hpp"

#include <algorithm>

#include "services/ext4/format/extent.hpp"

namespace hinge::ext4 {
namespace {

using Raw = format::Inode;

/// Section "Inode Timestamps": 34 bits of seconds since 1970, beginning with those of a signed number of 32.
void put_time(i64 ns, i32& seconds, u32& extra) {
  constexpr i64 second = 1'000'000'000;
  i64 whole = ns / second, rest = ns % second;
  if (rest < 0) --whole, rest += second;
  seconds = i32(whole);
  extra = u32(rest) << 2 | u32((whole - seconds) >> 32 & 3);
}

/// Linux' encoding of device numbers; the old one where it suffices.
void put_device(Raw& raw, u64 device) {
  u32 const major = u32(device >> 32), minor = u32(device);
  if (major < 256 && minor < 256) return store<u32>(raw.map, 0, major << 8 | minor);
  store<u32>(raw.map, 4, (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12);
}

}  // namespace

Result<> save(Change& change, Inode& inode, bool essential) {
  Geometry const& g = change.geometry();
  bool const long_size = inode.type() == FileType::regular || inode.type() == FileType::directory;
  inode.raw.size_low = u32(inode.size);
  if (long_size) inode.raw.size_high = u32(inode.size >> 32);
  u32 const part = inode.offset / g.inode_bytes;
  u32 const bytes = std::min<u32>(sizeof(Raw), g.inode_bytes == Raw::short_bytes ? Raw::short_bytes : Raw::short_bytes + inode.raw.extra_bytes);
  std::memcpy(TRY(change.edit(inode.table, {BlockKind::inodes, inode.number - part}, inode.offset, bytes)).data(), &inode.raw, bytes);
  change.note_inode(inode.table, part, essential);
  return ok;
}

Result<Inode> make_inode(Change& change, u32 parent, NewInode const& wanted) {
  Geometry const& g = change.geometry();
  auto const type = FileType(wanted.mode & file_type_mask);
  u32 const number = TRY(take_inode(change, parent, type == FileType::directory));
  auto const place = TRY(find_inode(change.session(), number));
  Inode inode{number, place.offset, 0, {}, TRY(change.session().block(place.block))};
  inode.raw.mode = u16(wanted.mode);
  inode.raw.links = type == FileType::directory ? 2 : 1;
  u32 const before = load<u32>(inode.table->bytes(), inode.offset + offsetof(Raw, generation));
  inode.raw.generation = u32(u64(wanted.now_ns) ^ u64(wanted.now_ns) >> 32);
  if (inode.raw.generation == before) ++inode.raw.generation;
  inode.raw.extra_bytes = g.extra_inode_bytes;
  set_owner(inode, wanted.owner);
  set_group(inode, wanted.group);
  set_access_time(inode, wanted.now_ns);
  set_modify_time(inode, wanted.now_ns);
  set_change_time(inode, wanted.now_ns);
  put_time(wanted.now_ns, inode.raw.birth_time, inode.raw.birth_time_extra);
  if (type == FileType::regular || type == FileType::directory) {
    inode.raw.flags = Raw::extents;
    store(std::span<u8>{inode.raw.map}, 0, format::ExtentHeader{format::ExtentHeader::expected_magic, 0, 4, 0, 0});
  } else if (type == FileType::character || type == FileType::block) {
    put_device(inode.raw, wanted.device);
  }
  return inode;
}

void set_access_time(Inode& i, i64 ns) { put_time(ns, i.raw.access_time, i.raw.access_time_extra); }
void set_modify_time(Inode& i, i64 ns) { put_time(ns, i.raw.modify_time, i.raw.modify_time_extra); }
void set_change_time(Inode& i, i64 ns) { put_time(ns, i.raw.change_time, i.raw.change_time_extra); }

void set_owner(Inode& i, u32 owner) {
  i.raw.owner_low = u16(owner);
  i.raw.owner_high = u16(owner >> 16);
}

void set_group(Inode& i, u32 group) {
  i.raw.group_low = u16(group);
  i.raw.group_high = u16(group >> 16);
}

void add_blocks(Geometry const& g, Inode& i, i64 blocks) {
  i64 const unit = i.raw.flags & Raw::huge_file ? 1 : g.block_bytes / 512;
  u64 const now = (u64{i.raw.blocks_high} << 32 | i.raw.blocks_low) + u64(blocks * unit);
  i.raw.blocks_low = u32(now);
  i.raw.blocks_high = u16(now >> 32);
}

u64 goal_of(Geometry const& g, Inode const& inode) { return first_block_of(g, (inode.number - 1) / g.inodes_per_group); }

namespace {

constexpr BlockUse superblock_use{BlockKind::superblock};

u32 last_orphan_offset(Geometry const& g) {
  return (g.first_data_block == 0 ? u32{format::superblock_offset} : 0) + offsetof(format::Superblock, last_orphan);
}

}  // namespace

Result<u32> first_orphan(Session const& session) {
  return load<u32>(TRY(session.superblock())->bytes(), last_orphan_offset(session.geometry()));
}

Result<> add_orphan(Change& change, Inode& inode) {
  inode.raw.deletion_time = TRY(first_orphan(change.session()));
  return change.set(TRY(change.session().superblock()), superblock_use, last_orphan_offset(change.geometry()), inode.number);
}

Result<> remove_orphan(Change& change, Inode& inode) {
  u32 const behind = inode.raw.deletion_time;
  u32 at = TRY(first_orphan(change.session()));
  inode.raw.deletion_time = 0;
  if (at == inode.number) return change.set(TRY(change.session().superblock()), superblock_use, last_orphan_offset(change.geometry()), behind);
  for (u64 rest = change.geometry().inodes; at != 0 && rest > 0; --rest) {
    Inode before = TRY(read_inode(change.session(), at));
    at = before.raw.deletion_time;
    if (at != inode.number) continue;
    before.raw.deletion_time = behind;
    return save(change, before);
  }
  return ok;  // It was not in the list.
}

}  // namespace hinge::ext4
