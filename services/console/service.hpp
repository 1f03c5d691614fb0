// The console service: up to two serial lines behind iface/console.hpp. Passive: it runs when a client calls or when an
// interrupt arrives as Interrupts::Fired. What it has accepted outlives its crash (line_books.hpp). Lines are independent of each other; each has its own lock.
#pragma once

#include <array>

#include "host/image.hpp"
#include "host/mutex.hpp"
#include "iface/console.hpp"
#include "iface/lifecycle.hpp"
#include "services/console/uart.hpp"

namespace hinge::console {

/// Private to the service: it binds its interrupts' event to a portal for this.
struct Interrupts {
  struct Fired { using Reply = Unit; u64 count; };
  using List = Calls<Fired>;
};

struct LineRank { static constexpr u32 level = 20; };

/// What the manifest grants for one line; no_handle where it grants nothing.
struct LineHandles { Handle ports, interrupt; };

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&);
  Result<u64> on(Console::Write const&, Caller const&);
  Result<u64> on(Console::Read const&, Caller const&);
  Result<> on(Console::Drained const&, Caller const&);
  Result<> on(Console::Discard const&, Caller const&);
  Result<Console::Lines::Reply> on(Console::Lines const&, Caller const&);
  Result<> on(Interrupts::Fired const&, Caller const&);

  /// Filled in by placement before Start.
  std::array<LineHandles, Console::max_lines> handles{};
  Handle ready{};              ///< Event: tells the client (ConsoleSignal).

 private:
  struct Line {
    constexpr explicit Line(u16 base) : uart{base} {}
    Mutex<LineRank> lock;
    Uart uart HINGE_GUARDED_BY(lock);
    LineBooks* books HINGE_GUARDED_BY(lock) = nullptr;   ///< In the vault.
  };
  Result<Line*> line(u64 number);
  Result<> bind_interrupts();

  Line lines_[Console::max_lines]{Line{0x3f8}, Line{0x2f8}};
  u64 present_ = 0;            ///< Written by Start alone.
};

}  // namespace hinge::console
