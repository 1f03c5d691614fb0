// Devices for drivers: what a line "grant device" of the manifest comes down to. Which functions there are only `platform`
// knows, so this happens while the services start: after the platform that the driver calls, before the driver itself.
#pragma once

#include <span>

#include "iface/placement.hpp"
#include "placement/confinement.hpp"
#include "placement/instance.hpp"

namespace hinge::placement {

/// Registers of devices are mapped in this part of a slot, above the boot archive: for good, also across a restart.
inline constexpr u64 device_windows = layout::slot_windows + (u64{32} << 30), device_windows_end = layout::slot_pages;

/// After load(), before install(): notes where the image of `instance` wants the record of the line `grant`.
Checked<> promise_devices(Instance const& instance, Grant const& grant, image::GrantedDevices* record);

/// Finds the functions that `instance` is granted, and gives it their registers, vectors and memory access; the record of it
/// is written into its image. Platform is told whose they are. No function goes to two services.
Checked<> grant_devices(Instance& instance, std::span<Instance> all, RemappingUnit const& iommu);

/// Whether the devices that an instance was given are confined, all of them.
System::Dma dma_of(Instance const& instance);

/// The instance is dead for good: its devices may not be bus masters any more, nor answer to anything, and the frames that
/// they could still have written are given back. What platform does not take from a device keeps its frames.
void cut_off_devices(Instance const& instance, std::span<Instance const> all);

/// The same record into an image that is laid out afresh, for complete().
void complete_devices(Instance const& instance);

}  // namespace hinge::placement
