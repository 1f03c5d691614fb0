// See the header.
#include "placement/devices.hpp"

#include <algorithm>

#include "abi/boot_image.hpp"
#include "host/host.hpp"
#include "host/log.hpp"
#include "iface/platform.hpp"

namespace hinge::placement {
namespace {

using image::GrantedDevice;
using image::GrantedDevices;
using Device = Platform::Device;

/// What one line granted. For good: a service that starts again gets the same.
struct Handover {
  Instance const* owner;
  Grant const* grant;
  GrantedDevices* at;         ///< In the owner's slot.
  GrantedDevices devices;
};
constexpr u32 most_handovers = 8;
constexpr u64 cut_off_limit_ns = 1'000'000'000;
constinit FixedList<Handover, most_handovers> handovers;

/// Part of a range, in whole pages.
struct Pages { u64 offset, bytes; };

Pages msix_pages(Device const& d) {
  constexpr u64 entry_bytes = 16;
  u64 const begin = align_down(d.msix_offset, page_bytes);
  return {begin, align_up(d.msix_offset + d.msix_vectors * entry_bytes, page_bytes) - begin};
}

/// What a driver may have of a range: all of it, or the longer part beside the MSI-X table. Nothing of a range that
/// is not whole pages: its neighbours in the page may be another device's.
Pages driver_pages(Device const& d, u32 index) {
  Platform::Range const& r = d.range[index];
  bool const memory = r.kind == Platform::Range::memory || r.kind == Platform::Range::memory_64;
  if (!memory || r.base == 0 || r.base % page_bytes || r.bytes % page_bytes) return {0, 0};
  if (!d.msix_vectors || d.msix_range != index) return {0, r.bytes};
  Pages const table = msix_pages(d);
  u64 const end = table.offset + table.bytes;
  if (end > r.bytes) return {0, 0};
  return table.offset >= r.bytes - end ? Pages{0, table.offset} : Pages{end, r.bytes - end};
}

/// Maps pages of a device's range into a slot, behind what is there. Returns the slot address.
Result<u64> map(Instance& into, Platform::Range const& range, Pages pages) {
  u64 const offset = device_windows + into.device_window_bytes;
  if (pages.bytes > device_windows_end - offset) return fail(Error::no_space);
  TRY(host::window_map(into.slot, into.base + offset, boot::initial(boot::Initial::physical_memory), range.base + pages.offset,
                       pages.bytes, Protection::read | Protection::write));
  into.device_window_bytes += pages.bytes + page_bytes;
  return into.base + offset;
}

/// Vectors for the first entries of the device's table. Their capabilities go to the driver, the messages also to platform.
Result<> give_vectors(Instance& to, Device const& d, GrantedDevice& given, Platform::Assign& assign) {
  u32 const count = std::min(d.msix_vectors, GrantedDevice::max_vectors);
  auto const interrupts = boot::initial(boot::Initial::interrupts);
  for (u32 i = 0; i < count; ++i) {
    host::MessageInterrupt message;
    TRY(host::interrupt_message(interrupts, &message));
    given.vectors[i] = {TRY(to.give(interrupts, Right::control, message.line)), message.data, message.address};
    assign.messages[i] = {message.address, message.data};
  }
  given.vector_count = count;
  assign.message_count = count;
  return ok;
}

[[gnu::noinline]] Result<> give(Instance& to, Instance& keeper, Port<Platform> const& platform, Device const& d, GrantedDevice& given) {
  given.address = d.address;
  given.vendor = d.vendor;
  given.device = d.device;
  for (u32 i = 0; i < Platform::ranges; ++i) {
    Pages const pages = driver_pages(d, i);
    if (pages.bytes) given.windows[i] = {TRY(map(to, d.range[i], pages)), pages.bytes, pages.offset};
  }
  given.dma = TRY(to.give(boot::initial(boot::Initial::dma), Right::control, d.address));
  Platform::Assign assign{PciAddress{d.address}, to.slot.raw(), 0, 0, {}};
  Platform::Range const& table = d.range[d.msix_vectors ? d.msix_range % Platform::ranges : 0];
  if (d.msix_vectors && table.base && table.base % page_bytes == 0) {
    assign.table = TRY(map(keeper, table, msix_pages(d))) + d.msix_offset % page_bytes;
    TRY(give_vectors(to, d, given, assign));
  }
  return platform.on(assign, Caller{});
}

bool matches(Grant const& g, Device const& d) {
  return std::any_of(g.ids.begin(), g.ids.end(), [&](DeviceId id) { return id.vendor == d.vendor && id.device == d.device; });
}

bool is_given(Device const& d) {
  for (Handover const& h : handovers)
    for (u32 i = 0; i < h.devices.count; ++i)
      if (h.devices.device[i].address == d.address) return true;
  return false;
}

Result<> give_all(Instance& to, Instance& keeper, Handle portal, Handover& h, RemappingUnit const& iommu) {
  Port<Platform> platform;
  platform.connect(portal);
  u64 const count = TRY(platform.on(Platform::Count{}, Caller{}));
  for (u64 i = 0; i < count && h.devices.count < GrantedDevices::most; ++i) {
    Device const d = TRY(platform.on(Platform::Describe{i}, Caller{}));
    if (!matches(*h.grant, d)) continue;
    if (is_given(d)) return fail(Error::busy);
    GrantedDevice& given = h.devices.device[h.devices.count++];
    given.confined = iommu.covers(d.address);
    TRY(give(to, keeper, platform, d, given));
  }
  return host::slot_copy(to.slot, reinterpret_cast<u64>(h.at), &h.devices, sizeof h.devices, true);
}

std::unexpected<Problem> problem(Handover const& h, std::initializer_list<std::string_view> parts) {
  return std::unexpected{Problem{h.owner->service->file, h.grant->line, parts}};
}

/// The first of the services it calls that is a platform: its number, and the portal to it.
struct Keeper { u32 index; Handle portal; };
Result<Keeper> keeper_of(Instance const& driver, std::span<Instance const> all) {
  for (Edge const& e : driver.service->calls) {
    if (e.index == to_placement) continue;
    for (ServedPortal const& p : all[e.index].portals)
      if (p.interface == Platform::List::hash()) return Keeper{e.index, p.portal};
  }
  return fail(Error::not_found);
}

[[gnu::noinline]] Checked<> grant(Instance& to, std::span<Instance> all, Handover& h, RemappingUnit const& iommu) {
  auto const keeper = keeper_of(to, all);
  if (!keeper) return problem(h, {"'", to.service->name, "' drives devices and calls no platform"});
  auto const given = give_all(to, all[keeper->index], keeper->portal, h, iommu);
  if (!given) return problem(h, {"cannot grant '", h.grant->name, "': ", to_string(given.error())});
  return ok;
}

/// Without the bus it reaches no memory, whatever it was told: as good as a reset for the frames.
Result<> cut_off(Port<Platform> const& platform, u64 device) {
  TRY(platform.on(Platform::Enable{PciAddress{device}, 0}, Caller{.deadline_ns = host::clock() + cut_off_limit_ns}));
  Handle const memory = TRY(host::cap_mint(boot::initial(boot::Initial::dma), Right::control, device));
  auto const done = host::dma_reset(memory);
  (void)host::cap_delete(memory);
  return done;
}

}  // namespace

Checked<> promise_devices(Instance const& instance, Grant const& grant, GrantedDevices* record) {
  auto const added = handovers.extend();
  if (!added) return std::unexpected{Problem{instance.service->file, grant.line, {"too many lines grant devices"}}};
  (*added)->owner = &instance;
  (*added)->grant = &grant;
  (*added)->at = record;
  return ok;
}

Checked<> grant_devices(Instance& instance, std::span<Instance> all, RemappingUnit const& iommu) {
  for (Handover& h : handovers)
    if (h.owner == &instance) CHECK(grant(instance, all, h, iommu));
  return ok;
}

System::Dma dma_of(Instance const& instance) {
  auto dma = System::Dma::none;
  for (Handover const& h : handovers) {
    for (u32 i = 0; h.owner == &instance && i < h.devices.count; ++i) {
      if (!h.devices.device[i].confined) return System::Dma::trusted;
      dma = System::Dma::confined;
    }
  }
  return dma;
}

void cut_off_devices(Instance const& instance, std::span<Instance const> all) {
  auto const keeper = keeper_of(instance, all);
  if (!keeper) return;
  Port<Platform> platform;
  platform.connect_singly(keeper->portal);
  for (Handover const& h : handovers) {
    for (u32 i = 0; h.owner == &instance && i < h.devices.count; ++i) {
      u64 const device = h.devices.device[i].address;
      auto const cut = cut_off(platform, device);
      if (cut) host::log("device {x} of {} is cut off", device, instance.service->name);
      else host::log("device {x} of {} is not cut off: {}", device, instance.service->name, cut.error());
    }
  }
}

void complete_devices(Instance const& instance) {
  for (Handover const& h : handovers)
    if (h.owner == &instance) instance.view().at(h.at) = h.devices;
}

}  // namespace hinge::placement
