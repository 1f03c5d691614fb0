// The conformance suite of BlockDevice: what every implementer must do, over every transport. A fixture type F has
// `static void bind(Port<BlockDevice>&)`, with a started service behind it that serves two units:
//   unit 0: writable, at least 256 blocks, filled with pattern(0, byte);
//   unit 1: read-only, the same size, filled with pattern(1, byte).
// A test leaves unit 0 as it was.
#pragma once

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "iface/block_device.hpp"

namespace hinge::conformance {

/// What byte `at` of a unit holds at first: differs between neighbours, blocks and units.
inline u8 pattern(u64 unit, u64 at) { return u8((at * 167) ^ (at >> 9) * 31 ^ unit * 85); }

template <class F>
class BlockDeviceSuite : public testing::Test {
 protected:
  using Disk = BlockDevice;
  using Extents = std::vector<Disk::Extent>;

  void SetUp() override {
    F::bind(port);
    info = port.on(Disk::Info{0}, caller).value();
  }
  static Disk::Extent extent(u64 first, u64 blocks) { return {Lba{first}, blocks}; }

  Result<u64> read(u64 unit, Extents const& extents, void* into, u64 bytes, bool writable = true) {
    Disk::Read request{{reinterpret_cast<u64>(into), u32(bytes), writable}, unit, extents.size(), {}};
    std::copy_n(extents.begin(), std::min<usize>(extents.size(), Disk::max_extents), request.extents);
    return port.on(request, caller);
  }
  Result<u64> write(u64 unit, Extents const& extents, void const* from, u64 bytes) {
    Disk::Write request{{reinterpret_cast<u64>(from), u32(bytes), 0}, unit, extents.size(), {}};
    std::copy_n(extents.begin(), std::min<usize>(extents.size(), Disk::max_extents), request.extents);
    return port.on(request, caller);
  }
  /// What the extents hold at first.
  std::vector<u8> expected(u64 unit, Extents const& extents) {
    std::vector<u8> bytes;
    for (auto const& e : extents)
      for (u64 at = e.first.raw() * info.block_bytes; at < (e.first.raw() + e.blocks) * info.block_bytes; ++at) bytes.push_back(pattern(unit, at));
    return bytes;
  }
  void check_read(u64 unit, Extents const& extents) {
    auto const right = expected(unit, extents);
    std::vector<u8> got(right.size());
    auto const r = read(unit, extents, got.data(), got.size());
    ASSERT_EQ(r, Result<u64>{right.size()}) << (r ? "" : to_string(r.error()));
    EXPECT_TRUE(got == right);
  }

  Port<BlockDevice> port;
  Caller caller{.thread = 1};
  Disk::Info::Reply info{};
};

TYPED_TEST_SUITE_P(BlockDeviceSuite);

TYPED_TEST_P(BlockDeviceSuite, CountsAndDescribesItsUnits) {
  EXPECT_EQ(this->port.on(BlockDevice::Count{}, this->caller), Result<u64>{2});
  EXPECT_GE(this->info.blocks, 256u);
  EXPECT_GE(this->info.block_bytes, 512u);
  EXPECT_LE(this->info.block_bytes, 4096u);
  EXPECT_EQ(this->info.block_bytes & (this->info.block_bytes - 1), 0u);
  EXPECT_GE(this->info.queue_depth, 1u);
  EXPECT_EQ(this->info.read_only, 0u);
  EXPECT_EQ(this->port.on(BlockDevice::Info{1}, this->caller).value().read_only, 1u);
  EXPECT_EQ(this->port.on(BlockDevice::Info{2}, this->caller).error(), Error::not_found);
}

TYPED_TEST_P(BlockDeviceSuite, ReadsExtentsInTheirOrder) {
  this->check_read(0, {this->extent(0, 1)});
  this->check_read(1, {this->extent(this->info.blocks - 1, 1)});
  this->check_read(0, {this->extent(9, 3), this->extent(2, 1), this->extent(100, 20), this->extent(9, 1)});
  typename TestFixture::Extents most;
  for (u64 i = 0; i < BlockDevice::max_extents; ++i) most.push_back(this->extent(200 - i * 7, 1 + i % 5));
  this->check_read(1, most);
}

TYPED_TEST_P(BlockDeviceSuite, MovesThePromisedMost) {
  u64 const blocks = std::min<u64>(this->info.blocks, BlockDevice::max_transfer_bytes / this->info.block_bytes);
  this->check_read(0, {this->extent(this->info.blocks - blocks, blocks)});
  std::vector<u8> more(BlockDevice::max_transfer_bytes + this->info.block_bytes);
  EXPECT_EQ(this->read(0, {this->extent(0, more.size() / this->info.block_bytes)}, more.data(), more.size()).error(), Error::invalid);
}

TYPED_TEST_P(BlockDeviceSuite, BuffersNeedNoAlignment) {
  std::vector<u8> room(this->info.block_bytes * 12 + 64, 0xee);
  auto const right = this->expected(0, {this->extent(30, 12)});
  ASSERT_TRUE(this->read(0, {this->extent(30, 12)}, room.data() + 4, right.size()));
  EXPECT_TRUE(std::equal(right.begin(), right.end(), room.begin() + 4));
  EXPECT_EQ(room[3], 0xee);
  EXPECT_EQ(room[4 + right.size()], 0xee);
}

TYPED_TEST_P(BlockDeviceSuite, RefusesWhatDoesNotAddUp) {
  std::vector<u8> room(this->info.block_bytes * 4, 0xee);
  auto const read = [&](typename TestFixture::Extents const& extents, u64 bytes) { return this->read(0, extents, room.data(), bytes).error(); };
  u64 const block = this->info.block_bytes, blocks = this->info.blocks;
  EXPECT_EQ(read({}, 0), Error::invalid);
  EXPECT_EQ(read({this->extent(0, 0)}, 0), Error::invalid);
  EXPECT_EQ(read({this->extent(0, 1)}, block + 1), Error::invalid);
  EXPECT_EQ(read({this->extent(0, 1)}, block * 2), Error::invalid);
  EXPECT_EQ(read({this->extent(0, 2)}, block), Error::invalid);
  EXPECT_EQ(read({this->extent(blocks - 1, 2)}, block * 2), Error::invalid);
  EXPECT_EQ(read({this->extent(blocks, 1)}, block), Error::invalid);
  EXPECT_EQ(read({this->extent(~u64{0}, 2)}, block * 2), Error::invalid);
  EXPECT_EQ(read({this->extent(1, ~u64{0}), this->extent(1, 2)}, block), Error::invalid);
  EXPECT_EQ(read(typename TestFixture::Extents(BlockDevice::max_extents + 1, this->extent(0, 1)), block * (BlockDevice::max_extents + 1)), Error::invalid);
  EXPECT_EQ(this->read(2, {this->extent(0, 1)}, room.data(), block).error(), Error::not_found);
  EXPECT_EQ(this->write(0, {this->extent(blocks, 1)}, room.data(), block).error(), Error::invalid);
  EXPECT_EQ(this->port.on(BlockDevice::Flush{2}, this->caller).error(), Error::not_found);
  EXPECT_EQ(this->read(0, {this->extent(0, 1)}, room.data(), block, false).error(), Error::no_rights);
  EXPECT_TRUE(room == std::vector<u8>(room.size(), 0xee));
}

TYPED_TEST_P(BlockDeviceSuite, WritesComeBack) {
  typename TestFixture::Extents const extents{this->extent(40, 2), this->extent(10, 5), this->extent(250, 1)};
  auto const before = this->expected(0, extents);
  auto changed = before;
  for (u8& b : changed) b ^= 0xff;
  EXPECT_EQ(this->write(0, extents, changed.data(), changed.size()), Result<u64>{changed.size()});
  EXPECT_TRUE(this->port.on(BlockDevice::Flush{0}, this->caller));
  std::vector<u8> got(changed.size());
  EXPECT_TRUE(this->read(0, extents, got.data(), got.size()));
  EXPECT_TRUE(got == changed);
  this->check_read(0, {this->extent(42, 3), this->extent(9, 1), this->extent(15, 1)});
  EXPECT_TRUE(this->write(0, extents, before.data(), before.size()));
  this->check_read(0, extents);
}

TYPED_TEST_P(BlockDeviceSuite, AReadOnlyUnitCannotBeWritten) {
  std::vector<u8> zeros(this->info.block_bytes);
  EXPECT_EQ(this->write(1, {this->extent(3, 1)}, zeros.data(), zeros.size()).error(), Error::read_only);
  this->check_read(1, {this->extent(3, 1)});
  EXPECT_TRUE(this->port.on(BlockDevice::Flush{1}, this->caller));
}

TYPED_TEST_P(BlockDeviceSuite, ManyCallersAtOnce) {
  std::vector<std::thread> callers;
  for (u64 n = 0; n < 24; ++n)
    callers.emplace_back([this, n] {
      for (u64 i = 0; i < 20; ++i) this->check_read(n % 2, {this->extent(n * 3 + i, 1 + i), this->extent(n + i, 3)});
    });
  for (auto& c : callers) c.join();
}

REGISTER_TYPED_TEST_SUITE_P(BlockDeviceSuite, CountsAndDescribesItsUnits, ReadsExtentsInTheirOrder, MovesThePromisedMost,
                            BuffersNeedNoAlignment, RefusesWhatDoesNotAddUp, WritesComeBack, AReadOnlyUnitCannotBeWritten,
                            ManyCallersAtOnce);

}  // namespace hinge::conformance
