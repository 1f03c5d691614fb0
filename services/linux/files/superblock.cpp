// The list of file system types, and the numbers of anonymous devices.
#include "services/linux/files/superblock.hpp"

#include <atomic>

namespace hinge::linux_service {
namespace {

constexpr u32 most_types = 16;
// Written at start-up, before any process; read afterwards.
constinit FilesystemType const* types[most_types] = {};
constinit u32 type_count = 0;
constinit std::atomic<u32> last_minor{0};

}  // namespace

void FilesystemType::add(FilesystemType const& type) {
  if (type_count < most_types) types[type_count++] = &type;
}

FilesystemType const* FilesystemType::find(std::string_view name) {
  for (u32 i = 0; i < type_count; ++i)
    if (name == types[i]->name) return types[i];
  return nullptr;
}

FilesystemType const* FilesystemType::at(u32 index) { return index < type_count ? types[index] : nullptr; }

u32 Superblock::next_minor() { return last_minor.fetch_add(1, std::memory_order_relaxed) + 1; }

}  // namespace hinge::linux_service
