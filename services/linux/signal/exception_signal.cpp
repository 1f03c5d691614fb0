// Exceptions of the program's own instructions (Intel SDM vol. 3, 6.15) as the signals that Linux makes of them.
#include "services/linux/signal/exception.hpp"

namespace hinge::linux_service {

SignalInfo signal_for_exception(u32 vector, u64 rip) {
  switch (vector) {
    case 0: return from_fault(Signal::floating, signal_code::divide_by_zero, rip);       // #DE
    case 1: return from_fault(Signal::trap, signal_code::single_step, rip);              // #DB
    case 3: return from_kernel(Signal::trap);                                            // #BP
    case 4: return from_kernel(Signal::segment);                                         // #OF
    case 5: return from_kernel(Signal::segment);                                         // #BR
    case 6: return from_fault(Signal::illegal, signal_code::illegal_operand, rip);       // #UD
    case 11: case 12: return from_kernel(Signal::bus);                                   // #NP, #SS
    case 16: case 19: return from_fault(Signal::floating, signal_code::float_invalid, rip);  // #MF, #XM
    case 17: return from_fault(Signal::bus, signal_code::bus_alignment, 0);              // #AC
    default: return from_kernel(Signal::segment);                                        // #GP and what is left
  }
}

}  // namespace hinge::linux_service
