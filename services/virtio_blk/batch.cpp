#include "services/virtio_blk/batch.hpp"

#include "services/virtio_blk/wild.hpp"

namespace hinge::virtio_blk {

/// Appends a descriptor. `next` counts inside the chain's own table.
Result<> Batch::link(u64 bus, u32 bytes, u16 flags) {
  if (descriptors_ == most_descriptors) return fail(Error::too_big);
  u16 const next = u16(descriptors_ - begin_[chains_] + 1);
  page().descriptors[descriptors_++] = {bus, bytes, flags, flags & descriptor_next ? next : u16{0}};
  if (flags & descriptor_device_writes) expected_[chains_] += bytes;
  return ok;
}

Result<> Batch::open(RequestType type, u64 sector) {
  if (chains_ == most_chains) return fail(Error::too_big);
  begin_[chains_] = u16(descriptors_);
  expected_[chains_] = 0;
  page().headers[chains_] = {u32(type), 0, sector};
  page().verdicts[chains_] = verdict_none;
  return link(page_.bus + offsetof(Page, headers) + chains_ * sizeof(RequestHeader), sizeof(RequestHeader), descriptor_next);
}

Result<> Batch::add(u64 bus, u32 bytes, bool device_writes) {
  return link(perhaps_wild(bus), bytes, u16(descriptor_next | (device_writes ? descriptor_device_writes : 0)));
}

Result<> Batch::add_identity() {
  for (char& c : page().identity) c = 0;
  return add(page_.bus + offsetof(Page, identity), identity_bytes, true);
}

Result<> Batch::close() {
  TRY(link(page_.bus + offsetof(Page, verdicts) + chains_, 1, descriptor_device_writes));
  begin_[++chains_] = u16(descriptors_);
  return ok;
}

Result<> Batch::verdict(u32 chain, u32 bytes) const {
  u8 const said = *const_cast<u8 const volatile*>(&page().verdicts[chain]);
  if (said != verdict_ok) return fail(Error::io);
  return bytes < expected_[chain] ? Result<>{fail(Error::corrupt)} : ok;
}

void Batch::identity(char (&to)[identity_bytes]) const {
  for (u32 i = 0; i < identity_bytes; ++i) to[i] = *const_cast<char const volatile*>(&page().identity[i]);
}

}  // namespace hinge::virtio_blk
