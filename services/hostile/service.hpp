// The hostile service and its driver, in one image that presets/hostile.place loads several times. Whoever has a
// "target" is the driver; the others do what it asks.
#pragma once

#include <atomic>

#include "host/host.hpp"
#include "iface/echo.hpp"
#include "iface/lifecycle.hpp"
#include "services/hostile/interface.hpp"
#include "services/hostile/raw.hpp"

namespace hinge::hostile {

/// What leads into the attacker itself.
struct Sink {
  /// Its bound event: gives back the buffer that is being copied, and takes it again.
  struct Fired { using Reply = Unit; u64 count; };
  /// Deletes a capability: the last of the portal that this call came through, or no_handle.
  struct Saw { using Reply = Unit; u64 handle; };
  using List = Calls<Fired, Saw>;
};

struct Service {
  Port<Echo> echo;
  Port<Attacks> peer;     ///< Copies from our buffers.
  Port<Attacks> target, breaks_by_sse, breaks_by_step;   ///< The driver's.

  Result<> on(Lifecycle::Start const& start, Caller const& caller);
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<Attacks::Held> on(Attacks::Natives const& request, Caller const&);
  Result<Attacks::Held> on(Attacks::Calls_ const& request, Caller const& caller);
  Result<> on(Attacks::Forge const& request, Caller const&);
  Result<> on(Attacks::ForgeLong const& request, Caller const&);
  Result<Attacks::Held> on(Attacks::Flags const&, Caller const& caller);
  Result<Attacks::Held> on(Attacks::Unmap const& request, Caller const& caller);
  Result<Attacks::Held> on(Attacks::Portals const& request, Caller const& caller);
  Result<Attacks::Look::Reply> on(Attacks::Look const&, Caller const&);
  Result<> on(Attacks::Copy const& request, Caller const&);
  Result<> on(Attacks::Floating const&, Caller const&);
  Result<> on(Attacks::Step const&, Caller const&);
  Result<Attacks::Frames::Reply> on(Attacks::Frames const&, Caller const&);

  Result<> on(Sink::Fired const&, Caller const&);
  Result<> on(Sink::Saw const& request, Caller const&);

  /// A portal into this service's Sink, made once.
  Result<Handle> sink();

 private:
  Handle sink_{};
  std::atomic<u64> fired_{0};
  std::atomic<bool> unmapping_{false};   ///< Else the events are the random calls' own, and do nothing.
};
extern Service service;
extern image::Provided const* const sink_provided;

inline Handle handle_of(auto& port) { return port.binding()->portal; }

/// The driver's part: every attack in turn, with what must hold after it.
Result<> drive(Service& s, u64 seed, Caller const& caller);

/// Memory that attacks may name and lose: nothing else of ours lies there.
inline constexpr u64 scratch_bytes = u64{8} << 20;
u64 scratch();

}  // namespace hinge::hostile
