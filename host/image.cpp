// What an image knows of its own place. The header is the image's first byte and the image begins its slot.
#include "host/image.hpp"

namespace hinge::host {

u64 own_slot_base() { return align_down(reinterpret_cast<u64>(&hinge_image), layout::entry_bytes); }

}  // namespace hinge::host
