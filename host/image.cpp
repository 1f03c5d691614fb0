// What an image knows of its own place. The header is the image's first byte and the image begins its slot.
#include "host/image.hpp"

namespace hinge::host {

u64 own_slot_base() { return align_down(reinterpret_cast<u64>(&hinge_image), layout::entry_bytes); }

Handle own_slot() {
  u64 const slot = (own_slot_base() - layout::slot_base(0)) / layout::entry_bytes;
  return Handle{u32((slot + 1) << 24 | own_slot_index)};
}

}  // namespace hinge::host
