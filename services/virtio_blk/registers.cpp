#include "services/virtio_blk/registers.hpp"

namespace hinge::virtio_blk {

u32 read_register(u64 address, u32 width) {
  if (width == 1) return *reinterpret_cast<u8 const volatile*>(address);
  if (width == 2) return *reinterpret_cast<u16 const volatile*>(address);
  return *reinterpret_cast<u32 const volatile*>(address);
}

void write_register(u64 address, u32 width, u32 value) {
  if (width == 1) *reinterpret_cast<u8 volatile*>(address) = u8(value);
  else if (width == 2) *reinterpret_cast<u16 volatile*>(address) = u16(value);
  else *reinterpret_cast<u32 volatile*>(address) = value;
}

}  // namespace hinge::virtio_blk
