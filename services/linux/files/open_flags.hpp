// Flags of open(2) and of open files, as in Linux' asm-generic/fcntl.h for x86-64.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service::open_flag {

inline constexpr u32 read_only = 0, write_only = 1, read_write = 2, access_mask = 3;
inline constexpr u32 create = 0100, exclusive = 0200, no_terminal = 0400, truncate = 01000, append = 02000;
inline constexpr u32 nonblock = 04000, data_sync = 010000, async = 020000, direct = 040000, large_file = 0100000;
inline constexpr u32 directory = 0200000, no_follow = 0400000, no_access_time = 01000000, close_on_exec = 02000000;
inline constexpr u32 sync = 04000000 | data_sync, path = 010000000, temporary = 020000000 | directory;
inline constexpr u32 temporary_bit = 020000000;

/// What fcntl(F_SETFL) may change.
inline constexpr u32 changeable = append | nonblock | async | direct | no_access_time;
/// What is only about the act of opening and not seen in F_GETFL.
inline constexpr u32 opening = create | exclusive | no_terminal | truncate | close_on_exec;

}  // namespace hinge::linux_service::open_flag
