// Access to device registers in a window. Apart from the rest so that host tests can put a model of a device there.
#pragma once

#include "base/types.hpp"

namespace hinge::virtio_blk {

/// `width` bytes (1, 2 or 4) at a slot address in a window.
u32 read_register(u64 address, u32 width);
void write_register(u64 address, u32 width, u32 value);

}  // namespace hinge::virtio_blk
