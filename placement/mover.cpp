#include "placement/mover.hpp"

#include <algorithm>

#include "host/log.hpp"
#include "placement/binder.hpp"

namespace hinge::placement {
namespace {

constexpr u64 shortest_nap_ns = 20'000, longest_nap_ns = 1'000'000;

/// One word of a port, written whole; the calls in between are what orders it before the reading of gates.
void set_methods(Instance const& client, Binding const& b, image::Method const* methods) {
  (void)host::slot_copy(client.slot, reinterpret_cast<u64>(b.port) + offsetof(image::PortBinding, methods), &methods, sizeof methods, true);
}

u64 inside_by_gate(Instance const& client, Binding const& b) {
  image::PortBinding::Shard gate[image::PortBinding::shards];
  u64 const at = reinterpret_cast<u64>(b.port) + offsetof(image::PortBinding, gate);
  if (!host::slot_copy(client.slot, at, gate, sizeof gate, false)) return 0;  // a slot without memory has nobody inside
  u64 sum = 0;
  for (auto const& shard : gate) sum += shard.inside.load(std::memory_order_relaxed);
  return sum;
}

template <class... A>
void say(System::MoveReport& report, FormatString<A...> format, A const&... arguments) {
  auto const text = format_to(std::span<char>{report.reason}.first(sizeof report.reason - 1), format, arguments...);
  std::fill(report.reason + text.size(), std::end(report.reason), '\0');
}

}  // namespace

Result<> Mover::start(std::span<Instance> all, host::Table const* kernel_table) {
  all_ = all;
  kernel_table_ = kernel_table;
  return ok;
}

/// Calls f(client, binding) for each port that leads to the service.
template <class F>
void Mover::each_client(u32 index, F&& f) const {
  for (Instance const& client : all_)
    for (Binding const& b : client.bindings)
      if (b.server == index) f(client, b);
}

void Mover::part_clients(u32 index) const {
  each_client(index, [&](Instance const& client, Binding const& b) {
    if (methods_for(client, b, all_) == b.direct) set_methods(client, b, client.side == Placement::kernel ? b.proxies : b.user_proxies);
  });
}

void Mover::bind_again(u32 index) const {
  for (Binding const& b : all_[index].bindings) set_methods(all_[index], b, methods_for(all_[index], b, all_));
  each_client(index, [&](Instance const& client, Binding const& b) { set_methods(client, b, methods_for(client, b, all_)); });
}

u64 Mover::directly_inside(u32 index) const {
  u64 sum = 0;
  each_client(index, [&](Instance const& client, Binding const& b) { sum += inside_by_gate(client, b); });
  return sum;
}

Result<> Mover::refuse(Instance const& service, Placement side, std::string_view domain, System::MoveReport& report) const {
  constexpr u32 running = 1;
  for (Instance const& other : all_) {
    if (&other != &service && (side != Placement::user || !other.is_at(side, domain))) continue;
    host::SlotInfo info;
    TRY(host::slot_info(other.slot, &info));
    if (info.state == running) continue;
    // Who is dead comes back, or not, as its domain was.
    say(report, "{} does not run", &other == &service ? "it" : other.service->name);
    return fail(Error::peer_died);
  }
  return ok;
}

void Mover::explain(u32 index, u64 by_portal, System::MoveReport& report) const {
  say(report, "still inside after {} ms: {} by portal, {} directly", all_[index].service->drain_limit_ns / 1'000'000, by_portal,
      directly_inside(index));
  each_client(index, [&](Instance const& client, Binding const& b) {
    if (u64 const calls = inside_by_gate(client, b))
      host::log("{} does not drain: {} calls by {}", all_[index].service->name, calls, client.service->name);
  });
}

Result<> Mover::drain(u32 index, System::MoveReport& report) const {
  Instance const& service = all_[index];
  u64 left = service.service->drain_limit_ns;
  u64 by_portal = TRY(host::slot_admit(service.slot, false));
  for (u64 nap = shortest_nap_ns;; nap = std::min(nap * 2, longest_nap_ns)) {
    // Each count only falls by now, apart from callers who step out at once: zero in both was zero together.
    if (!by_portal && !directly_inside(index)) return ok;
    if (!left) {
      explain(index, by_portal, report);
      return fail(Error::timed_out);
    }
    nap = std::min(nap, left);
    u64 const began = host::clock();
    by_portal = TRY(host::slot_drain(service.slot, began + nap));
    // The clock goes on while a virtual machine stands still, and so does nobody inside.
    left -= std::min(std::min(host::clock() - began, 2 * nap), left);
  }
}

Result<> Mover::turn(u32 index, Placement side, std::string_view domain, System::MoveReport& report) {
  Instance& service = all_[index];
  Handle with = no_handle;
  for (Instance const& other : all_)
    if (side == Placement::user && &other != &service && other.side == side && text_of(other.domain) == domain) with = other.slot;
  auto placed = host::slot_place(service.slot, side, with, service.base);
  // Nobody is let in any more, but who has just tried counts as inside until it has stepped out.
  u64 const limit = host::clock() + service.service->drain_limit_ns;
  for (u64 now; !placed && placed.error() == Error::busy && (now = host::clock()) < limit;) {
    TRY(host::slot_drain(service.slot, now + shortest_nap_ns));
    placed = host::slot_place(service.slot, side, with, service.base);
  }
  if (!placed) {
    say(report, "cannot be placed there: {}", placed.error());
    return placed;
  }
  {
    Guard guard{books_};
    service.set_place(side, domain);
  }
  host::Table const* const table = side == Placement::kernel ? kernel_table_ : service.process_host;
  return host::slot_copy(service.slot, service.base + offsetof(image::Header, host), const_cast<host::Table const**>(&table), sizeof table, true);
}

void Mover::move(u32 index, Placement side, std::string_view domain, System::MoveReport& report) {
  Instance& service = all_[index];
  say(report, "");
  if (service.is_at(side, domain)) return;
  auto done = refuse(service, side, domain, report);
  if (done) {
    u64 const began_ns = host::clock(), began = ticks();
    part_clients(index);
    done = drain(index, report);
    u64 const drained_ns = host::clock(), drained = ticks();
    if (done) done = turn(index, side, domain, report);
    bind_again(index);
    report.waited = host::slot_admit(service.slot, true).value_or(0);
    u64 const admitted = ticks(), admitted_ns = host::clock();
    report.drain_ticks = drained - began;
    report.switch_ticks = admitted - drained;
    report.drain_ns = drained_ns - began_ns;
    report.switch_ns = admitted_ns - drained_ns;
  }
  report.outcome = u64(done ? Error::none : done.error());
  if (done) {
    host::log("{} moved to {}: drain {} us, switch {} us, {} waited", service.service->name,
              side == Placement::kernel ? "the kernel side" : domain, report.drain_ns / 1000, report.switch_ns / 1000, report.waited);
  } else {
    host::log("{} stays where it is: {}", service.service->name, std::string_view{report.reason});
  }
}

}  // namespace hinge::placement
