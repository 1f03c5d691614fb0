// The reference implementer of BlockDevice keeps to its own contract.
// links: host/message.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "tests/support/memory_disk.hpp"

#include "tests/conformance/block_device.hpp"
#include "tests/conformance/loopback.hpp"

namespace hinge::conformance {
namespace {

MemoryDisk& disk() {
  static MemoryDisk served;
  if (!served.units.empty()) return served;
  for (u64 unit : {0, 1}) {
    std::vector<u8> bytes(2048 * 512);
    for (u64 at = 0; at < bytes.size(); ++at) bytes[at] = pattern(unit, at);
    served.units.push_back({std::move(bytes), 512, unit == 1});
  }
  return served;
}

struct Direct {
  static void bind(Port<BlockDevice>& port) { bind_directly(port, disk()); }
};
struct Loopback {
  static void bind(Port<BlockDevice>& port) { bind_loopback(port, disk()); }
};
using Transports = testing::Types<Direct, Loopback>;
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryDisk, BlockDeviceSuite, Transports, );

}  // namespace
}  // namespace hinge::conformance
