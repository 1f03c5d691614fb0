// Any disk ends in bounded time with partitions that lie on it. The first byte chooses block size and length; checksums of
// GPT headers that point at what they should are made right, or hardly any input would get past them.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "services/linux/disk/partitions.hpp"

using namespace hinge;
using namespace hinge::linux_service;

namespace {

constexpr u32 most_reads = 10'000;

class FuzzedDisk final : public BlockReader {
 public:
  FuzzedDisk(u8 shape, u8 const* data, std::size_t size) : data_{data, data + size} {
    if (data_.empty()) data_.push_back(0);
    block_bytes = 512u << (shape & 3);
    blocks = 16u << (shape >> 2 & 7);
  }
  bool read(u64 lba, u8* block) override {
    if (++reads > most_reads || lba >= blocks) std::abort();
    // The input over and over, from somewhere else in each block.
    u64 from = lba * 97 % data_.size();
    for (u64 done = 0, n; done < block_bytes; done += n, from = 0) {
      n = std::min<u64>(block_bytes - done, data_.size() - from);
      std::memcpy(block + done, data_.data() + from, n);
    }
    if (lba == 1 || lba == blocks - 1) seal(block, lba);
    return true;
  }

 private:
  static void seal(u8* block, u64 lba) {
    u32 const header_bytes = 92, zero = 0;
    std::memcpy(block, "EFI PART", 8);
    std::memcpy(block + 12, &header_bytes, 4);
    std::memcpy(block + 16, &zero, 4);
    std::memcpy(block + 24, &lba, 8);
    u32 sum = ~u32{0};
    for (u32 i = 0; i < header_bytes; ++i) {
      sum ^= block[i];
      for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
    }
    sum = ~sum;
    std::memcpy(block + 16, &sum, 4);
  }
  std::vector<u8> data_;
  u32 reads = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(u8 const* data, std::size_t size) {
  if (size == 0) return 0;
  FuzzedDisk disk{data[0], data + 1, size - 1};
  std::vector<u8> block(disk.block_bytes);
  PartitionTable const table = read_partitions(disk, block.data());
  if (table.count > PartitionTable::most) std::abort();
  for (u32 i = 0; i < table.count; ++i) {
    Partition const& p = table.entries[i];
    if (p.first == 0 || p.blocks == 0 || p.first >= disk.blocks || p.blocks > disk.blocks - p.first) std::abort();
  }
  return 0;
}
