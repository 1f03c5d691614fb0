// Fuzzes the core: bytes become operations of the explorer, on a larger Core, and capability operations on handles that
// were made up. After each, every invariant must hold.
#include <cstdio>
#include <cstdlib>

#include "tests/explore/operations.hpp"

namespace {

using namespace hinge;
using namespace hinge::explore;

constexpr Bounds bounds{.cpus = 2, .threads = 6, .portals = 3, .events = 3, .slots = 3, .entries = 12, .activations = 6};

/// Two slots on the user side, one in the kernel domain, two threads, a memory object, and a name for each of these threads.
void start(World& w) {
  for (u32 i = 1; i <= bounds.slots; ++i) w.add_slot();
  Slot& inside = w.core().slots[bounds.slots];
  w.core().admit(inside, false);
  (void)w.core().place(inside, Placement::kernel, no_domain);
  w.core().admit(inside, true);
  (void)w.core().insert(1, Kind::object, 7, 0, Right::all, 0);
  w.objects = 1;
  for (u32 i = 0; i < 2; ++i) {
    Thread& t = **w.core().create_thread(1);
    t.priority = lowest;
    (void)w.core().name_thread(1 + i, t);
    w.core().make_ready(t);
  }
}

/// What a hostile domain may try on any handle at all.
void made_up(World& w, u8 what, u32 handle) {
  Core& core = w.core();
  i64 const before = fake_machine.references;
  switch (what % 4) {
    case 0: (void)core.mint(Handle{handle}, 1, Right::all, 0); break;
    case 1: (void)core.remove(Handle{handle}); break;
    case 2: (void)core.revoke(Handle{handle}, 2); break;
    case 3: (void)core.look_up(Handle{handle}, Kind(what >> 2), Right::none); break;
  }
  w.objects = u32(i64(w.objects) + fake_machine.references - before);
}

void demand(char const* broken, u8 what) {
  if (!broken) return;
  std::fprintf(stderr, "broken: %s, after %s\n", broken, what < u8(Do::count) ? name_of(Do(what)) : "a made-up handle");
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(u8 const* data, std::size_t size) {
  World world{bounds};
  start(world);
  while (size >= 4) {
    u8 const what = data[0] % (u8(Do::count) + 1);
    if (what < u8(Do::count)) {
      (void)apply(world, within(bounds, {Do(what), data[1], data[2], data[3]}));
      data += 4, size -= 4;
    } else {
      u32 const index = size >= 8 ? u32(data[4]) | u32(data[5]) << 8 | u32(data[6]) << 16 : data[3];
      made_up(world, data[1], u32(data[2]) << 24 | index);
      data += size >= 8 ? 8 : 4, size -= size >= 8 ? 8 : 4;
    }
    demand(world.core().check(), what);
    demand(broken_property(world), what);
  }
  return 0;
}
