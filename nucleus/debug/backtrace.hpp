// Backtraces along the frame-pointer chain, of the nucleus or of anything that was compiled with frame pointers.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

/// Reads one word of the stack being walked; false: not readable, the walk ends. May not fault.
struct StackReader {
  bool (*read)(void* context, u64 address, u64& word);
  void* context;
};
/// The kernel's own stacks and image.
extern StackReader const kernel_stack_reader;

struct FrameSink {
  void (*frame)(void* context, u64 ip);
  void* context;
};

/// Logs each frame, symbolised.
extern FrameSink const backtrace_to_log;

/// Gives the return addresses from the frame at `rbp` outwards, at most 32.
void backtrace(u64 rbp, StackReader const& reader, FrameSink const& sink);

/// Logs `ip` and the frames above it, symbolised.
void log_backtrace(u64 ip, u64 rbp, StackReader const& reader = kernel_stack_reader);

}  // namespace hinge::nucleus
