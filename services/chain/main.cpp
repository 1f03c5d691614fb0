// Links of a chain of calls, and the driver at its top: what happens to a caller, and to what it has called, when a domain in
// the middle dies, a deadline passes, or a call hangs. presets/chain.place loads this image several times.
#include <atomic>

#include "host/image.hpp"
#include "host/log.hpp"
#include "host/mutex.hpp"
#include "iface/buffer.hpp"
#include "iface/lifecycle.hpp"
#include "services/chain/interface.hpp"

namespace hinge::chain {
namespace {

constexpr u64 millisecond = 1'000'000;
u64 after_ms(u64 ms) { return host::clock() + ms * millisecond; }

struct Service {
  Port<Link> next;                                         ///< Of a link.
  Port<Link> middle, middle_by_buffer, last, spins, sleeps; ///< The driver's.

  Result<> on(Lifecycle::Start const&, Caller const& caller);
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<> on(Link::Do const& request, Caller const& caller) {
    if (request.down) return next.on(Link::Do{request.deed, request.down - 1, request.ms}, caller);
    return act(Deed(request.deed), request.ms);
  }
  Result<> on(Link::DoWith const& request, Caller const& caller) {
    auto further = request;
    if (further.down--) return next.on(further, caller);
    TRY(act(Deed(request.deed), request.ms));
    char byte;
    auto const copied = Buffer{request.address, request.bytes, request.writable}.copy_in(0, &byte, 1);
    if (!copied && copied.error() == Error::no_rights) ++refused_;
    return copied;
  }
  Result<> on(Link::Arm const& request, Caller const&) {
    Handle const event = TRY(host::event_create());
    Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(link), 2));
    TRY(host::event_bind(event, portal, Link::List::index<Link::Boom>()));
    return host::timer_set(event, after_ms(request.ms), 0);
  }
  Result<> on(Link::Boom const&, Caller const&) {
    *reinterpret_cast<u32 volatile*>(0) = 1;
    return ok;
  }
  Result<Link::Seen::Reply> on(Link::Seen const&, Caller const&) { return Link::Seen::Reply{done_, cancelled_, refused_}; }

  static image::Provided const* const link;

 private:
  Result<> act(Deed deed, u64 ms) {
    if (deed == Deed::wait) {
      Handle const never = TRY(host::event_create());
      auto const woken = host::event_wait(never, 0, after_ms(ms));
      cancelled_ += !woken && woken.error() == Error::cancelled;
      TRY(host::cap_delete(never));
    }
    for (u64 const end = after_ms(ms); deed == Deed::work && host::clock() < end;) {}
    for (u32 volatile turns = 0; deed == Deed::forever;) turns = turns + 1;
    static u32 const word = 0;
    while (deed == Deed::sleep) (void)host::word_wait(&word, 0, no_deadline);
    ++done_;
    return ok;
  }

  std::atomic<u64> done_{0}, cancelled_{0}, refused_{0};
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Link>(service, "link")};
constinit image::Provided const* const Service::link = &provided[1];
constinit image::Required required[] = {require(service.next, "next", true),     require(service.middle, "middle", true),
                                        require(service.middle_by_buffer, "middle_by_buffer", true),
                                        require(service.last, "last", true),     require(service.spins, "spins", true),
                                        require(service.sleeps, "sleeps", true)};

/// One line for each case: how the call ended, and after how long.
template <class M>
bool ends(char const* name, Port<Link> const& port, M const& request, Caller caller, Error how, u64 from_ms, u64 to_ms) {
  u64 const began = host::clock();
  auto const r = port.on(request, caller);
  u64 const ms = (host::clock() - began) / millisecond;
  Error const e = r ? Error::none : r.error();
  bool const well = e == how && ms >= from_ms && ms <= to_ms;
  host::log("chain {} {}: {} after {} ms", name, well ? "holds" : "BROKE", to_string(e), ms);
  return well;
}

/// Waits until the last link has seen as much.
bool seen(char const* name, Service& s, Caller const& caller, Link::Seen::Reply wanted) {
  for (u64 const end = after_ms(3000); host::clock() < end;) {
    auto const now = s.last.on(Link::Seen{}, caller);
    if (now && now->done == wanted.done && now->cancelled == wanted.cancelled && now->refused == wanted.refused) {
      host::log("chain {} holds", name);
      return true;
    }
    (void)host::yield();
  }
  auto const now = s.last.on(Link::Seen{}, caller);
  host::log("chain {} BROKE: {} done, {} cancelled, {} refused", name, now ? now->done : 0, now ? now->cancelled : 0, now ? now->refused : 0);
  return false;
}

constinit char payload[64] = "granted";

Result<> Service::on(Lifecycle::Start const&, Caller const& caller) {
  if (!last.on(Link::Seen{}, caller)) return ok;  // not the driver
  constexpr u32 wait = u32(Deed::wait), work = u32(Deed::work);
  Caller late = caller;
  bool well = true;
  auto const by = [&](u64 ms) { late.deadline_ns = after_ms(ms); return late; };
  well &= ends("answered-in-time", last, Link::Do{work, 0, 20}, by(2000), Error::none, 20, 1500);
  well &= ends("deadline-of-a-wait", last, Link::Do{wait, 0, 2500}, by(100), Error::timed_out, 100, 1500);
  well &= seen("the-wait-was-cancelled", *this, caller, {2, 1, 0});
  well &= ends("deadline-of-work", last, Link::Do{work, 0, 900}, by(100), Error::timed_out, 100, 800);
  well &= seen("the-orphan-finished", *this, caller, {3, 1, 0});
  well &= ends("deadline-inherited", middle, Link::Do{work, 1, 900}, by(100), Error::timed_out, 100, 800);
  well &= seen("the-orphans-finished", *this, caller, {4, 1, 0});
  TRY(middle.on(Link::Arm{200}, caller));
  well &= ends("death-in-the-middle", middle, Link::Do{work, 1, 1500}, caller, Error::peer_died, 150, 1300);
  well &= seen("below-the-dead", *this, caller, {5, 1, 0});
  u64 const at = reinterpret_cast<u64>(payload);
  TRY(middle_by_buffer.on(Link::DoWith{at, sizeof payload, 0, work, 1, 10}, caller));
  TRY(middle_by_buffer.on(Link::Arm{200}, caller));
  well &= ends("death-above-a-wait", middle_by_buffer, Link::DoWith{at, sizeof payload, 0, wait, 1, 2500}, caller, Error::peer_died, 150, 1300);
  well &= seen("grants-are-revoked", *this, caller, {7, 2, 1});
  well &= ends("hang-of-work", spins, Link::Do{u32(Deed::forever), 0, 0}, caller, Error::peer_died, 300, 1900);
  well &= ends("hang-of-sleep", sleeps, Link::Do{u32(Deed::sleep), 0, 0}, caller, Error::peer_died, 300, 1900);
  host::log("chain all {}", well ? "hold" : "BROKE");
  return ok;
}

}  // namespace
}  // namespace hinge::chain

HINGE_IMAGE("chain", hinge::chain::provided, hinge::chain::required, hinge::host::nothing)
