// Registers of the 16550 UART (National Semiconductor PC16550D, table II), as offsets from the base port.
#pragma once

#include "base/types.hpp"

namespace hinge::console::uart {

inline constexpr u16 data = 0;              ///< Read: receive buffer; write: transmit holding.
inline constexpr u16 interrupt_enable = 1;
inline constexpr u16 interrupt_identify = 2;  ///< Read.
inline constexpr u16 fifo_control = 2;        ///< Write.
inline constexpr u16 line_control = 3;
inline constexpr u16 modem_control = 4;
inline constexpr u16 line_status = 5;
inline constexpr u16 modem_status = 6;
inline constexpr u16 scratch = 7;
inline constexpr u16 divisor_low = 0, divisor_high = 1;  ///< While line_control has divisor_latch.

// interrupt_enable
inline constexpr u8 enable_received = 0x01, enable_transmit = 0x02;
// interrupt_identify
inline constexpr u8 none_pending = 0x01;
// fifo_control
inline constexpr u8 fifo_enable = 0x01, fifo_clear_receive = 0x02, fifo_clear_transmit = 0x04, fifo_trigger_8 = 0x80;
// line_control
inline constexpr u8 eight_bits = 0x03, divisor_latch = 0x80;
// modem_control: OUT2 gates the interrupt line on a PC.
inline constexpr u8 terminal_ready = 0x01, request_to_send = 0x02, out2 = 0x08;
// line_status
inline constexpr u8 data_ready = 0x01, holding_empty = 0x20, transmitter_empty = 0x40, absent = 0xff;

inline constexpr u32 fifo_bytes = 16;

}  // namespace hinge::console::uart
