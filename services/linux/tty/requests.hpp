// ioctl(2) requests of terminals (Linux asm-generic/ioctls.h).
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

enum class TerminalRequest : u32 {
  get = 0x5401, set = 0x5402, set_after_drain = 0x5403, set_after_flush = 0x5404,  // TCGETS, TCSETS, TCSETSW, TCSETSF
  get_short = 0x5405, set_short = 0x5406, set_short_after_drain = 0x5407, set_short_after_flush = 0x5408,  // TCGETA, TCSETA, TCSETAW, TCSETAF
  send_break = 0x5409,          // TCSBRK: with an argument, drain only
  flow = 0x540a,                // TCXONC
  flush = 0x540b,               // TCFLSH
  exclusive = 0x540c, shared = 0x540d,      // TIOCEXCL, TIOCNXCL
  become_controlling = 0x540e,  // TIOCSCTTY
  get_group = 0x540f, set_group = 0x5410,   // TIOCGPGRP, TIOCSPGRP
  output_queue = 0x5411,        // TIOCOUTQ
  get_size = 0x5413, set_size = 0x5414,     // TIOCGWINSZ, TIOCSWINSZ
  input_queue = 0x541b,         // FIONREAD, TIOCINQ
  give_up_controlling = 0x5422,  // TIOCNOTTY
  get_discipline = 0x5424,      // TIOCGETD
  send_break_posix = 0x5425,    // TCSBRKP
  get_session = 0x5429,         // TIOCGSID
  get_2 = 0x802c542a, set_2 = 0x402c542b, set_2_after_drain = 0x402c542c, set_2_after_flush = 0x402c542d,
  get_locked = 0x5456, set_locked = 0x5457,  // TIOCGLCKTRMIOS, TIOCSLCKTRMIOS
  // The master side of a pseudo-terminal.
  pty_number = 0x80045430, pty_lock = 0x40045431, pty_get_lock = 0x80045439, pty_peer = 0x5441,
};

/// TCXONC's argument.
enum class Flow : u64 { stop_output, start_output, send_stop, send_start };
/// TCFLSH's argument.
enum class Queue : u64 { input, output, both };

}  // namespace hinge::linux_service
