// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/dma.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp
// Spaces one property at a time; model_test.cpp has them all at once.
#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {

class SpaceTest : public MemoryTest {
 protected:
  Ref<Space> space_ = new_space();

  void write(Space& s, u64 address, u64 value) { ASSERT_EQ(*s.copy(address, &value, sizeof value, true), sizeof value); }
  u64 read(Space& s, u64 address) {
    u64 value = 0;
    EXPECT_EQ(s.copy(address, &value, sizeof value, false).value_or(0), sizeof value);
    return value;
  }
  void clone(Space& from, Space& to) {
    Space::CloneProgress progress;
    for (;;) {
      auto done = from.clone_step(to, progress);
      ASSERT_TRUE(done);
      if (*done) return;
    }
  }
  std::vector<RegionInfo> regions(Space& s) {
    std::vector<RegionInfo> all;
    RegionInfo info;
    for (u64 at = 0; s.query(at, info); at = info.end) all.push_back(info);
    return all;
  }
};

TEST_F(SpaceTest, AnonymousMemoryIsZeroAndKeepsWhatIsWritten) {
  u64 const a = *space_->map(anonymous(3 * page_bytes), nullptr);
  EXPECT_EQ(read(*space_, a + 8), 0u);
  write(*space_, a + page_bytes - 4, 0x1122334455667788);  // Across a page boundary.
  EXPECT_EQ(read(*space_, a + page_bytes - 4), 0x1122334455667788u);
}

TEST_F(SpaceTest, MappingsGoBelowTheStackAreaAndDownwards) {
  u64 const a = *space_->map(anonymous(page_bytes), nullptr);
  u64 const b = *space_->map(anonymous(page_bytes, Protection::read), nullptr);
  EXPECT_EQ(a, layout::user_end - layout::stack_area_bytes - page_bytes);
  EXPECT_EQ(b, a - page_bytes);
  Mapping wish = anonymous(page_bytes);
  wish.address = 0x40'0123;
  EXPECT_EQ(*space_->map(wish, nullptr), 0x40'0000u);
  EXPECT_EQ(*space_->map(wish, nullptr), b - page_bytes) << "the wish is taken";
  wish.address = 0x40'0000;
  wish.flags = u32(MapFlag::fixed_noreplace);
  EXPECT_EQ(space_->map(wish, nullptr).error(), Error::exists);
  ASSERT_TRUE(space_->unmap(a, page_bytes));
  EXPECT_EQ(*space_->map(anonymous(page_bytes), nullptr), a) << "the highest gap first";
}

TEST_F(SpaceTest, NeighboursMergeAndSplit) {
  u64 const base = 0x1000'0000;
  for (u64 i : {0, 2, 1}) ASSERT_TRUE(space_->map(at(base + i * page_bytes, anonymous(page_bytes)), nullptr));
  ASSERT_EQ(regions(*space_).size(), 1u);
  ASSERT_TRUE(space_->protect(base + page_bytes, page_bytes, Protection::read));
  EXPECT_EQ(regions(*space_).size(), 3u);
  ASSERT_TRUE(space_->protect(base + page_bytes, page_bytes, read_write));
  EXPECT_EQ(regions(*space_).size(), 1u);
  ASSERT_TRUE(space_->unmap(base + page_bytes, page_bytes));
  EXPECT_EQ(regions(*space_).size(), 2u);
  EXPECT_EQ(space_->protect(base, 3 * page_bytes, Protection::read).error(), Error::not_found);
}

TEST_F(SpaceTest, FaultsSayWhatIsWrong) {
  u64 const a = *space_->map(anonymous(page_bytes, Protection::read), nullptr);
  EXPECT_TRUE(space_->fault(a, Access::read));
  EXPECT_EQ(space_->fault(a, Access::write).error(), Error::access);
  EXPECT_EQ(space_->fault(a, Access::execute).error(), Error::access);
  EXPECT_EQ(space_->fault(a - page_bytes, Access::read).error(), Error::bad_address);
  EXPECT_EQ(space_->fault(~u64{0}, Access::read).error(), Error::bad_address);
  Mapping m = anonymous(page_bytes, read_write);
  m.maximum = Protection::read;
  EXPECT_EQ(space_->map(m, nullptr).error(), Error::access);
}

TEST_F(SpaceTest, MalformedRangesAreRefused) {
  EXPECT_EQ(space_->unmap(1, page_bytes).error(), Error::invalid);
  EXPECT_EQ(space_->unmap(0, 0).error(), Error::invalid);
  EXPECT_EQ(space_->unmap(0x10000, ~u64{0}).error(), Error::invalid);
  EXPECT_EQ(space_->unmap(layout::user_end - page_bytes, 2 * page_bytes).error(), Error::invalid);
  EXPECT_EQ(space_->map(anonymous(~u64{0}), nullptr).error(), Error::invalid);
  EXPECT_EQ(space_->map(anonymous(0), nullptr).error(), Error::invalid);
  EXPECT_EQ(space_->map(at(0, anonymous(page_bytes)), nullptr).error(), Error::not_permitted);
  EXPECT_EQ(space_->map(at(layout::user_end, anonymous(page_bytes)), nullptr).error(), Error::invalid);
  EXPECT_EQ(space_->map(anonymous(layout::user_end), nullptr).error(), Error::no_memory);
  EXPECT_EQ(space_->remap(0x10000, page_bytes, 0, page_bytes, true).error(), Error::bad_address);
}

TEST_F(SpaceTest, StacksGrowToTheirLimit) {
  u64 const top = layout::user_end - 16 * page_bytes;
  Mapping m = at(top - page_bytes, anonymous(page_bytes));
  m.flags |= u32(MapFlag::grows_down);
  m.offset = top - 64 * page_bytes;
  ASSERT_TRUE(space_->map(m, nullptr));
  write(*space_, top - 40 * page_bytes, 7);
  EXPECT_EQ(regions(*space_)[0].begin, top - 40 * page_bytes);
  EXPECT_EQ(space_->fault(top - 65 * page_bytes, Access::write).error(), Error::bad_address);
  EXPECT_TRUE(space_->fault(top - 64 * page_bytes, Access::write));
}

TEST_F(SpaceTest, ClonesShareUntilOneWrites) {
  u64 const a = *space_->map(anonymous(2 * page_bytes), nullptr);
  write(*space_, a, 1);
  write(*space_, a + page_bytes, 2);
  u64 const before = account_.used();
  Ref<Space> child = new_space();
  clone(*space_, *child);
  u64 const cloned = account_.used();
  EXPECT_EQ(read(*child, a), 1u);
  EXPECT_EQ(account_.used(), cloned) << "reading copies nothing";
  write(*child, a, 10);
  EXPECT_EQ(account_.used(), cloned + 1);
  EXPECT_EQ(read(*space_, a), 1u);
  write(*space_, a, 11);
  EXPECT_EQ(account_.used(), cloned + 1) << "the last owner keeps the frame";
  EXPECT_EQ(read(*child, a), 10u);
  child = nullptr;
  EXPECT_EQ(account_.used(), before);
  EXPECT_EQ(read(*space_, a + page_bytes), 2u);
}

TEST_F(SpaceTest, CloneAndDestroyAreSteps) {
  u64 const pages = 3 * Space::step_pages;
  u64 const a = *space_->map(anonymous(pages * page_bytes), nullptr);
  for (u64 i = 0; i < pages; i += 1) write(*space_, a + i * page_bytes, i + 1);
  Ref<Space> child = new_space();
  Space::CloneProgress progress;
  int steps = 1;
  while (!*space_->clone_step(*child, progress)) ++steps;
  EXPECT_GE(steps, 3);
  EXPECT_EQ(regions(*child).size(), 1u);
  for (u64 i = 0; i < pages; i += 97) EXPECT_EQ(read(*child, a + i * page_bytes), i + 1);
  steps = 1;
  while (!child->destroy_step()) ++steps;
  EXPECT_GE(steps, 3);
}

TEST_F(SpaceTest, SharedMemoryIsShared) {
  Mapping m = anonymous(2 * page_bytes);
  m.flags = u32(MapFlag::shared);
  u64 const a = *space_->map(m, nullptr);
  write(*space_, a, 5);
  Ref<Space> child = new_space();
  clone(*space_, *child);
  write(*child, a, 6);
  write(*child, a + page_bytes, 7);
  EXPECT_EQ(read(*space_, a), 6u);
  EXPECT_EQ(read(*space_, a + page_bytes), 7u);
}

TEST_F(SpaceTest, ProtectionNoneKeepsTheContents) {
  u64 const a = *space_->map(anonymous(page_bytes), nullptr);
  write(*space_, a, 5);
  ASSERT_TRUE(space_->protect(a, page_bytes, Protection::none));
  EXPECT_EQ(space_->fault(a, Access::read).error(), Error::access);
  ASSERT_TRUE(space_->protect(a, page_bytes, read_write));
  EXPECT_EQ(read(*space_, a), 5u);
}

TEST_F(SpaceTest, DiscardMakesZeroes) {
  u64 const a = *space_->map(anonymous(2 * page_bytes), nullptr);
  write(*space_, a, 5);
  ASSERT_TRUE(space_->discard(a, page_bytes));
  EXPECT_EQ(read(*space_, a), 0u);
  EXPECT_EQ(space_->discard(a, 3 * page_bytes).error(), Error::not_found);
}

TEST_F(SpaceTest, RemapShrinksGrowsAndMoves) {
  ASSERT_TRUE(space_->map(anonymous(page_bytes, Protection::read), nullptr));  // Right above.
  u64 const a = *space_->map(anonymous(4 * page_bytes), nullptr);
  write(*space_, a, 5);
  EXPECT_EQ(*space_->remap(a, 4 * page_bytes, 0, 2 * page_bytes, false), a);
  EXPECT_EQ(*space_->remap(a, 2 * page_bytes, 0, 4 * page_bytes, false), a);
  EXPECT_EQ(space_->remap(a, 4 * page_bytes, 0, 6 * page_bytes, false).error(), Error::no_memory);
  u64 const b = *space_->remap(a, 4 * page_bytes, 0, 600 * page_bytes, true);
  EXPECT_NE(a, b);
  EXPECT_EQ(read(*space_, b), 5u);
  EXPECT_EQ(space_->fault(a, Access::read).error(), Error::bad_address);
  EXPECT_EQ(*space_->remap(b, page_bytes, 0x5000'0000, 2 * page_bytes, true), 0x5000'0000u);
  EXPECT_EQ(read(*space_, 0x5000'0000), 5u);
}

TEST_F(SpaceTest, DebuggersWriteWhereProgramsMayNot) {
  u64 const a = *space_->map(anonymous(page_bytes), nullptr);
  write(*space_, a, 5);
  Ref<Space> child = new_space();
  clone(*space_, *child);
  ASSERT_TRUE(child->protect(a, page_bytes, Protection::read));
  write(*child, a, 6);
  EXPECT_EQ(read(*space_, a), 5u);
  EXPECT_EQ(child->fault(a, Access::write).error(), Error::access);
}

TEST_F(SpaceTest, LargePagesComeWholeAndLeaveInParts) {
  constexpr u64 begin = u64{1} << 30, bytes = 3 * huge_bytes;
  Mapping m = at(begin - page_bytes, anonymous(bytes + page_bytes));
  m.flags |= u32(MapFlag::large_pages);
  ASSERT_TRUE(space_->map(m, nullptr));
  auto const resident = [&] { return space_->statistics().resident; };
  EXPECT_EQ(read(*space_, begin + huge_bytes), 0u);
  EXPECT_EQ(resident(), 1u) << "reading alone is no reason for more";
  write(*space_, begin + 5 * page_bytes, 5);
  write(*space_, begin + 2 * huge_bytes + 7 * page_bytes, 7);
  write(*space_, begin - page_bytes, 1);
  EXPECT_EQ(resident(), 2 * 512 + 2u);
  EXPECT_EQ(read(*space_, begin + 6 * page_bytes), 0u);

  Ref<Space> child = new_space();
  clone(*space_, *child);
  write(*space_, begin + 5 * page_bytes, 6);
  EXPECT_EQ(read(*child, begin + 5 * page_bytes), 5u);
  child = nullptr;

  ASSERT_TRUE(space_->unmap(begin + 2 * huge_bytes, page_bytes));
  ASSERT_TRUE(space_->discard(begin + huge_bytes, 2 * page_bytes));
  EXPECT_EQ(resident(), 2 * 512u);
  EXPECT_EQ(read(*space_, begin + 2 * huge_bytes + 7 * page_bytes), 7u);
  write(*space_, begin + 2 * huge_bytes + 8 * page_bytes, 8);
}

TEST_F(SpaceTest, LargePagesAreForTimesOfPlenty) {
  constexpr u64 begin = u64{1} << 30;
  Mapping m = at(begin, anonymous(huge_bytes));
  m.flags |= u32(MapFlag::large_pages);
  ASSERT_TRUE(space_->map(m, nullptr));
  account_.set_limit(account_.used() + 600);
  write(*space_, begin, 1);
  EXPECT_EQ(space_->statistics().resident, 1u);
  account_.set_limit(1 << 20);
}

TEST_F(SpaceTest, ServiceViewFollowsAndDoesNotExecute) {
  u64 const a = *space_->map(anonymous(page_bytes, everything), nullptr);
  write(*space_, a, 1);
  Root domain;
  ASSERT_TRUE(memory_->roots.make(domain, account_));
  memory_->roots.set_entry(320, Entry::table(PhysAddr{0x123000}), &domain);
  PhysAddr const view = *space_->service_view(domain);
  auto top = [&](PhysAddr root, u64 address) { return frame_pointer<Entry>(root)[entry_number(top_level, address)]; };
  auto same = [&](u64 address) {
    Entry const own = top(space_->root(), address), there = top(view, address);
    return own.empty() ? there.empty() : there.raw == (own.raw | Entry::no_execute);
  };
  EXPECT_TRUE(same(a));
  EXPECT_EQ(frame_pointer<Entry>(view)[320].frame(), PhysAddr{0x123000});
  EXPECT_TRUE(frame_pointer<Entry>(space_->root())[320].empty());
  ASSERT_TRUE(space_->map(at(0x40'0000, anonymous(page_bytes)), nullptr));
  write(*space_, 0x40'0000, 1);
  EXPECT_FALSE(top(view, 0x40'0000).empty());
  EXPECT_TRUE(same(0x40'0000));
  ASSERT_TRUE(space_->unmap(0x40'0000, page_bytes));
  EXPECT_TRUE(top(view, 0x40'0000).empty()) << "empty tables are unhooked from both";
  memory_->roots.set_entry(400, Entry::table(PhysAddr{0x7000}));
  EXPECT_EQ(frame_pointer<Entry>(view)[400].frame(), PhysAddr{0x7000});
  EXPECT_EQ(frame_pointer<Entry>(space_->root())[400].frame(), PhysAddr{0x7000});
  memory_->roots.set_entry(321, Entry::table(PhysAddr{0x9000}), &domain);
  EXPECT_EQ(frame_pointer<Entry>(view)[321].frame(), PhysAddr{0x9000}) << "a slot that joins the domain is seen";
  EXPECT_TRUE(frame_pointer<Entry>(space_->root())[321].empty());
  memory_->roots.set_entry(321, Entry{});
  EXPECT_TRUE(frame_pointer<Entry>(view)[321].empty()) << "and gone when it leaves";
  EXPECT_EQ(*space_->service_view(domain), view);
  Root other;
  ASSERT_TRUE(memory_->roots.make(other, account_));
  memory_->roots.set_entry(322, Entry::table(PhysAddr{0xb000}), &other);
  EXPECT_TRUE(frame_pointer<Entry>(view)[322].empty());
  EXPECT_EQ(*space_->service_view(other), view);
  EXPECT_EQ(frame_pointer<Entry>(view)[322].frame(), PhysAddr{0xb000}) << "the personality has moved";
  EXPECT_TRUE(frame_pointer<Entry>(view)[320].empty());
  memory_->roots.set_entry(323, Entry::table(PhysAddr{0xd000}), &domain);
  EXPECT_TRUE(frame_pointer<Entry>(view)[323].empty());
  memory_->roots.destroy(other);
  memory_->roots.destroy(domain);
}

TEST_F(SpaceTest, QuotaStopsAProcessAndLeavesNothing) {
  Account small{40};
  {
    Ref<Space> s = *Space::create(*memory_, small);
    u64 const a = *s->map(anonymous(100 * page_bytes), nullptr);
    u64 i = 0;
    while (s->fault(a + i * page_bytes, Access::write)) ++i;
    EXPECT_EQ(s->fault(a + i * page_bytes, Access::write).error(), Error::quota);
    EXPECT_GT(i, 20u);
    auto child = Space::create(*memory_, small);
    EXPECT_FALSE(child);
  }
  EXPECT_EQ(small.used(), 0u);
}

}  // namespace hinge::nucleus::mm
