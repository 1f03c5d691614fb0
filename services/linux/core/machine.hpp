// What the personality knows of the machine, found out once at start.
#pragma once

#include "host/host.hpp"

namespace hinge::linux_service {

struct Machine {
  u32 cpus = 1;
  u32 floating_bytes = 512;
  u64 xcr0 = 0;
  u64 frames = 0;            ///< Memory in 4 KiB frames.
  u64 most_processes = 0;    ///< Threads the system may have in all.
  bool has_rdrand = false;
  bool randomizes = true;    ///< Address space layout; off with `norandmaps`.
  u32 hwcap = 0, hwcap2 = 0;
  Handle portal{};           ///< Where Linux threads' requests go: handle_linux.
};

/// Read-only after start.
Machine const& machine();
/// At start: fills it in. no_memory, or what the host said.
Result<> learn_machine(bool randomizes);

/// 64 random bits from the processor; false when it has none.
[[nodiscard]] bool random_word(u64& word);
/// For layout and hash seeds, where a guess is better than nothing: the processor's, else derived from the clock.
[[nodiscard]] u64 random_or_time();

}  // namespace hinge::linux_service
