// The PVH start information, as the loader leaves it (Xen's public/arch-x86/hvm/start_info.h).
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus::pvh {

inline constexpr u32 magic = 0x336e'c578;

struct StartInfo {
  u32 magic, version, flags, module_count;
  u64 modules, command_line, rsdp;
  u64 memory_map;  ///< From version 1 on.
  u32 memory_map_entries, reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct Module { u64 address, bytes, command_line, reserved; };
static_assert(sizeof(Module) == 32);

struct MemoryMapEntry { u64 address, bytes; u32 type, reserved; };
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace hinge::nucleus::pvh
