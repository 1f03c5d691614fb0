// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/dma.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp
// Slots, memory objects, the nucleus' own areas and stacks, roots.
#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {

class SlotTest : public MemoryTest {
 protected:
  ~SlotTest() override { slot_->destroy(); }
  SlotMemory* slot_ = *SlotMemory::create(*memory_, account_, 5);
  u64 heap_ = slot_->base() + layout::slot_heap;

  void put(u64 address, u64 value) { ASSERT_TRUE(slot_->copy(address, &value, sizeof value, true, true)); }
  u64 get(u64 address) {
    u64 value = 0;
    EXPECT_TRUE(slot_->copy(address, &value, sizeof value, false));
    return value;
  }
  Ref<Object> held(u64 pages) { return *Object::create(*memory_, account_, ObjectKind::held, pages * page_bytes); }
};

TEST_F(SlotTest, CommitIsIdempotentAndAppliesTheProtection) {
  ASSERT_TRUE(slot_->commit(heap_, 3 * page_bytes, read_write));
  u64 const used = account_.used();
  put(heap_ + page_bytes, 42);
  ASSERT_TRUE(slot_->commit(heap_, 3 * page_bytes, Protection::read));
  EXPECT_EQ(account_.used(), used);
  EXPECT_EQ(get(heap_ + page_bytes), 42u);
  u64 value = 1;
  EXPECT_EQ(slot_->copy(heap_, &value, 8, true).error(), Error::bad_address);
  EXPECT_EQ(slot_->pointer(heap_, true).error(), Error::bad_address);
  EXPECT_TRUE(slot_->pointer(heap_, false));
  ASSERT_TRUE(slot_->protect(heap_, page_bytes, read_write));
  EXPECT_TRUE(slot_->pointer(heap_, true));
  EXPECT_EQ(slot_->protect(heap_, 4 * page_bytes, read_write).error(), Error::not_found);
  ASSERT_TRUE(slot_->release(heap_, 8 * page_bytes));
  EXPECT_EQ(account_.used(), 2u) << "all but the root and the slab page";
}

TEST_F(SlotTest, RangesStayInTheSlot) {
  for (u64 bad : {slot_->base() - page_bytes, slot_->base() + 1, u64{0}, heap_ + 8}) {
    EXPECT_EQ(slot_->commit(bad, page_bytes, read_write).error(), Error::invalid) << bad;
    EXPECT_EQ(slot_->release(bad, page_bytes).error(), Error::invalid) << bad;
  }
  EXPECT_EQ(slot_->commit(slot_->base() + layout::entry_bytes - page_bytes, 2 * page_bytes, read_write).error(), Error::invalid);
  EXPECT_EQ(slot_->commit(heap_, ~u64{0} - 4095, read_write).error(), Error::invalid);
  EXPECT_EQ(SlotMemory::create(*memory_, account_, layout::slot_count).error(), Error::invalid);
}

TEST_F(SlotTest, OnlyTheTopEntrySaysWhoseItIs) {
  ASSERT_TRUE(slot_->commit(heap_, page_bytes, read_write));
  EXPECT_TRUE(slot_->top_entry(true).has(Entry::user));
  EXPECT_FALSE(slot_->top_entry(false).has(Entry::user));
  PhysAddr table = slot_->top_entry(false).frame();
  for (u32 level = top_level - 1; level >= 1; --level) {
    Entry const e = frame_pointer<Entry>(table)[entry_number(level, heap_)];
    EXPECT_TRUE(e.has(Entry::present | Entry::user | Entry::writable));
    table = e.frame();
  }
}

TEST_F(SlotTest, WindowsOntoAnonymousAndPhysicalMemory) {
  auto shared = *Object::create(*memory_, account_, ObjectKind::anonymous, 2 * page_bytes);
  u64 const a = slot_->base() + layout::slot_windows, b = a + (u64{1} << 20);
  ASSERT_TRUE(slot_->map_window(a, *shared, 0, 2 * page_bytes, read_write));
  ASSERT_TRUE(slot_->map_window(b, *shared, page_bytes, page_bytes, Protection::read));
  put(a + page_bytes, 9);
  EXPECT_EQ(get(b), 9u);
  EXPECT_EQ(slot_->map_window(a, *shared, 0, page_bytes, read_write).error(), Error::exists);
  EXPECT_EQ(slot_->map_window(a, *shared, page_bytes, 2 * page_bytes, read_write).error(), Error::invalid);
  EXPECT_EQ(slot_->map_window(b + page_bytes, *held(1), 0, page_bytes, read_write).error(), Error::not_supported);
  auto device = *Object::create_physical(*memory_, account_, PhysAddr{0xfee0'0000}, page_bytes, Caching::device);
  u64 const c = b + (u64{1} << 20);
  ASSERT_TRUE(slot_->map_window(c, *device, 0, page_bytes, read_write));
  EXPECT_EQ(slot_->share_frame(c).error(), Error::bad_address) << "device memory does not become a page of an object";
  ASSERT_TRUE(slot_->release(a, u64{4} << 20));
}

TEST_F(SlotTest, HeldPagesFaultUntilSuppliedAndVanishWhenWithdrawn) {
  auto file = held(4);
  auto space = new_space();
  Mapping m = anonymous(4 * page_bytes);
  u64 const private_map = *space->map(m, file.get());
  m.flags = u32(MapFlag::shared);
  u64 const shared_map = *space->map(m, file.get());
  RegionInfo info{};
  EXPECT_EQ(space->resolve(shared_map + page_bytes, false, &info).error(), Error::not_present);
  EXPECT_EQ(info.begin, shared_map);
  ASSERT_TRUE(slot_->commit(heap_, page_bytes, read_write));
  put(heap_, 3);
  EXPECT_EQ(file->supply(1, *slot_, heap_ + page_bytes, 1).error(), Error::bad_address);
  EXPECT_EQ(file->supply(4, *slot_, heap_, 1).error(), Error::invalid);
  ASSERT_TRUE(file->supply(1, *slot_, heap_, 1));
  ASSERT_TRUE(file->supply(1, *slot_, heap_, 1)) << "supplying again is no error";
  u64 value = 0;
  ASSERT_TRUE(space->copy(private_map + page_bytes, &value, 8, false));
  EXPECT_EQ(value, 3u);
  value = 4;
  ASSERT_TRUE(space->copy(shared_map + page_bytes, &value, 8, true));
  EXPECT_EQ(get(heap_), 4u) << "a shared mapping writes the holder's page";
  value = 5;
  ASSERT_TRUE(space->copy(private_map + page_bytes, &value, 8, true));
  EXPECT_EQ(get(heap_), 4u) << "a private one does not";
  ASSERT_TRUE(file->withdraw(0, 4));
  EXPECT_EQ(space->fault(shared_map + page_bytes, Access::read).error(), Error::not_present);
  ASSERT_TRUE(space->copy(private_map + page_bytes, &value, 8, false));
  EXPECT_EQ(value, 5u) << "private copies stay";
  EXPECT_EQ(space->fault(shared_map + 4 * page_bytes - 1, Access::read).error(), Error::not_present);
}

TEST_F(SlotTest, StoresToGuardedPagesAskTheHolder) {
  auto file = held(4);
  auto space = new_space();
  Mapping m = anonymous(4 * page_bytes);
  u64 const private_map = *space->map(m, file.get());
  m.flags = u32(MapFlag::shared);
  u64 const shared_map = *space->map(m, file.get());
  ASSERT_TRUE(slot_->commit(heap_, 2 * page_bytes, read_write));
  ASSERT_TRUE(file->supply(0, *slot_, heap_, 2, true));
  EXPECT_EQ(space->fault(shared_map, Access::write).error(), Error::not_present) << "before it is mapped";
  ASSERT_TRUE(space->fault(shared_map, Access::read));
  EXPECT_EQ(space->fault(shared_map, Access::write).error(), Error::not_present) << "mapped to be read";
  EXPECT_EQ(space->fault(shared_map + page_bytes, Access::write).error(), Error::not_present) << "a neighbour, mapped along";
  ASSERT_TRUE(space->protect(shared_map, 4 * page_bytes, Protection::read));
  ASSERT_TRUE(space->protect(shared_map, 4 * page_bytes, read_write));
  EXPECT_EQ(space->fault(shared_map, Access::write).error(), Error::not_present) << "protection given back is no leave";
  ASSERT_TRUE(space->fault(private_map, Access::write)) << "private copies are nobody's business";

  ASSERT_TRUE(file->supply(0, *slot_, heap_, 1));
  u64 value = 7;
  ASSERT_TRUE(space->copy(shared_map, &value, 8, true));
  EXPECT_EQ(get(heap_), 7u);
  EXPECT_EQ(space->fault(shared_map + page_bytes, Access::write).error(), Error::not_present);
  ASSERT_TRUE(file->supply(0, *slot_, heap_, 2, true)) << "leave that was given stays";
  ASSERT_TRUE(space->fault(shared_map, Access::write));
  ASSERT_TRUE(file->withdraw(0, 1));
  ASSERT_TRUE(file->supply(0, *slot_, heap_, 1, true));
  EXPECT_EQ(space->fault(shared_map, Access::write).error(), Error::not_present) << "until it is withdrawn";
}

TEST_F(SlotTest, CopiesBetweenSpaceAndSlotRespectTheSlotsProtection) {
  auto space = new_space();
  u64 const a = *space->map(anonymous(4 * page_bytes), nullptr);
  ASSERT_TRUE(slot_->commit(heap_, 2 * page_bytes, read_write));
  put(heap_ + page_bytes - 8, 77);
  EXPECT_EQ(*space->copy_slot(a + 100, *slot_, heap_ + page_bytes - 8, 16, true), 16u);
  u64 value = 0;
  ASSERT_TRUE(space->copy(a + 100, &value, 8, false));
  EXPECT_EQ(value, 77u);
  EXPECT_EQ(*space->copy_slot(a, *slot_, heap_, 3 * page_bytes, true), 2 * page_bytes) << "as far as the slot goes";
  ASSERT_TRUE(slot_->protect(heap_, page_bytes, Protection::read));
  EXPECT_EQ(space->copy_slot(a, *slot_, heap_, 8, false).error(), Error::bad_address);
}

TEST_F(SlotTest, LargeObjectsAreSparse) {
  auto big = *Object::create(*memory_, account_, ObjectKind::anonymous, Object::max_bytes);
  u64 const used = account_.used();
  PhysAddr const first = big->page(0)->frame, last = big->page(Object::max_bytes / page_bytes - 1)->frame;
  EXPECT_EQ(big->page(0)->frame, first);
  memory_->frames.drop(first);
  memory_->frames.drop(first);
  memory_->frames.drop(last);
  EXPECT_LT(account_.used() - used, 16u);
  EXPECT_EQ(big->page(Object::max_bytes / page_bytes).error(), Error::bad_address);
  EXPECT_EQ(big->page(1, false).error(), Error::not_present);
}

TEST_F(SlotTest, MasterEntriesReachAllRootsPrivateOnesOne) {
  Root domain, other;
  ASSERT_TRUE(memory_->roots.make(domain, account_));
  memory_->roots.set_entry(slot_->top_index(), slot_->top_entry(false));
  ASSERT_TRUE(memory_->roots.make(other, account_));
  auto entry = [&](Root& r) { return frame_pointer<Entry>(r.frame)[slot_->top_index()]; };
  EXPECT_EQ(entry(domain).raw, slot_->top_entry(false).raw);
  EXPECT_EQ(entry(other).raw, slot_->top_entry(false).raw);
  memory_->roots.set_entry(slot_->top_index(), Entry{});
  memory_->roots.set_entry(slot_->top_index(), slot_->top_entry(true), &domain);
  EXPECT_EQ(entry(domain).raw, slot_->top_entry(true).raw);
  EXPECT_TRUE(entry(other).empty());
  memory_->roots.destroy(domain);
  memory_->roots.destroy(other);
}

TEST_F(SlotTest, KernelStacksHaveGuardsAndAreUsedAgain) {
  u64 const frames = memory_->frames.statistics().free;
  Account payer{8};
  VirtAddr const a = *memory_->stacks.allocate(payer), b = *memory_->stacks.allocate(payer);
  EXPECT_EQ(memory_->stacks.allocate(payer).error(), Error::quota);
  EXPECT_EQ(a.raw(), layout::kernel_stacks + 5 * layout::kernel_stack_stride) << "the first four are the CPUs' own";
  EXPECT_FALSE(KernelStacks::is_guard(a.raw() - 1));
  EXPECT_FALSE(KernelStacks::is_guard(a.raw() - layout::kernel_stack_bytes));
  EXPECT_TRUE(KernelStacks::is_guard(a.raw() - layout::kernel_stack_bytes - 1));
  memory_->stacks.free(payer, b);
  EXPECT_EQ(*memory_->stacks.allocate(payer), b);
  memory_->stacks.free(payer, a);
  memory_->stacks.free(payer, b);
  EXPECT_EQ(payer.used(), 0u);
  std::vector<VirtAddr> many;
  Account rich{1 << 10};
  for (int i = 0; i < 20; ++i) many.push_back(*memory_->stacks.allocate(rich));
  for (VirtAddr s : many) memory_->stacks.free(rich, s);
  std::vector<VirtAddr> again;
  for (int i = 0; i < 20; ++i) again.push_back(*memory_->stacks.allocate(rich));
  std::ranges::sort(many);
  std::ranges::sort(again);
  EXPECT_EQ(many, again);
  for (VirtAddr s : again) memory_->stacks.free(rich, s);
  kept_ = frames - memory_->frames.statistics().free;
}

TEST_F(SlotTest, PoolsGetMemoryAsTheyGrow) {
  u64 const frames = memory_->frames.statistics().free;
  u64 const base = *memory_->pools.reserve(u64{1} << 30);
  EXPECT_EQ(base, layout::pools);
  ASSERT_TRUE(memory_->pools.populate(account_, base + 5000, 10));
  EXPECT_EQ(account_.used(), 3u);
  ASSERT_TRUE(memory_->pools.populate(account_, base, 2 * page_bytes));
  EXPECT_EQ(account_.used(), 4u);
  Entry* const leaf = memory_->pools.find(base + page_bytes);
  ASSERT_TRUE(leaf);
  EXPECT_FALSE(leaf->has(Entry::user));
  EXPECT_TRUE(leaf->has(Entry::present | Entry::writable | Entry::no_execute));
  EXPECT_FALSE(memory_->pools.find(base + 8 * page_bytes));
  EXPECT_EQ(memory_->pools.populate(account_, layout::direct_map, 1).error(), Error::invalid);
  for (u64 at : {base, base + page_bytes}) memory_->frames.drop(memory_->pools.find(at)->frame());
  kept_ = frames - memory_->frames.statistics().free;
}

}  // namespace hinge::nucleus::mm
