// Takes turns with itself, for tests of scheduling: loaded several times by presets/turns.place, with workers of different
// priorities and budgets. What an instance does follows from the name under which it calls the keeper, which is another
// instance and has a lock. Each logs a line "turns ROLE ..." when it is done; tests/system/turns.py reads them.
#include "host/image.hpp"
#include "host/log.hpp"
#include "host/mutex.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::turns {
namespace {

constexpr u64 ms = 1'000'000;
constexpr u64 start_ns = 1'000 * ms;       ///< When the struggle for the lock begins, since boot.
constexpr u64 spender_ns = 4'000 * ms;     ///< When the one with a budget begins, and the one that owes most of it: one after
constexpr u64 debtor_ns = 11'000 * ms;     ///< the other, since processors that share one counted time charge each other for it.
constexpr u64 measured_ns = 1'200 * ms;   ///< That they use in all.

/// Uses the processor that long, not counting what others had of it meanwhile.
void use(u64 ns) {
  constexpr u64 longest_own = ms / 10;
  for (u64 used = 0, last = host::clock(); used < ns;) {
    u64 const now = host::clock();
    if (now - last < longest_own) used += now - last;
    last = now;
  }
}

struct Rank { static constexpr u32 level = 1; };

/// The keeper's: holds the lock while it uses the processor. How long it had waited for the lock.
struct Keeper {
  struct Hold { struct Reply { u64 waited_ns; }; u64 use_ns; };
  using List = Calls<Hold>;
};

/// A worker's entry in all others.
struct Turn {
  struct Begin { using Reply = Unit; u64 count; };
  using List = Calls<Begin>;
};

struct Service {
  Port<Keeper> low, medium, high, spender, debtor;

  Result<> on(Lifecycle::Start const&, Caller const& caller);
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }
  Result<Keeper::Hold::Reply> on(Keeper::Hold const& request, Caller const&) {
    u64 const asked = host::clock();
    Guard guard{lock_};
    u64 const waited = host::clock() - asked;
    use(request.use_ns);
    return Keeper::Hold::Reply{waited};
  }
  Result<> on(Turn::Begin const& turn, Caller const& caller);

 private:
  Result<> hold(char const* role, Port<Keeper> const& keeper, u64 ns, Caller const& caller) {
    auto const held = TRY(keeper.on(Keeper::Hold{ns}, caller));
    host::log("turns {} waited {} us", role, held.waited_ns / 1000);
    return ok;
  }
  /// One of many events, each of which uses `ns`. The last one says which share of the time it was, in thousandths.
  Result<> spend(char const* role, u64 ns, u64 count) {
    if (count == 1) began_ns_ = host::clock();
    u64 const passed = host::clock() - began_ns_;
    if (count > measured_ns / ns) {
      host::log("turns {} share {} of 1000", role, measured_ns * 1000 / passed);
      return ok;
    }
    use(ns);
    return host::event_signal(event_);
  }

  enum class Role : u8 { keeper, low, medium, high, spender, debtor } role_ = Role::keeper;
  Handle event_{};
  u64 began_ns_ = 0;
  Mutex<Rank> lock_;
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Keeper>(service, "keeper"), provide<Turn>(service, "turn")};
constinit image::Required required[] = {require(service.low, "low", true), require(service.medium, "medium", true),
                                        require(service.high, "high", true), require(service.spender, "spender", true),
                                        require(service.debtor, "debtor", true)};

Result<> Service::on(Lifecycle::Start const&, Caller const& caller) {
  struct { Port<Keeper> const& port; Role role; u64 begin_ns; } const roles[] = {
      {low, Role::low, start_ns}, {medium, Role::medium, start_ns + 5 * ms}, {high, Role::high, start_ns + 10 * ms},
      {spender, Role::spender, spender_ns}, {debtor, Role::debtor, debtor_ns}};
  for (auto const& r : roles) {
    if (!r.port.on(Keeper::Hold{0}, caller)) continue;
    role_ = r.role;
    event_ = TRY(host::event_create());
    Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&provided[2]), 1));
    TRY(host::event_bind(event_, portal, 0));
    TRY(host::timer_set(event_, r.begin_ns, 0));
  }
  return ok;
}

Result<> Service::on(Turn::Begin const& turn, Caller const& caller) {
  switch (role_) {
    case Role::keeper: return ok;
    case Role::low: return hold("low", low, 40 * ms, caller);
    case Role::high: return hold("high", high, ms, caller);
    case Role::medium:
      use(300 * ms);
      host::log("turns medium done");
      return ok;
    case Role::spender: return spend("spender", 3 * ms, turn.count);
    case Role::debtor: return spend("debtor", 50 * ms, turn.count);
  }
  return ok;
}

}  // namespace
}  // namespace hinge::turns

HINGE_IMAGE("turns", hinge::turns::provided, hinge::turns::required, hinge::host::nothing)
