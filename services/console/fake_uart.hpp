// A 16550 for tests, as the data sheet tells it: FIFOs, the divisor latch, and an interrupt line that is the OR of the
// enabled causes. Bytes leave when the test says so.
#pragma once

#include <deque>
#include <string>

#include "services/console/registers.hpp"

namespace hinge::console {

struct FakeUart {
  u16 base;
  bool present = true;
  std::deque<u8> incoming{};    ///< On the wire and in the receive FIFO.
  std::deque<u8> fifo{};        ///< Transmit FIFO.
  std::string outgoing{};       ///< What has left.
  bool instant = false;         ///< Bytes leave as they are written.
  u8 enable = 0, line = 0, modem = 0, scratch = 0, fifo_setup = 0;
  bool transmit_pending = false;
  u32 overruns = 0;

  void type(std::string_view text) { incoming.insert(incoming.end(), text.begin(), text.end()); }
  void emit() {
    outgoing.append(fifo.begin(), fifo.end());
    fifo.clear();
    if (enable & uart::enable_transmit) transmit_pending = true;
  }
  [[nodiscard]] bool asserted() const {
    bool const receive = (enable & uart::enable_received) && !incoming.empty();
    bool const transmit = (enable & uart::enable_transmit) && transmit_pending;
    return (receive || transmit) && (modem & uart::out2);
  }

  u8 read(u16 reg) {
    if (!present) return 0xff;
    switch (reg) {
      case uart::data: {
        if (line & uart::divisor_latch || incoming.empty()) return 0;
        u8 const byte = incoming.front();
        incoming.pop_front();
        return byte;
      }
      case uart::interrupt_enable: return enable;
      case uart::interrupt_identify: {
        if ((enable & uart::enable_received) && !incoming.empty()) return 0xc4;
        if ((enable & uart::enable_transmit) && transmit_pending) {
          transmit_pending = false;
          return 0xc2;
        }
        return 0xc0 | uart::none_pending;
      }
      case uart::line_status:
        return u8((incoming.empty() ? 0 : uart::data_ready) | (fifo.empty() ? uart::holding_empty | uart::transmitter_empty : 0));
      case uart::scratch: return scratch;
      default: return 0;
    }
  }
  void write(u16 reg, u8 value) {
    switch (reg) {
      case uart::data:
        if (line & uart::divisor_latch) return;
        if (fifo.size() == uart::fifo_bytes) ++overruns;
        fifo.push_back(value);
        transmit_pending = false;
        if (instant) emit();
        return;
      case uart::interrupt_enable:
        if (line & uart::divisor_latch) return;
        // Turning the transmit interrupt on while the FIFO is empty raises it at once.
        if ((value & ~enable & uart::enable_transmit) && fifo.empty()) transmit_pending = true;
        enable = value;
        return;
      case uart::fifo_control: fifo_setup = value; return;
      case uart::line_control: line = value; return;
      case uart::modem_control: modem = value; return;
      case uart::scratch: scratch = value; return;
      default: return;
    }
  }
};

}  // namespace hinge::console
