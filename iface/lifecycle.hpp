// What every service serves besides its own interfaces: start and stop. Called by placement only, first of its
// provided list (index 0, name "lifecycle").
#pragma once

#include "iface/calls.hpp"

namespace hinge {

struct Lifecycle {
  /// Everything it requires is bound and started. Must finish; a failure fails the boot with the service's name.
  struct Start {
    using Reply = Unit;
    u64 boot_image;      ///< Address in the own slot of the boot archive (cpio newc, read-only), or 0 if not granted.
    u64 boot_bytes;
    u64 command_line;    ///< Address in the own slot of the kernel command line.
    u64 command_bytes;
    u64 restarted;       ///< 1: it has run before and died. Its vault is as it was then, all else is fresh; devices are as it left them.
  };
  /// No request is inside and none will come. Give back what the outside still uses.
  struct Stop { using Reply = Unit; };
  using List = Calls<Start, Stop>;
};

}  // namespace hinge
