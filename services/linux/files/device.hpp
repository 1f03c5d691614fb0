// Device nodes: which driver opens a node is decided by its number, wherever the node lies.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service::devices {

enum class Kind { character, block };

/// Opens the device with this minor number.
using Opener = Attempt<Ref<File>> (*)(Thread& self, u32 minor, Path const& path, u32 flags);

/// Devices of this kind and major number are opened by `opener` from now on. At start-up.
void add(Kind kind, u32 major, Opener opener);
/// no_device_or_address when nobody drives that number; access where the mount says nodev.
Attempt<Ref<File>> open(Thread& self, Kind kind, u64 device, Path const& path, u32 flags);

}  // namespace hinge::linux_service::devices
