// A space's life: roots, and destruction in steps.
#include "nucleus/mm/space.hpp"

#include <algorithm>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Space::Space(Memory& memory, Account& account) : memory_{memory}, account_{account} {}

Result<Ref<Space>> Space::create(Memory& memory, Account& account) {
  Space* const space = TRY(memory.spaces.make(account, memory, account));
  if (auto const made = memory.roots.make(space->own_, account); !made) {
    memory.spaces.destroy(space);
    return fail(made.error());
  }
  space->tree_ = PageTree{memory.frames, space->own_.frame, top_level};
  return Ref<Space>::adopt(space);
}

Result<PhysAddr> Space::service_view(Root const& domain) {
  if (shown_.load(std::memory_order_acquire) == &domain) return view_.frame;  // pairs with the release below
  Guard guard{lock_};
  if (view_.frame == PhysAddr{}) {
    TRY(memory_.roots.make(view_, account_, &domain));
    Entry const* const own = frame_pointer<Entry>(own_.frame);
    Entry* const view = frame_pointer<Entry>(view_.frame);
    for (u32 i = 0; i < table_entries / 2; ++i)
      if (!own[i].empty()) view[i].store(Entry{own[i].raw | Entry::no_execute});
    tree_.set_mirror(view_.frame);
  } else if (view_.view_of != &domain) {
    memory_.roots.show(view_, domain);
  }
  shown_.store(&domain, std::memory_order_release);
  return view_.frame;
}

bool Space::destroy_step() {
  Guard guard{lock_};
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  u32 budget = step_pages;
  while (!regions_.empty()) {
    Region& region = *regions_.begin();
    u64 const stop = tree_.visit(region.begin, region.end, [&](u64 address, Entry& leaf) {
      if (budget == 0) return false;
      --budget;
      Entry const old = leaf;
      tree_.clear(&leaf);
      if (!old.has(Entry::uncounted)) batch.add(address, old.frame(), old.bytes());
      return true;
    });
    if (stop < region.end) return false;
    tree_.prune(region.begin, region.end, batch);  // By region: a search through all of the lower half costs more than the rest.
    erase(region);
  }
  return true;
}

void Space::dispose() {
  while (!destroy_step()) {}
  if (view_.frame != PhysAddr{}) memory_.roots.destroy(view_);
  memory_.roots.destroy(own_);
  memory_.spaces.destroy(this);
}

Space::Statistics Space::statistics() {
  Guard guard{lock_};
  Statistics sum{};
  for (Region const& region : regions_) {
    sum.mapped_bytes += region.end - region.begin;
    sum.resident += count_resident(region.begin, region.end);
  }
  return sum;
}

}  // namespace hinge::nucleus::mm
