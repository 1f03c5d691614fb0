// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp nucleus/mm/dma.cpp
// Devices' mappings: frames stay pinned and paid for, and behind an IOMMU a device reaches them and nothing else. The fake
// IOMMU remembers translations as a real one may, so that a missing flush shows.
#include <set>

#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {
namespace {

constexpr u32 disk = 0x18, net = 0x20, disk_owner = 3;

struct FakeIommu {
  struct Attached { u32 domain; PhysAddr tables; DmaHardware::Way way; };
  std::map<u32, Attached> devices;
  std::map<std::pair<u32, u64>, u64> remembered;   ///< Domain and page: leaf entry.
  bool full = false;

  /// Where a device's access ends up, or 0: refused.
  u64 access(u32 function, u64 bus, bool write) {
    auto const at = devices.find(function);
    if (at == devices.end() || at->second.way != DmaHardware::Way::open) return 0;
    auto const key = std::pair{at->second.domain, bus / page_bytes};
    if (!remembered.contains(key)) {
      u64 entry = at->second.tables.raw() | Entry::present | Entry::writable;
      for (u32 level = 3; level > 0; --level) {
        entry = frame_pointer<u64>(Entry{entry}.frame())[entry_number(level, bus)];
        if (!(entry & Entry::present)) return 0;
      }
      remembered[key] = entry;
    }
    Entry const leaf{remembered[key]};
    return write && !leaf.has(Entry::writable) ? 0 : leaf.frame().raw() + bus % page_bytes;
  }
};
FakeIommu iommu;

constexpr DmaHardware fake_hardware = {
    3, 8,
    [](u32 function, u32 domain, PhysAddr tables, DmaHardware::Way way) -> Result<> {
      if (iommu.full) return fail(Error::no_memory);
      iommu.devices[function] = {domain, tables, way};
      std::erase_if(iommu.remembered, [&](auto const& r) { return r.first.first == domain; });
      return ok;
    },
    [](u32 domain) { std::erase_if(iommu.remembered, [&](auto const& r) { return r.first.first == domain; }); },
    [](u32) {},
};

class DmaTest : public MemoryTest {
 protected:
  DmaTest() { iommu = {}; }
  ~DmaTest() override {
    for (u32 function : {disk, net}) reset(function);
    // Devices' own frames stay with them: their tables, and the records of devices.
    kept_ = driver_.used();
  }
  FrameIndex frame() { return frame_index(*memory_->frames.allocate(account_)); }
  /// A page as its owner has it; gone with give_up, unless somebody else holds it.
  std::vector<FrameIndex> pages(u32 count) {
    std::vector<FrameIndex> made;
    for (u32 i = 0; i < count; ++i) made.push_back(frame());
    return made;
  }
  Result<Dma::Mapped> map(std::vector<FrameIndex> const& frames, bool write = true, u32 function = disk) {
    for (FrameIndex f : frames) memory_->frames.share(address_of(f));
    auto const mapped = memory_->dma.map(function, disk_owner, driver_, frames, write);
    if (!mapped) give_up(frames);
    return mapped;
  }
  void give_up(std::vector<FrameIndex> const& frames) {
    for (FrameIndex f : frames) memory_->frames.drop(address_of(f));
  }
  void reset(u32 function = disk) {
    for (u32 rounds = 0; rounds < 1000; ++rounds) {
      auto const done = memory_->dma.reset_step(function, disk_owner, driver_);
      ASSERT_TRUE(done);
      if (*done) return;
    }
    FAIL() << "a reset does not end";
  }
  bool in_use(FrameIndex f) { return memory_->frames.shares(address_of(f)) != 0; }
  Account driver_{1 << 16};
};

TEST_F(DmaTest, FramesStayUntilTheyAreUnmapped) {
  auto const frames = pages(3);
  auto const mapped = map(frames);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->bus, 0u) << "without an IOMMU a device uses physical addresses";
  give_up(frames);
  for (FrameIndex f : frames) EXPECT_TRUE(in_use(f));
  EXPECT_EQ(memory_->dma.unmap(disk, mapped->id + 1).error(), Error::not_found);
  EXPECT_EQ(memory_->dma.unmap(net, mapped->id).error(), Error::not_found);
  ASSERT_TRUE(memory_->dma.unmap(disk, mapped->id));
  for (FrameIndex f : frames) EXPECT_FALSE(in_use(f));
  EXPECT_EQ(memory_->dma.unmap(disk, mapped->id).error(), Error::not_found);
}

TEST_F(DmaTest, AResetEndsTheQuarantineOfOneDeviceAlone) {
  auto const old = pages(40), others = pages(1);
  for (FrameIndex f : old) ASSERT_TRUE(map({f}));
  ASSERT_TRUE(map(others, true, net));
  give_up(old);
  give_up(others);
  memory_->dma.silence(disk_owner);
  for (FrameIndex f : old) EXPECT_TRUE(in_use(f));
  EXPECT_FALSE(*memory_->dma.reset_step(disk, disk_owner, driver_)) << "forty are more than one step";
  reset();
  for (FrameIndex f : old) EXPECT_FALSE(in_use(f));
  EXPECT_TRUE(in_use(others[0]));
}

TEST_F(DmaTest, TheDriverPaysForWhatItPins) {
  reset();
  auto const frames = pages(8);
  u64 const before = driver_.used();
  auto const mapped = map(frames);
  ASSERT_TRUE(mapped);
  EXPECT_EQ(driver_.used(), before + 8 + 1) << "the frames, and one for the records";
  driver_.set_limit(driver_.used() + 7);
  EXPECT_EQ(map(frames).error(), Error::quota);
  driver_.set_limit(1 << 16);
  ASSERT_TRUE(memory_->dma.unmap(disk, mapped->id));
  EXPECT_EQ(driver_.used(), before);
  give_up(frames);
}

TEST_F(DmaTest, NumbersRunOutAndComeBack) {
  auto const frames = pages(1);
  std::set<u32> ids;
  for (u32 i = 0; i < host::dma_mappings; ++i) ids.insert(map(frames)->id);
  EXPECT_EQ(ids.size(), host::dma_mappings);
  EXPECT_EQ(map(frames).error(), Error::no_space);
  ASSERT_TRUE(memory_->dma.unmap(disk, 77));
  EXPECT_EQ(map(frames)->id, 77u);
  give_up(frames);
}

TEST_F(DmaTest, BehindAnIommuADeviceReachesItsMappingsAlone) {
  ASSERT_TRUE(memory_->dma.confine(fake_hardware));
  EXPECT_EQ(memory_->dma.confine(fake_hardware).error(), Error::busy);
  auto const frames = pages(host::dma_pages), others = pages(1);
  auto const mapped = *map(frames);
  auto const read_only = *map(others, false);
  reset(net);
  for (u32 i = 0; i < host::dma_pages; ++i)
    EXPECT_EQ(iommu.access(disk, mapped.bus + i * page_bytes + 8, true), address_of(frames[i]).raw() + 8);
  EXPECT_EQ(iommu.access(disk, read_only.bus, false), address_of(others[0]).raw());
  EXPECT_EQ(iommu.access(disk, read_only.bus, true), 0u);
  EXPECT_EQ(iommu.access(net, mapped.bus, false), 0u) << "another device has tables of its own";
  EXPECT_EQ(iommu.access(disk, mapped.bus - page_bytes, false), 0u);
  for (u64 bus = 0; bus < ram_bytes; bus += page_bytes)
    if (bus < mapped.bus) EXPECT_EQ(iommu.access(disk, bus, false), 0u);
  ASSERT_TRUE(memory_->dma.unmap(disk, mapped.id));
  for (u32 i = 0; i < host::dma_pages; ++i) EXPECT_EQ(iommu.access(disk, mapped.bus + i * page_bytes, false), 0u);
  EXPECT_NE(iommu.access(disk, read_only.bus, false), 0u);
  give_up(frames);
  give_up(others);
}

TEST_F(DmaTest, ADeadDriversDeviceIsCutOffUntilItsReset) {
  ASSERT_TRUE(memory_->dma.confine(fake_hardware));
  auto const frames = pages(2);
  auto const mapped = *map(frames);
  give_up(frames);
  memory_->dma.silence(disk_owner);
  EXPECT_EQ(iommu.access(disk, mapped.bus, true), 0u);
  EXPECT_TRUE(in_use(frames[0]));
  reset();
  EXPECT_EQ(iommu.access(disk, mapped.bus, true), 0u);
  EXPECT_FALSE(in_use(frames[0]));
  auto const fresh = pages(1);
  EXPECT_EQ(iommu.access(disk, map(fresh)->bus, true), address_of(fresh[0]).raw());
  give_up(fresh);
}

TEST_F(DmaTest, WhoeverGoesOnFaultingIsSilenced) {
  ASSERT_TRUE(memory_->dma.confine(fake_hardware));
  EXPECT_EQ(memory_->dma.fault(net).owner, 0u);
  reset();
  for (u64 i = 1; i < 64; ++i) EXPECT_EQ(memory_->dma.fault(disk).count, i);
  EXPECT_EQ(iommu.devices[disk].way, DmaHardware::Way::open);
  EXPECT_EQ(memory_->dma.fault(disk).owner, disk_owner);
  EXPECT_EQ(iommu.devices[disk].way, DmaHardware::Way::silent);
  reset();
  EXPECT_EQ(iommu.devices[disk].way, DmaHardware::Way::open);
}

TEST_F(DmaTest, WhatFailsLeavesNothing) {
  ASSERT_TRUE(memory_->dma.confine(fake_hardware));
  iommu.full = true;
  auto const frames = pages(1);
  EXPECT_EQ(map(frames).error(), Error::no_memory);
  EXPECT_EQ(driver_.used(), 0u);
  iommu.full = false;
  reset();
  u64 const before = driver_.used();
  for (u64 room = 0; room < 4; ++room) {
    driver_.set_limit(before + room);   // One frame, one for records, tables of two levels.
    EXPECT_EQ(map(frames).error(), Error::quota) << room;
  }
  driver_.set_limit(before + 4);
  EXPECT_TRUE(map(frames));
  give_up(frames);
}

}  // namespace
}  // namespace hinge::nucleus::mm
