// Uart: one 16550 with a queue each way (line_books.hpp), driven by its interrupt. It never drops a byte: when the receive queue is full
// it stops taking bytes from the device, so that the other end is held up by the line itself.
// Not thread-safe; Service locks each line. Reaches the device through host::port_read and host::port_write only.
#pragma once

#include <span>

#include "base/result.hpp"
#include "host/host.hpp"
#include "services/console/line_books.hpp"

namespace hinge::console {

class Uart {
 public:
  constexpr explicit Uart(u16 base) : base_{base} {}

  /// Looks for the device and sets it up: 115200 baud, 8 bits, FIFOs on, interrupt for received bytes on. What an earlier life
  /// has set up is left as it is, with what is in its FIFOs; what that one had accepted is sent.
  /// not_found when nothing answers at these ports. `ports` and `books` stay the caller's.
  Result<> start(Handle ports, LineBooks& books);
  /// Masks all of its interrupts.
  void stop();
  [[nodiscard]] bool present() const { return present_; }

  /// Moves what can be moved: more is queued for sending, or there is room for received bytes.
  void feed();
  bool pull();
  /// Forgets what is queued for sending.
  void discard();
  /// true when the last queued byte has left the line.
  bool drained();

  /// Answers the interrupt: moves bytes both ways until the device asks for nothing more. true when its client may be
  /// waiting for what has changed: bytes came, or the send queue has room again or has run empty.
  bool serve();

 private:
  u8 read(u16 reg) const;
  void write(u16 reg, u8 value) const;
  bool probe() const;
  void set_enable(u8 bits);

  u16 base_;
  Handle ports_{};
  bool present_ = false;
  u8 enabled_ = 0;  ///< What interrupt_enable holds.
  LineBooks* books_ = nullptr;
};

}  // namespace hinge::console
