// ProcessView: one process, or one thread of it, as /proc shows it: read once, each part under its own lock.
#pragma once

#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/generated/entry.hpp"
#include "services/linux/process/usage.hpp"

namespace hinge::linux_service::proc {

/// The process of a Subject; no_process when it has been reaped.
Attempt<Ref<Process>> process_of(generated::Subject const& of);

struct ProcessView {
  static Attempt<ProcessView> of(generated::Subject const& subject);

  Ref<Process> process;
  i32 id = 0;                  ///< Of the process, or of the thread if one is meant.
  char name[16] = {};
  char state = 'Z';            ///< R, S, T, t or Z, as ps shows it.
  i32 tracer = 0;
  i32 parent = 0, group = 0, session = 0;
  u32 terminal = 0;            ///< Device number; 0: none.
  i32 foreground = -1;
  Ref<Credentials> credentials;  ///< Null for a zombie.
  u32 threads = 0;
  i32 nice = 0;
  u32 policy = 0, real_time_priority = 0;
  u32 cpu = 0;
  Usage usage, children;
  u64 start_ns = 0;
  u32 exit_status = 0;
  SignalSet pending, shared_pending, blocked, ignored, caught;
  u32 queued_signals = 0;
};

/// What a space holds, in bytes.
struct MemoryView {
  static MemoryView of(AddressSpace& space);
  u64 total = 0, resident = 0, data = 0, stack = 0, code = 0, library = 0, shared_resident = 0;
};

/// An unsigned number in octal, at least so many digits.
void append_octal(Text& to, u64 number, u32 digits);

// Makers of texts, by file.
using Maker = Attempt<>(Thread&, generated::Subject const&, Text&);
Maker make_stat, make_statm, make_status, make_limits;                            // stat.cpp, status.cpp
Maker make_maps, make_command_line, make_environment, make_vector;                // memory.cpp
Maker make_mounts, make_mount_info, make_file_systems, make_partitions;           // mounts.cpp
Maker make_memory_info, make_uptime, make_load, make_system_stat;                 // system.cpp
Maker make_region_sums, make_memory_sums;                                         // memory.cpp
Maker make_io, make_badness, make_badness_adjustment;                             // accounting.cpp
Maker make_virtual_memory_statistics, make_swaps;                                 // accounting.cpp
Attempt<> set_badness_adjustment(Thread& self, generated::Subject const& of, std::string_view text);
/// /proc/sys/vm/drop_caches: 1 for pages that are clean, 2 for names and inodes that nobody uses, 3 for both.
Attempt<> drop_caches(Thread& self, generated::Subject const& of, std::string_view text);
Maker make_unix_sockets;                                                          // net_unix.cpp
Maker make_version, make_kernel_command_line, make_devices, make_cpu_info;        // system.cpp, cpu_info.cpp

// Directories whose names come and go (descriptors.cpp).
using Finder = Attempt<generated::Found>(Thread&, generated::Subject const&, std::string_view);
using Lister = Attempt<>(Thread&, generated::Subject const&, u64, generated::Names&);
Finder find_descriptor, find_descriptor_info;
Lister list_descriptors, list_descriptor_infos;

extern generated::Entry const system_controls[3];                                 // system_controls.cpp

}  // namespace hinge::linux_service::proc
