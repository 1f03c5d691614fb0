// Reading and writing open files: positions, vectors, files to files.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

/// Largest count of one transfer, as Linux cuts it (MAX_RW_COUNT).
inline constexpr usize most_bytes = 0x7fff'f000;

/// Reads at the file's position and moves it.
Value read_file(Thread& self, File& file, Transfer& into);
/// Writes at the position (or the end) and moves it; two writers at once never overwrite each other.
Value write_file(Thread& self, File& file, Transfer& from);

/// After a read or write of an open file that did not go the two ways above: tells who watches the file. Returns `done`.
Value transferred(File const& file, Value done, bool written);

}  // namespace hinge::linux_service
