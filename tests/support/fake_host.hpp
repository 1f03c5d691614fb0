// A host for unit tests: services and the service library run as plain functions in the test's process, over this
// table instead of the nucleus. The slot is 512 GiB of reserved addresses; committing opens pages, releasing closes
// them again, so that a touch of memory that was given back ends the test. Link tests/support/fake_host.cpp.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace hinge::fake_host {

/// Frames committed and not released.
u64 committed_frames();
/// From now on at most this many frames can be committed; commits beyond fail with quota. ~0 at start.
void limit_frames(u64 frames);
/// Lines written to the log since the start of the process.
std::vector<std::string> const& log_lines();
/// Replaces one operation until the end of the process: for tests that watch or refuse it.
void replace(native::Number number, host::Operation operation);
/// The same for copies from the calling process' memory.
void replace_copy_in(usize (*copy)(void* to, u64 from, usize bytes));

}  // namespace hinge::fake_host
