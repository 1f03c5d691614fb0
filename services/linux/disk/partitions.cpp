#include "services/linux/disk/partitions.hpp"

#include <array>
#include <cstring>

namespace hinge::linux_service {
namespace {

template <class T>
T field(u8 const* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void add(PartitionTable& table, BlockReader const& disk, Partition const& p) {
  bool const fits = p.blocks && p.first && p.first < disk.blocks && p.blocks <= disk.blocks - p.first;
  if (fits && table.count < PartitionTable::most && p.number <= PartitionTable::most) table.entries[table.count++] = p;
}

// ---- master boot record

namespace mbr {
constexpr u32 table = 446, entry_bytes = 16, entries = 4, signature = 510;
constexpr u8 extended = 0x05, extended_lba = 0x0f, extended_linux = 0x85, protective = 0xee;

struct Entry {
  u8 status, type;
  u32 first, blocks;
};
Entry entry(u8 const* block, u32 index) {
  u8 const* const at = block + table + index * entry_bytes;
  return {at[0], at[4], field<u32>(at + 8), field<u32>(at + 12)};
}
bool is_extended(u8 type) { return type == extended || type == extended_lba || type == extended_linux; }

/// A boot sector of a file system has the same signature; there the entries make no sense.
bool valid(u8 const* block) {
  if (field<u16>(block + signature) != 0xaa55) return false;
  for (u32 i = 0; i < entries; ++i)
    if (entry(block, i).status & 0x7f) return false;
  return true;
}

/// The chain of logical partitions: each link names one and the next link, counted from where the chain begins.
void read_logical(PartitionTable& table, BlockReader& disk, u8* block, u64 begin) {
  constexpr u32 most_links = 64;  // A chain may lead round in a circle.
  u64 at = begin;
  for (u32 number = 5, links = 0; links < most_links && at < disk.blocks && disk.read(at, block) && valid(block); ++links) {
    Entry const own = entry(block, 0), next = entry(block, 1);
    if (own.type && own.blocks) add(table, disk, {number++, at + own.first, own.blocks});
    if (!is_extended(next.type) || next.first == 0) return;
    at = begin + next.first;
  }
}

PartitionTable read(BlockReader& disk, u8* block) {
  PartitionTable table;
  table.kind = PartitionTable::Kind::mbr;
  u64 chain = 0;
  for (u32 i = 0; i < entries; ++i) {
    Entry const e = entry(block, i);
    if (is_extended(e.type)) {
      if (!chain) chain = e.first;
    } else if (e.type) {
      add(table, disk, {i + 1, e.first, e.blocks});
    }
  }
  if (chain) read_logical(table, disk, block, chain);
  return table;
}
}  // namespace mbr

// ---- GPT

namespace gpt {
constexpr u64 magic = 0x5452415020494645;  // "EFI PART"
constexpr u32 least_header = 92, least_entry = 128, most_entry = 4096, most_entries = 1024;

constexpr auto remainders = [] {
  std::array<u32, 256> of{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 crc = byte;
    for (u32 bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb8'8320 : 0);
    of[byte] = crc;
  }
  return of;
}();

/// CRC-32 of ISO 3309, continued from `crc` (begin with 0).
u32 checksum(u32 crc, u8 const* data, usize bytes) {
  crc = ~crc;
  for (usize i = 0; i < bytes; ++i) crc = crc >> 8 ^ remainders[(crc ^ data[i]) & 0xff];
  return ~crc;
}

struct Header { u64 entries_lba; u32 entries, entry_bytes, entries_checksum; };

/// The header at `lba`, when it is one.
bool read_header(BlockReader& disk, u8* block, u64 lba, Header& header) {
  if (!disk.read(lba, block) || field<u64>(block) != magic) return false;
  u32 const bytes = field<u32>(block + 12), said = field<u32>(block + 16);
  if (bytes < least_header || bytes > disk.block_bytes) return false;
  std::memset(block + 16, 0, 4);
  if (checksum(0, block, bytes) != said || field<u64>(block + 24) != lba) return false;
  header = {field<u64>(block + 72), field<u32>(block + 80), field<u32>(block + 84), field<u32>(block + 88)};
  u64 const table_blocks = (u64{header.entries} * header.entry_bytes + disk.block_bytes - 1) / disk.block_bytes;
  return header.entry_bytes >= least_entry && header.entry_bytes <= most_entry && header.entry_bytes % least_entry == 0 &&
         header.entries <= most_entries && header.entries_lba < disk.blocks && table_blocks <= disk.blocks - header.entries_lba;
}

/// One entry, of which what we read lies within its first 48 bytes and so within one block.
void take(PartitionTable& table, BlockReader const& disk, u32 index, u8 const* entry) {
  if (field<u64>(entry) == 0 && field<u64>(entry + 8) == 0) return;  // No type: unused.
  u64 const first = field<u64>(entry + 32), last = field<u64>(entry + 40);
  if (last >= first) add(table, disk, {index + 1, first, last - first + 1});
}

bool read_entries(PartitionTable& table, BlockReader& disk, u8* block, Header const& header) {
  u64 const bytes = u64{header.entries} * header.entry_bytes;
  u32 sum = 0;
  for (u64 at = 0; at < bytes; at += disk.block_bytes) {
    if (!disk.read(header.entries_lba + at / disk.block_bytes, block)) return false;
    u64 const here = bytes - at < disk.block_bytes ? bytes - at : disk.block_bytes;
    sum = checksum(sum, block, here);
    for (u64 e = (at + header.entry_bytes - 1) / header.entry_bytes; e * header.entry_bytes < at + here; ++e)
      take(table, disk, u32(e), block + (e * header.entry_bytes - at));
  }
  return sum == header.entries_checksum;
}

bool read(PartitionTable& table, BlockReader& disk, u8* block) {
  u64 const places[] = {1, disk.blocks - 1};
  for (u64 lba : places) {
    table = {};
    Header header;
    if (!read_header(disk, block, lba, header) || !read_entries(table, disk, block, header)) continue;
    table.kind = PartitionTable::Kind::gpt;
    table.from_backup = lba != 1;
    return true;
  }
  table = {};
  return false;
}
}  // namespace gpt

}  // namespace

PartitionTable read_partitions(BlockReader& disk, u8* block) {
  PartitionTable table;
  if (disk.blocks < 2 || !disk.read(0, block) || !mbr::valid(block)) return table;
  bool protects = false;
  for (u32 i = 0; i < mbr::entries; ++i) protects |= mbr::entry(block, i).type == mbr::protective;
  if (!protects) return mbr::read(disk, block);
  (void)gpt::read(table, disk, block);
  return table;
}

}  // namespace hinge::linux_service
