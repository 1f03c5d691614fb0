// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/dma.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp
// Random operations on several spaces, by seed, each compared with the model: results, contents, regions; memory is
// touched as four processors would, which walk the real tables and remember stale entries until told to forget. At the
// end of a seed every frame must be back (MemoryTest).
#include <algorithm>
#include <random>

#include "nucleus/mm/test_model.hpp"
#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {

class ModelTest : public MemoryTest, public testing::WithParamInterface<u32> {
 protected:
  // Across a boundary of top-level entries, so that all levels of tables come and go.
  static constexpr u64 arena = (u64{1} << 39) / page_bytes - 40;
  static constexpr u64 slot_pages = 24, object_pages = 32;
  static constexpr u64 word = 123;           ///< Of each page, the one that is looked at.
  static constexpr u32 cpus = 4;
  static constexpr u32 first_large_seed = 1000;
  // From there on the arena has room for huge pages, and ranges are of their size.
  bool const large_ = GetParam() >= first_large_seed;
  u64 const arena_pages = large_ ? 1536 : 96, most_mapped = large_ ? 1200 : 12, most_changed = large_ ? 700 : 8;
  u32 const most_spaces = large_ ? 2 : 5;

  struct Process { Ref<Space> space; model::Space model; };
  struct File { Ref<Object> object; std::shared_ptr<model::Object> model; };

  void SetUp() override {
    slot_ = *SlotMemory::create(*memory_, account_, 3);
    ASSERT_TRUE(memory_->roots.make(domain_, account_));
    memory_->roots.set_entry(slot_->top_index(), slot_->top_entry(true), &domain_);
    slot_cells_.resize(slot_pages);
    for (u32 i = 0; i < 2; ++i) {
      files_.push_back({*Object::create(*memory_, account_, ObjectKind::held, object_pages * page_bytes), std::make_shared<model::Object>()});
      files_.back().model->held = true;
      files_.back().model->pages = object_pages;
    }
    for (u32 cpu = 1; cpu < cpus; ++cpu) {
      fake_cpu = cpu;
      memory_->tlb.online();
    }
    fake_cpu = 0;
    processes_.push_back({new_space(), {}});
  }
  void TearDown() override {
    if (HasFatalFailure()) return;
    for (u32 cpu = 0; cpu < cpus; ++cpu) load(cpu, nullptr);
    processes_.clear();
    files_.clear();
    memory_->roots.destroy(domain_);
    slot_->destroy();
  }

  template <class T>
  static void refused(Result<T> const& r, Error why) {
    ASSERT_FALSE(r) << "should be " << to_string(why);
    ASSERT_EQ(r.error(), why) << to_string(r.error()) << " instead of " << to_string(why);
  }

  u64 pick(u64 below) { return random_() % below; }
  Process& any() { return processes_[pick(processes_.size())]; }
  Protection any_protection() { return Protection(pick(8)); }

  // ---- processors ----
  void load(u32 cpu, Space* space) {
    if (loaded_[cpu] == space) return;
    if (space) space->enter_cpu(cpu);
    fake_tlb[cpu].clear();
    if (loaded_[cpu]) loaded_[cpu]->leave_cpu(cpu);
    loaded_[cpu] = space;
  }
  static bool permits(Entry leaf, Access access) {
    if (!leaf.has(Entry::present | Entry::user)) return false;
    if (access == Access::write) return leaf.has(Entry::writable);
    return access != Access::execute || !leaf.has(Entry::no_execute);
  }
  static Entry walk(PhysAddr root, u64 address) {
    u64 denied = 0;
    for (u32 level = top_level;; --level) {
      Entry const e = frame_pointer<Entry>(root)[entry_number(level, address)];
      if (!e.has(Entry::present)) return {};
      denied |= e.raw & Entry::no_execute;
      if (level == 1) return Entry{e.raw | denied};
      if (e.has(Entry::huge)) return Entry{(e.raw | denied) + align_down(address % huge_bytes, page_bytes)};
      root = e.frame();
    }
  }
  /// The word of a page as a program on `cpu` gets at it. Faults are served as the kernel does.
  Result<u64*> touch(u32 cpu, Space& space, u64 number, Access access) {
    u64 const address = number * page_bytes;
    fake_cpu = cpu;
    for (int attempt = 0; attempt < 3; ++attempt) {
      auto& tlb = fake_tlb[cpu];
      auto const known = tlb.find(address);
      Entry e = known != tlb.end() ? Entry{known->second} : walk(space.root(), address);
      if (permits(e, access)) {
        if (pick(2)) tlb[address] = e.raw;
        return frame_pointer<u64>(e.frame()) + word;
      }
      if (known == tlb.end() && pick(2) && e.has(Entry::present)) tlb[address] = e.raw;
      TRY(space.fault(address + pick(page_bytes), access));
    }
    ADD_FAILURE() << "a served fault repeats";
    return fail(Error::busy);
  }
  void check_touches() {
    u64 const number = arena + pick(arena_pages);
    for (u64 times = 1 + pick(4); times > 0 && !HasFatalFailure(); --times) check_touch(number);
  }
  void check_touch(u64 number) {
    // Mostly on with the space that is loaded: entries that should have been forgotten must have time to do harm.
    u32 const cpu = static_cast<u32>(pick(cpus));
    auto const here = std::ranges::find(processes_, loaded_[cpu], [](Process& q) { return q.space.get(); });
    Process& p = here != processes_.end() && pick(8) != 0 ? *here : processes_[pick(3) == 0 ? pick(processes_.size()) : 0];
    load(cpu, p.space.get());
    auto const access = Access(pick(3));
    auto const found = touch(cpu, *p.space, number, access);
    model::Page* const page = p.model.find(number);
    auto const expected = p.model.read(number);
    bool const allowed = page && (access == Access::read    ? page->protection != Protection::none
                                  : access == Access::write ? has(page->protection, Protection::write)
                                                            : has(page->protection, Protection::execute));
    if (page && !allowed) return refused(found, Error::access);
    if (!expected) return refused(found, expected.error());
    ASSERT_TRUE(found) << to_string(found.error());
    ASSERT_EQ(**found, *expected);
    if (access != Access::write) return;
    **found = ++stamp_;
    ASSERT_TRUE(p.model.write(number, stamp_));
  }

  // ---- operations ----
  void map() {
    Process& p = any();
    u64 const count = 1 + pick(most_mapped), first = arena + pick(arena_pages - count);
    model::Page page;
    page.protection = any_protection();
    page.opaque = pick(2);
    page.maximum = page.protection | any_protection();
    page.shared = pick(3) == 0;
    Mapping m{.address = first * page_bytes, .bytes = count * page_bytes, .protection = page.protection, .maximum = page.maximum,
              .flags = page.shared ? u32(MapFlag::shared) : 0, .object = no_handle, .offset = 0, .opaque = {page.opaque, 0}};
    m.flags |= u32(pick(2) ? MapFlag::fixed : MapFlag::fixed_noreplace);
    if (pick(4) == 0) m.flags |= u32(MapFlag::populate);
    Object* object = nullptr;
    bool const any_object = pick(2);
    if (!any_object && !page.shared) m.flags |= u32(MapFlag::large_pages);
    if (any_object) {
      File& f = files_[pick(files_.size())];
      object = f.object.get();
      m.object = Handle{7};
      page.object = f.model;
      page.index = pick(object_pages + 4);
      m.offset = page.index * page_bytes;
    } else if (page.shared) {
      page.object = std::make_shared<model::Object>(model::Object{.held = false, .pages = count, .cells = {}});
    }
    if (pick(8) == 0 && !has(m.flags, MapFlag::populate)) account_.set_limit(account_.used());
    auto const r = p.space->map(m, object);
    account_.set_limit(1 << 20);
    if (!r && r.error() == Error::quota) return;  // Then nothing has changed.
    if (has(m.flags, MapFlag::fixed_noreplace) && !p.model.is_free(first, count)) return refused(r, Error::exists);
    ASSERT_TRUE(r) << to_string(r.error());
    ASSERT_EQ(*r, m.address);
    p.model.erase(first, count);
    for (u64 i = 0; i < count; ++i, ++page.index) p.model.pages[first + i] = page;
    if (!has(m.flags, MapFlag::populate) || page.shared || !has(page.protection, Protection::write)) return;
    for (u64 i = 0; i < count; ++i) {  // Private pages to be written are copied at once, up to the first that is missing.
      auto const now = p.model.read(first + i);
      if (!now) return;
      p.model.find(first + i)->own = *now;
    }
  }
  void unmap() {
    Process& p = any();
    u64 const count = 1 + pick(most_changed), first = arena + pick(arena_pages - count);
    ASSERT_TRUE(p.space->unmap(first * page_bytes, count * page_bytes - pick(100)));
    p.model.erase(first, count);
  }
  void protect() {
    Process& p = any();
    u64 const count = 1 + pick(most_changed), first = arena + pick(arena_pages - count);
    Protection const wanted = any_protection();
    auto const r = p.space->protect(first * page_bytes, count * page_bytes, wanted);
    if (!p.model.covered(first, count)) return refused(r, Error::not_found);
    bool allowed = true;
    for (u64 i = first; i < first + count; ++i) allowed &= has(p.model.find(i)->maximum, wanted);
    if (!allowed) return refused(r, Error::access);
    ASSERT_TRUE(r);
    for (u64 i = first; i < first + count; ++i) p.model.find(i)->protection = wanted;
  }
  void discard() {
    Process& p = any();
    u64 const count = 1 + pick(most_changed), first = arena + pick(arena_pages - count);
    ASSERT_EQ(bool(p.space->discard(first * page_bytes, count * page_bytes)), p.model.covered(first, count));
    for (u64 i = first; i < first + count; ++i)
      if (model::Page* page = p.model.find(i)) page->own.reset();
  }
  void remap() {
    Process& p = any();
    model::Space& m = p.model;
    u64 const old = 1 + pick(most_changed), fresh = 1 + pick(most_changed), from = arena + pick(arena_pages - most_changed);
    u64 const to = pick(2) ? 0 : arena + pick(arena_pages - most_changed);
    auto const r = p.space->remap(from * page_bytes, old * page_bytes, to * page_bytes, fresh * page_bytes, false);
    if (to && to < from + old && from < to + fresh) return refused(r, Error::invalid);
    if (!m.one_region(from, old)) return refused(r, Error::bad_address);
    if (!to && fresh > old && !m.is_free(from + old, fresh - old)) return refused(r, Error::no_memory);
    ASSERT_TRUE(r) << to_string(r.error());
    u64 const place = to ? to : from;
    ASSERT_EQ(*r, place * page_bytes);
    if (fresh < old) m.erase(from + fresh, old - fresh);
    std::map<u64, model::Page> moved;
    for (u64 i = 0; i < std::min(old, fresh); ++i) moved[i] = m.pages[from + i];
    model::Page next = moved.rbegin()->second;
    next.own.reset();
    for (u64 i = old; i < fresh; ++i) {
      ++next.index;
      moved[i] = next;
    }
    m.erase(from, old);
    m.erase(place, fresh);
    for (auto const& [i, page] : moved) m.pages[place + i] = page;
  }
  void clone() {
    if (processes_.size() == most_spaces) return destroy();
    u64 const from = pick(processes_.size());
    Ref<Space> child = new_space();
    if (pick(8) == 0) account_.set_limit(account_.used() + pick(6));
    Space::CloneProgress progress;
    Result<bool> done{false};
    while (done && !*done) done = processes_[from].space->clone_step(*child, progress);
    account_.set_limit(1 << 20);
    if (!done) return refused(done, Error::quota);
    processes_.push_back({std::move(child), processes_[from].model});
  }
  void destroy() {
    if (processes_.size() == 1) return;
    u64 const victim = pick(processes_.size());
    for (u32 cpu = 0; cpu < cpus; ++cpu)
      if (loaded_[cpu] == processes_[victim].space.get()) load(cpu, nullptr);
    processes_.erase(processes_.begin() + static_cast<long>(victim));
  }
  /// The kernel's own way to a process' memory; ignores protection but for shared pages that are read-only.
  void copy() {
    Process& p = any();
    u64 const number = arena + pick(arena_pages);
    u64 const address = number * page_bytes + word * sizeof(u64);
    bool const write = pick(2);
    u64 value = ++stamp_;
    auto const r = p.space->copy(address, &value, sizeof value, write);
    model::Page* const page = p.model.find(number);
    if (page && write && page->shared && !has(page->protection, Protection::write)) return refused(r, Error::access);
    auto const expected = p.model.read(number);
    if (!expected) return refused(r, expected.error());
    ASSERT_TRUE(r) << to_string(r.error());
    if (write) ASSERT_TRUE(p.model.write(number, value));
    else ASSERT_EQ(value, *expected);
  }
  /// A fault that nobody can pay for changes nothing.
  void poor() {
    account_.set_limit(account_.used());
    Process& p = any();
    u64 const number = arena + pick(arena_pages);
    auto const r = p.space->fault(number * page_bytes, Access(pick(3)));
    if (!r) {
      ASSERT_TRUE(r.error() == Error::quota || r.error() == Error::access || !p.model.read(number)) << to_string(r.error());
    }
    account_.set_limit(1 << 20);
  }

  // ---- the holder ----
  u64 slot_address(u64 i) { return slot_->base() + layout::slot_pages + i * page_bytes; }
  void commit() {
    u64 const i = pick(slot_pages);
    ASSERT_TRUE(slot_->commit(slot_address(i), page_bytes, read_write));
    if (!slot_cells_[i]) slot_cells_[i] = std::make_shared<u64>(0);
  }
  void release() {
    u64 const i = pick(slot_pages);
    ASSERT_TRUE(slot_->release(slot_address(i), page_bytes));
    slot_cells_[i] = nullptr;
  }
  void supply() {
    File& f = files_[pick(files_.size())];
    u64 const i = pick(slot_pages), index = pick(object_pages);
    auto const r = f.object->supply(index, *slot_, slot_address(i), 1);
    if (!slot_cells_[i]) return refused(r, Error::bad_address);
    auto const it = f.model->cells.find(index);
    if (it != f.model->cells.end() && it->second != slot_cells_[i]) return refused(r, Error::exists);
    ASSERT_TRUE(r);
    f.model->cells[index] = slot_cells_[i];
  }
  void withdraw() {
    File& f = files_[pick(files_.size())];
    u64 const count = 1 + pick(10), first = pick(object_pages - count);
    ASSERT_TRUE(f.object->withdraw(first, count));
    f.model->cells.erase(f.model->cells.lower_bound(first), f.model->cells.lower_bound(first + count));
  }

  void check_regions(Process& p) {
    std::map<u64, model::Page> seen;
    RegionInfo info;
    u64 runs = 0;
    for (u64 address = 0; p.space->query(address, info); address = info.end) {
      ++runs;
      ASSERT_LT(info.begin, info.end);
      ASSERT_GE(info.begin, address);
      for (u64 i = info.begin / page_bytes; i < info.end / page_bytes; ++i) {
        model::Page* const page = p.model.find(i);
        ASSERT_TRUE(page);
        ASSERT_EQ(page->protection, info.protection);
        ASSERT_EQ(page->maximum, info.maximum);
        ASSERT_EQ(page->shared, has(info.flags, MapFlag::shared));
        ASSERT_EQ(page->opaque, info.opaque[0]);
        if (page->object) ASSERT_EQ(page->index, info.offset / page_bytes + i - info.begin / page_bytes);
        seen[i];
      }
    }
    ASSERT_EQ(seen.size(), p.model.pages.size());
    u64 expected = 0;
    for (auto const& [i, page] : p.model.pages) {
      model::Page* const before = p.model.find(i - 1);
      expected += !before || !before->continues(page);
    }
    ASSERT_EQ(runs, expected) << "regions that could be one";
  }

  void step() {
    switch (pick(24)) {
      case 0: case 1: return map();
      case 2: return unmap();
      case 3: return protect();
      case 4: return discard();
      case 5: return remap();
      case 6: return pick(3) ? clone() : destroy();
      case 7: return commit();
      case 8: return supply();
      case 9: return withdraw();
      case 10: return pick(4) ? supply() : release();
      case 11: case 12: return copy();
      case 13: return poor();
      case 14: return check_regions(any());
      case 15: {
        if (pick(10) == 0) ASSERT_TRUE(any().space->service_view(domain_));
        return;
      }
      default: return check_touches();
    }
  }

  std::mt19937 random_{GetParam()};
  u64 stamp_ = 0;
  SlotMemory* slot_ = nullptr;
  Root domain_;
  std::vector<model::Cell> slot_cells_;
  std::vector<File> files_;
  std::vector<Process> processes_;
  Space* loaded_[cpus] = {};
};

TEST_P(ModelTest, BehavesLikeTheModel) {
  for (int i = 0; i < (large_ ? 1000 : 4000); ++i) {
    fake_cpu = static_cast<u32>(pick(cpus));
    step();
    if (HasFatalFailure()) FAIL() << "seed " << GetParam() << ", step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, testing::Range(1u, 41u));
INSTANTIATE_TEST_SUITE_P(HugePages, ModelTest, testing::Range(1000u, 1006u));

}  // namespace hinge::nucleus::mm
