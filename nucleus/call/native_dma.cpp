// Native calls about memory that devices reach by themselves. Contracts: host/host.hpp; mechanism: nucleus/mm/dma.hpp.
#include "abi/dma.hpp"
#include "nucleus/arch/x86_64/iommu.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/debug/log.hpp"

namespace hinge::nucleus {

namespace {

struct Device { u32 function, owner; };

/// The device a capability names; who has it in his table owns it.
Result<Device> device_of(Context const& c, u64 handle) {
  CoreGuard guard;
  Capability const* const cap = TRY(c.find(handle, Kind::device, Right::control));
  return Device{u32(cap->object), table_of(Handle{u32(handle)})};
}

/// Shares of the frames under a range of slot memory, dropped again unless they were handed on.
struct Pinned {
  mm::FrameIndex frames[host::dma_pages];
  u32 count = 0;

  Pinned() = default;
  Pinned(Pinned const&) = delete;
  ~Pinned() {
    while (count) memory.frames.drop(mm::address_of(frames[--count]));
  }
  Result<> add(mm::SlotMemory& from, u64 address, u64 bytes, bool write) {
    for (u64 at = align_down(address, page_bytes); at < address + bytes; at += page_bytes)
      frames[count++] = mm::frame_index(TRY(from.share_frame(at, write)));
    return ok;
  }
};

/// Whose slot memory a device may be given by this caller: its own, or what the call in progress granted.
Result<Slot*> source_of(Context const& c, u64 address, u64 bytes, bool write) {
  u64 number;
  if (!in_slot(address, bytes, number) || !core.slots[number + 1].live) return fail(Error::bad_address);
  Slot& slot = core.slots[number + 1];
  bool const own = c.kernel() || slot.domain == c.domain;
  if (!own && !core.granted(current_activation(), address, bytes, write)) return fail(Error::no_rights);
  return &slot;
}

/// Pieces of [begin, begin + bytes) that are in one piece for the device too. Returns how many.
Result<u32> cut(Context const& c, Pinned const& pinned, u64 bus, u64 offset, u64 bytes, u64 to, u64 room) {
  u32 segments = 0;
  for (u32 i = 0; i < pinned.count;) {
    u32 const first = i++;
    while (i < pinned.count && (bus || pinned.frames[i] == pinned.frames[i - 1] + 1)) ++i;
    u64 const begin = bus ? bus : mm::address_of(pinned.frames[first]).raw();
    u64 const length = std::min((i - first) * page_bytes - offset, bytes);
    if (segments == room) return fail(Error::no_space);
    TRY(c.write(to + segments * sizeof(host::DmaSegment), host::DmaSegment{begin + offset, length}));
    ++segments;
    offset = 0;
    bytes -= length;
  }
  return segments;
}

/// From the IOMMU's interrupt. The first faults of a device are logged, all are counted until it is cut off.
void report(IommuFault const& f) {
  constexpr u64 logged = 8;
  auto const seen = memory.dma.fault(f.function);
  Slot& owner = core.slots[seen.owner];
  owner.dma_faults.fetch_add(1, std::memory_order_relaxed);
  std::string_view const name = seen.owner ? std::string_view{owner.name} : "nobody";
  u32 const bus = f.function >> 8, device = f.function >> 3 & 31, function = f.function & 7;
  if (seen.count <= logged) {
    log("dma: {} of device {}:{}.{} refused, driver {}: address {x}, reason {}", f.write ? "write" : "read", bus, device, function,
        name, f.address, f.reason);
  }
  if (seen.last) log("dma: device {}:{}.{} is cut off until it is reset", bus, device, function);
}

}  // namespace

Result<u64> native_dma_map(Context const& c, Arguments a) {
  u64 const address = a[1], bytes = a[2], offset = address % page_bytes;
  bool const write = a[3] != 0;
  Device const device = TRY(device_of(c, a[0]));
  if (bytes == 0 || bytes > host::dma_pages * page_bytes - offset) return fail(Error::invalid);
  Slot& source = *TRY(source_of(c, address, bytes, write));
  Pinned pinned;
  TRY(pinned.add(memory_of(source), address, bytes, write));
  auto const mapped = TRY(memory.dma.map(device.function, device.owner, account_of(device.owner), {pinned.frames, pinned.count}, write));
  auto const segments = cut(c, pinned, mapped.bus, offset, bytes, a[4], a[5]);
  pinned.count = 0;
  if (!segments) {
    (void)memory.dma.unmap(device.function, mapped.id);
    return fail(segments.error());
  }
  return u64{*segments} << 32 | mapped.id;
}

Result<u64> native_dma_unmap(Context const& c, Arguments a) {
  Device const device = TRY(device_of(c, a[0]));
  if (a[1] >= host::dma_mappings) return fail(Error::not_found);
  return done(memory.dma.unmap(device.function, u32(a[1])));
}

Result<u64> native_dma_reset(Context const& c, Arguments a) {
  Device const device = TRY(device_of(c, a[0]));
  while (!TRY(memory.dma.reset_step(device.function, device.owner, account_of(device.owner)))) breathe();
  return done();
}

Result<u64> native_dma_confine(Context const& c, Arguments a) {
  {
    CoreGuard guard;
    TRY(c.find(a[0], Kind::dma, Right::control));
  }
  TRY(memory.dma.confine(*TRY(iommu_find(PhysAddr{a[1]}, memory))));
  iommu_enable(report);
  return done();
}

}  // namespace hinge::nucleus
