#include "services/console/uart.hpp"

#include "host/port_block.hpp"
#include "services/console/registers.hpp"

namespace hinge::console {

using namespace uart;

namespace {
// Bursts per call, a bound for the time in one request. An emulated transmitter is empty again at once, so several
// FIFO loads fit in one request; a real one takes one load, and the interrupt brings the next.
constexpr u32 bursts = 64;
}  // namespace

u8 Uart::read(u16 reg) const { return u8(host::port_read(ports_, u16(base_ + reg), 1).value_or(absent)); }
void Uart::write(u16 reg, u8 value) const { (void)host::port_write(ports_, u16(base_ + reg), 1, value); }

bool Uart::probe() const {
  // An empty bus reads all ones; the scratch register keeps what it is given.
  for (u8 pattern : {u8(0x5a), u8(0xa5)}) {
    write(scratch, pattern);
    if (read(scratch) != pattern) return false;
  }
  return read(line_status) != absent;
}

Result<> Uart::start(Handle ports, LineBooks& books) {
  ports_ = ports;
  books_ = &books;
  // The divisor latch may be open, if an earlier life ended in here.
  write(line_control, eight_bits);
  if (!probe()) return fail(Error::not_found);
  set_enable(0);
  if (!books.configured) {
    write(line_control, divisor_latch);
    write(divisor_low, 1);
    write(divisor_high, 0);
    write(line_control, eight_bits);
    write(fifo_control, fifo_enable | fifo_clear_receive | fifo_clear_transmit | fifo_trigger_8);
    write(modem_control, terminal_ready | request_to_send | out2);
    books.configured = true;
  }
  present_ = true;
  set_enable(enable_received);
  feed();
  return ok;
}

void Uart::stop() {
  if (present_) set_enable(0);
}

void Uart::set_enable(u8 bits) {
  enabled_ = bits;
  write(interrupt_enable, bits);
}

bool Uart::pull() {
  bool any = false;
  while (books_->input_room() && (read(line_status) & data_ready)) {
    if (!host::port_read_block(ports_, u16(base_ + data), books_->next_input(1).data(), 1, books_->received())) break;
    any = true;
  }
  // A full queue leaves the bytes in the device; it is asked again when some were read.
  bool const want = books_->input_room() != 0;
  if (want != ((enabled_ & enable_received) != 0)) set_enable(enabled_ ^ enable_received);
  return any;
}

void Uart::feed() {
  for (u32 burst = 0; burst < bursts && books_->unsent() && (read(line_status) & holding_empty); ++burst) {
    auto const run = books_->next_output(fifo_bytes);
    if (!host::port_write_block(ports_, u16(base_ + data), run.data(), run.size(), books_->sent())) break;
  }
  bool const want = books_->unsent() != 0;
  if (want != ((enabled_ & enable_transmit) != 0)) set_enable(enabled_ ^ enable_transmit);
}

void Uart::discard() {
  books_->discard_output();
  feed();
}

bool Uart::drained() {
  // Without queued bytes the transmit interrupt is off: one more is asked for, so that serve() reports the end.
  if (!books_->unsent() && (read(line_status) & transmitter_empty)) return true;
  if (!(enabled_ & enable_transmit)) set_enable(enabled_ | enable_transmit);
  return false;
}

bool Uart::serve() {
  bool changed = false;
  for (u32 round = 0; round < bursts && !(read(interrupt_identify) & none_pending); ++round) {
    changed |= pull();
    bool const sending = enabled_ & enable_transmit;
    feed();
    changed |= sending;
  }
  return changed;
}

}  // namespace hinge::console
