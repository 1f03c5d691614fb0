// How the services of a dead domain come back. See supervisor.hpp; whether they are to is decided in supervisor.cpp.
#include "placement/binder.hpp"
#include "placement/devices.hpp"
#include "placement/loader.hpp"
#include "placement/supervisor.hpp"

namespace hinge::placement {
namespace {

constexpr u64 clear_limit_ns = 20'000'000'000;   // More than a driver waits for its device.
constexpr u64 start_limit_ns = 5'000'000'000, shortest_nap_ns = 50'000, longest_nap_ns = 1'000'000;

std::unexpected<Problem> failed(Instance const& i, std::string_view what, Error e) {
  return std::unexpected{Problem{i.service->name, 0, {what, ": ", to_string(e)}}};
}

}  // namespace

Checked<> Supervisor::revive(Group const& group) {
  for (u32 i : group) CHECK(clear(all_[i]));
  for (u32 i : group) CHECK(fill(all_[i]));
  CHECK(place(group));
  for (u32 i : group) CHECK(start_one(all_[i]));
  for (u32 i : group) (void)host::slot_admit(all_[i].slot, true);
  return ok;
}

Checked<> Supervisor::clear(Instance& instance) const {
  // What it had begun in its servers ends first: a write that it had asked for must not come after those of its next life.
  u64 const limit = host::clock() + clear_limit_ns;
  for (u64 pause = shortest_nap_ns;; pause = std::min(pause * 2, longest_nap_ns)) {
    auto const cleared = host::slot_clear(instance.slot);
    if (cleared) break;
    if (cleared.error() != Error::busy || host::clock() >= limit) return failed(instance, "its threads do not leave it", cleared.error());
    nap(pause);
  }
  constexpr struct { u64 begin, end; } lost[] = {{0, layout::slot_vault}, {layout::slot_windows, device_windows}, {device_windows_end, layout::entry_bytes}};
  for (auto const& range : lost) {
    auto const released = host::memory_release(instance.slot, instance.base + range.begin, range.end - range.begin);
    if (!released) return failed(instance, "cannot take its memory", released.error());
  }
  return ok;
}

Checked<> Supervisor::fill(Instance& instance) const {
  for (Gift const& g : instance.gifts) {
    auto const given = host::cap_give(instance.slot, g.from, g.rights, g.badge);
    if (!given) return failed(instance, "cannot give it its capabilities", given.error());
    // Into an empty table, in the same order: the bindings hold as they are.
    if (*given != g.given) return failed(instance, "its capabilities came out differently", Error::exists);
  }
  CHECK(unfold(instance));
  complete(instance, all_, kernel_table_);
  return install(*files_, instance);
}

Checked<> Supervisor::place(Group const& group) const {
  Handle with = no_handle;
  for (u32 i : group) {
    auto const placed = host::slot_place(all_[i].slot, Placement::user, with, all_[i].base);
    if (!placed) return failed(all_[i], "cannot be placed", placed.error());
    with = all_[i].slot;
  }
  return ok;
}

[[gnu::noinline]] Checked<> Supervisor::start_one(Instance const& instance) const {
  Port<Lifecycle> lifecycle;
  lifecycle.connect_singly(instance.portals[0].portal);
  auto started = host::slot_admit_only(instance.slot, instance.portals[0].portal);
  // The limit is for a service that is ended before its start gets in: that would wait for the next life, begun from here.
  u64 const limit_ns = host::clock() + std::max(start_limit_ns, 2 * instance.service->hang_limit_ns);
  if (started) started = lifecycle.on(start_request(*files_, instance, true), Caller{.deadline_ns = limit_ns});
  return started ? Checked<>{ok} : failed(instance, "does not start", started.error());
}

}  // namespace hinge::placement
