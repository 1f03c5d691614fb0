// mmap's arguments, and which of them go together (mmap(2)).
#pragma once

#include "abi/memory.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

namespace map_flag {
inline constexpr u32 shared = 1, private_ = 2, shared_validate = 3, type = 0xf, fixed = 0x10, anonymous = 0x20,
                     grows_down = 0x100, deny_write = 0x800, executable = 0x1000, locked = 0x2000, no_reserve = 0x4000,
                     populate = 0x8000, non_block = 0x10000, stack = 0x20000, huge = 0x40000, fixed_noreplace = 0x100000;
}

inline constexpr Protection all_access = Protection::read | Protection::write | Protection::execute;

/// What a file lets a mapping do. access: opened the wrong way.
struct FileRights { bool readable, writable; };
Attempt<Protection> most_protection(FileRights file, bool shared, Protection wanted);

/// What is right of a mapping before anything about its file is known.
struct MapRequest {
  u64 address, bytes;        ///< Bytes rounded up to pages.
  Protection protection;
  u32 nucleus_flags;         ///< MapFlag bits.
  bool shared, anonymous;
  u64 offset;
};
Attempt<MapRequest> read_request(u64 address, u64 bytes, u64 protection, u64 flags, u64 offset);

namespace memory {

/// Second opaque word of what was mapped to be written privately. It stays when it is protected later (an executable's data
/// that ends as read-only), and keeps it apart from the file's pages beside it, as /proc/PID/maps on Linux shows.
inline constexpr u64 own_copy = 1;

}  // namespace memory
}  // namespace hinge::linux_service
