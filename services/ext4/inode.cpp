#include "services/ext4/inode.hpp"

#include <algorithm>
#include <limits>

#include "services/ext4/checksum.hpp"
#include "services/ext4/groups.hpp"

namespace hinge::ext4 {
namespace {

using Raw = format::Inode;

constexpr u64 max_file_blocks = u64{1} << 32;

bool checksum_is_long(Raw const& raw) { return raw.reaches(offsetof(Raw, checksum_high) + sizeof raw.checksum_high); }

bool type_exists(FileType type) {
  switch (type) {
    case FileType::fifo: case FileType::character: case FileType::directory: case FileType::block:
    case FileType::regular: case FileType::symlink: case FileType::socket: return true;
  }
  return false;
}

/// Section "Inode Timestamps": two bits more of seconds, thirty of nanoseconds. What nanoseconds since 1970 cannot say
/// (after 2262) is the latest they can.
i64 nanoseconds(i32 seconds, u32 extra) {
  constexpr i64 second = 1'000'000'000;
  i64 const total = i64{seconds} + (i64{extra & 3} << 32);
  i64 result;
  if (__builtin_mul_overflow(total, second, &result) || __builtin_add_overflow(result, i64{extra >> 2}, &result))
    return std::numeric_limits<i64>::max();
  return result;
}

/// Section "The Contents of inode.i_block", device nodes: the old form of 16 bits, else Linux' form of 32.
u64 device_of(Raw const& raw) {
  if (u32 const old = load<u32>(raw.map, 0); old != 0) return u64{old >> 8 & 0xff} << 32 | (old & 0xff);
  u32 const dev = load<u32>(raw.map, 4);
  return u64{dev >> 8 & 0xfff} << 32 | (dev & 0xff) | (dev >> 12 & 0xf'ff00);
}

/// Copies as much of the fields as the inode has.
Result<Raw> decode(Session const& session, u32 number, BlockNumber block, Bytes bytes) {
  Raw raw{};
  std::memcpy(&raw, bytes.data(), Raw::short_bytes);
  if (bytes.size() > Raw::short_bytes) {
    u16 const extra = load<u16>(bytes, offsetof(Raw, extra_bytes));
    if (extra % 4 != 0 || extra > bytes.size() - Raw::short_bytes) return session.corrupt("inode: size of its extra fields", number, block);
    std::memcpy(&raw, bytes.data(), std::min<usize>(sizeof raw, Raw::short_bytes + extra));
    raw.extra_bytes = extra;
  }
  return raw;
}

Result<> check(Session const& session, Inode const& inode) {
  BlockNumber const block = inode.table->number();
  Geometry const& g = session.geometry();
  if (!type_exists(inode.type())) return session.corrupt("inode: unknown type", inode.number, block);
  if (inode.size > max_file_blocks * g.block_bytes) return session.corrupt("inode: size", inode.number, block);
  if (inode.raw.flags & (Raw::encrypted | Raw::inline_data | Raw::casefold | Raw::attribute_value))
    return session.corrupt("inode: flags of a feature that the file system does not have", inode.number, block);
  if (inode.type() == FileType::directory && (inode.size == 0 || inode.size % g.block_bytes != 0 || inode.size / g.block_bytes > g.blocks))
    return session.corrupt("inode: size of a directory", inode.number, block);
  return ok;
}

}  // namespace

u32 inode_checksum(Session const& session, u32 number, Bytes bytes) {
  Raw raw{};
  std::memcpy(&raw, bytes.data(), std::min(bytes.size(), sizeof raw));
  u32 const seed = session.checksum_seed(number, raw.generation);
  constexpr usize low = offsetof(Raw, checksum_low), high = offsetof(Raw, checksum_high);
  if (bytes.size() == Raw::short_bytes) return crc32c_without<u16>(seed, bytes, low);
  u32 const sum = crc32c_without<u16>(seed, bytes.first(Raw::short_bytes), low);
  Bytes const rest = bytes.subspan(Raw::short_bytes);
  return checksum_is_long(raw) ? crc32c_without<u16>(sum, rest, high - Raw::short_bytes) : crc32c(sum, rest);
}

Result<InodePlace> find_inode(Session const& session, u32 number) {
  Geometry const& g = session.geometry();
  if (number == 0 || number > g.inodes) return fail(Error::not_found);
  u32 const group = (number - 1) / g.inodes_per_group, index = (number - 1) % g.inodes_per_group;
  auto const descriptor = TRY(read_group(session, group));
  if (g.checksums || g.descriptor_checksums) {
    // Sections "Lazy Block Group Initialization": what lies behind was not even zeroed.
    if (descriptor.flags & format::GroupDescriptor::inode_uninitialised) return fail(Error::not_found);
    if (descriptor.unused_inodes() > g.inodes_per_group - index - 1) return fail(Error::not_found);
  }
  u64 const at = u64{index} * g.inode_bytes;
  return InodePlace{BlockNumber{descriptor.inode_table() + at / g.block_bytes}, u32(at % g.block_bytes)};
}

/// Whether an inode without a name is in use all the same: it is, until it is released, where the volume is written.
static Result<bool> is_orphan(Session const& session, u32 number) {
  Geometry const& g = session.geometry();
  if (!session.volume().writing) return false;
  auto const group = TRY(read_group(session, (number - 1) / g.inodes_per_group));
  BlockRef const bitmap = TRY(session.block(BlockNumber{group.inode_bitmap()}));
  u32 const index = (number - 1) % g.inodes_per_group;
  return bitmap->bytes()[index / 8] >> (index % 8) & 1;
}

Result<Inode> read_inode(Session const& session, u32 number) {
  Geometry const& g = session.geometry();
  auto const place = TRY(find_inode(session, number));
  BlockRef block = TRY(session.block(place.block));
  Bytes const bytes = block->bytes().subspan(place.offset, g.inode_bytes);
  auto const links = load<u16>(bytes, offsetof(Raw, links));
  // An inode that was never used is all zero, without a checksum.
  if (links == 0 && load<u16>(bytes, offsetof(Raw, mode)) == 0) return fail(Error::not_found);
  Raw const raw = TRY(decode(session, number, place.block, bytes));
  u32 const part = place.offset / g.inode_bytes;
  if (g.checksums && block->change() == CachedBlock::unchanged && !block->part_proven(u8(ProofKind::inodes), part)) {
    u32 const mask = g.inode_bytes > Raw::short_bytes && checksum_is_long(raw) ? ~u32{0} : 0xffff;
    u32 const stored = (u32{raw.checksum_high} << 16 | raw.checksum_low) & mask;
    if ((inode_checksum(session, number, bytes) & mask) != stored) return session.corrupt("inode: checksum", number, place.block);
    block->prove_part(u8(ProofKind::inodes), part);
  }
  if (links == 0 && !TRY(is_orphan(session, number))) return fail(Error::not_found);
  Inode inode{number, place.offset, 0, raw, std::move(block)};
  bool const long_size = inode.type() == FileType::regular || inode.type() == FileType::directory;
  inode.size = join(long_size ? raw.size_high : 0, raw.size_low);
  TRY(check(session, inode));
  return inode;
}

Result<Inode> read_named_inode(Session const& session, u32 number, u32 directory) {
  if (number != format::root_inode && number < session.geometry().first_inode)
    return session.corrupt("directory: an entry for an inode that has no name", directory);
  auto inode = read_inode(session, number);
  if (!inode && inode.error() == Error::not_found) return session.corrupt("directory: an entry for an inode that is not in use", directory);
  return inode;
}

Attributes attributes_of(Session const& session, Inode const& inode) {
  Raw const& raw = inode.raw;
  // Section "Inode Table", i_blocks: of sectors, or of whole blocks where the inode says so.
  u64 const unit = raw.flags & Raw::huge_file ? session.geometry().block_bytes / 512 : 1;
  bool const device = inode.type() == FileType::character || inode.type() == FileType::block;
  return Attributes{
      .inode = InodeNumber{session.volume().number << 32 | inode.number},
      .size = inode.size,
      .access_ns = nanoseconds(raw.access_time, raw.access_time_extra),
      .change_data_ns = nanoseconds(raw.modify_time, raw.modify_time_extra),
      .change_ns = nanoseconds(raw.change_time, raw.change_time_extra),
      .birth_ns = nanoseconds(raw.birth_time, raw.birth_time_extra),
      .device = device ? device_of(raw) : 0,
      .mode = raw.mode,
      .owner = u32{raw.owner_high} << 16 | raw.owner_low,
      .group = u32{raw.group_high} << 16 | raw.group_low,
      .links = raw.links,
      .generation = raw.generation,
      .resident = 0,
      .blocks = (u64{raw.blocks_high} << 32 | raw.blocks_low) * unit,
  };
}

}  // namespace hinge::ext4
