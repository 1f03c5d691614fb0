// Partition tables as partitioners write them, and damaged ones.
// links: services/linux/disk/partitions.cpp
#include "services/linux/disk/partitions.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace hinge::linux_service {
namespace {

class MemoryDisk final : public BlockReader {
 public:
  explicit MemoryDisk(u64 count, u32 bytes = 512) : data(count * bytes) { blocks = count, block_bytes = bytes; }
  bool read(u64 lba, u8* block) override {
    ++reads;
    if (lba >= blocks || lba == unreadable) return false;
    std::memcpy(block, &data[lba * block_bytes], block_bytes);
    return true;
  }
  template <class T>
  void put(u64 at, T value) { std::memcpy(&data[at], &value, sizeof value); }
  /// Entry `index` of the table in block `lba`, which becomes a boot record by it.
  void put_mbr(u64 lba, u32 index, u8 type, u32 first, u32 count) {
    u64 const at = lba * block_bytes + 446 + index * 16;
    put(at + 4, type), put(at + 8, first), put(at + 12, count);
    put(lba * block_bytes + 510, u16{0xaa55});
  }
  /// Entry `index` of both GPT arrays.
  void put_gpt(u32 index, u64 first, u64 last) {
    for (u64 table : {u64{2}, blocks - 1 - table_blocks()}) {
      u64 const at = table * block_bytes + index * 128;
      put(at, u64{0x11d2f81f0fc63daf}), put(at + 32, first), put(at + 40, last);
    }
  }
  void seal_gpt() {
    put_mbr(0, 0, 0xee, 1, u32(blocks - 1));
    seal_header(1, blocks - 1, 2);
    seal_header(blocks - 1, 1, blocks - 1 - table_blocks());
  }
  [[nodiscard]] u64 table_blocks() const { return 128 * 128 / block_bytes; }

  PartitionTable table() {
    std::vector<u8> block(block_bytes);
    return read_partitions(*this, block.data());
  }
  std::vector<u8> data;
  u64 unreadable = ~u64{0};
  u32 reads = 0;

 private:
  static u32 crc(u8 const* at, usize bytes) {
    u32 sum = ~u32{0};
    for (usize i = 0; i < bytes; ++i) {
      sum ^= at[i];
      for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
    }
    return ~sum;
  }
  void seal_header(u64 lba, u64 other, u64 entries) {
    u64 const at = lba * block_bytes;
    put(at, u64{0x5452415020494645}), put(at + 8, u32{0x10000}), put(at + 12, u32{92}), put(at + 16, u32{0});
    put(at + 24, lba), put(at + 32, other), put(at + 72, entries), put(at + 80, u32{128}), put(at + 84, u32{128});
    put(at + 88, crc(&data[entries * block_bytes], 128 * 128));
    put(at + 16, crc(&data[at], 92));
  }
};

TEST(Partitions, ThereAreNoneOnAnEmptyDiskOrAFileSystem) {
  MemoryDisk disk{100};
  EXPECT_EQ(disk.table().kind, PartitionTable::Kind::none);
  disk.put(510, u16{0xaa55});
  disk.put(446, u8{0x33});  // A boot sector's code lies where the entries would be.
  EXPECT_EQ(disk.table().kind, PartitionTable::Kind::none);
}

TEST(Partitions, PrimaryAndLogical) {
  MemoryDisk disk{10000};
  disk.put_mbr(0, 0, 0x83, 100, 200);
  disk.put_mbr(0, 2, 0x05, 1000, 5000);
  disk.put_mbr(1000, 0, 0x83, 10, 90);
  disk.put_mbr(1000, 1, 0x05, 500, 100);
  disk.put_mbr(1500, 0, 0x83, 20, 80);
  auto const table = disk.table();
  ASSERT_EQ(table.kind, PartitionTable::Kind::mbr);
  ASSERT_EQ(table.count, 3u);
  EXPECT_EQ(table.entries[0].number, 1u);
  EXPECT_EQ(table.entries[0].first, 100u);
  EXPECT_EQ(table.entries[0].blocks, 200u);
  EXPECT_EQ(table.entries[1].number, 5u);
  EXPECT_EQ(table.entries[1].first, 1010u);
  EXPECT_EQ(table.entries[2].number, 6u);
  EXPECT_EQ(table.entries[2].first, 1520u);
}

TEST(Partitions, ACircleOfLogicalPartitionsEnds) {
  MemoryDisk disk{10000};
  disk.put_mbr(0, 0, 0x0f, 1000, 5000);
  disk.put_mbr(1000, 1, 0x05, 500, 100);
  disk.put_mbr(1500, 1, 0x05, 500, 100);
  EXPECT_EQ(disk.table().count, 0u);
  EXPECT_LT(disk.reads, 200u);
}

TEST(Partitions, WhatLeavesTheDiskIsLeftOut) {
  MemoryDisk disk{1000};
  disk.put_mbr(0, 0, 0x83, 900, 101);
  disk.put_mbr(0, 1, 0x83, 900, 100);
  disk.put_mbr(0, 3, 0x83, 1000, 1);
  auto const table = disk.table();
  ASSERT_EQ(table.count, 1u);
  EXPECT_EQ(table.entries[0].number, 2u);
}

TEST(Partitions, Gpt) {
  for (u32 bytes : {512u, 4096u}) {
    MemoryDisk disk{2000, bytes};
    disk.put_gpt(0, 64, 163);
    disk.put_gpt(9, 200, 200);
    disk.put_gpt(10, 1000, 3000);
    disk.seal_gpt();
    auto const table = disk.table();
    ASSERT_EQ(table.kind, PartitionTable::Kind::gpt);
    EXPECT_FALSE(table.from_backup);
    ASSERT_EQ(table.count, 2u);
    EXPECT_EQ(table.entries[0].number, 1u);
    EXPECT_EQ(table.entries[0].blocks, 100u);
    EXPECT_EQ(table.entries[1].number, 10u);
    EXPECT_EQ(table.entries[1].first, 200u);
  }
}

TEST(Partitions, TheBackupIsUsedWhenTheFirstIsDamaged) {
  MemoryDisk good{2000};
  good.put_gpt(0, 64, 163);
  good.seal_gpt();
  MemoryDisk header = good, entries = good, unreadable = good;
  header.data[512 + 40] ^= 1;
  entries.data[1024 + 33] ^= 1;
  unreadable.unreadable = 1;
  for (MemoryDisk* disk : {&header, &entries, &unreadable}) {
    auto const table = disk->table();
    EXPECT_TRUE(table.from_backup);
    ASSERT_EQ(table.count, 1u);
    EXPECT_EQ(table.entries[0].first, 64u);
  }
  header.data[1999 * 512 + 40] ^= 1;
  EXPECT_EQ(header.table().kind, PartitionTable::Kind::none);
}

}  // namespace
}  // namespace hinge::linux_service
