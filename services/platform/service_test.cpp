// links: services/platform/service.cpp services/platform/enumeration.cpp services/platform/power.cpp base/format.cpp host/lock_rank.cpp host/vault.cpp host/undo_log.cpp tests/support/fake_host.cpp
#include "services/platform/service.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <vector>

#include "host/image.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::platform {
namespace {

constexpr Handle pci_ports{100}, power_ports{101};

/// A function's 256 bytes, with range registers that keep only the bits above their size.
struct Function {
  std::array<u8, 256> bytes{};
  std::map<u32, u32> range_masks{};  ///< Offset -> bits that can be set.
  std::map<u32, u32> fixed{};        ///< Offset -> bits that read as set.

  void put(u32 offset, u32 width, u32 value) { std::memcpy(&bytes[offset], &value, width); }
  [[nodiscard]] u32 get(u32 offset, u32 width) const {
    u32 value = 0;
    std::memcpy(&value, &bytes[offset], width);
    return value;
  }
  void write(u32 offset, u32 width, u32 value) {
    if (offset >= 0x10 && offset < 0x28) value = range_masks.contains(offset) ? (value & range_masks[offset]) | fixed[offset] : 0;
    put(offset, width, value);
  }
  void range(u32 index, u32 mask, u32 bits, u32 base) {
    range_masks[0x10 + index * 4] = mask;
    fixed[0x10 + index * 4] = bits;
    put(0x10 + index * 4, 4, base | bits);
  }
};

std::map<u64, Function> machine;
u32 selected;
struct Written { u64 port, width, value; bool operator==(Written const&) const = default; };
std::vector<Written> power_writes;

i64 read_port(u64 handle, u64 port, u64 width, u64, u64, u64) {
  if (handle == power_ports.raw()) return port == 0x604 ? 1 : 0;
  if (handle != pci_ports.raw() || port < 0xcf8 || port + width > 0xd00) return -i64(Error::no_rights);
  auto const at = machine.find(selected >> 8 & 0xffff);
  if (port < 0xcfc || !(selected >> 31) || at == machine.end()) return i64((u64{1} << width * 8) - 1);
  return at->second.get((selected & 0xfc) + u32(port - 0xcfc), u32(width));
}

i64 write_port(u64 handle, u64 port, u64 width, u64 value, u64, u64) {
  if (port == 0xcf8 && width == 4) return selected = u32(value), 0;
  if (port < 0xcfc || handle == power_ports.raw()) return power_writes.push_back({port, width, value}), 0;
  auto const at = machine.find(selected >> 8 & 0xffff);
  if (at != machine.end()) at->second.write((selected & 0xfc) + u32(port - 0xcfc), u32(width), u32(value));
  return 0;
}

Function& add(u32 bus, u32 device, u32 function, u16 vendor, u16 id, u32 class_and_revision) {
  Function& f = machine[at(bus, device, function).raw()];
  f.put(config::vendor, 2, vendor);
  f.put(config::device, 2, id);
  f.put(config::revision, 4, class_and_revision);
  f.put(config::subsystem_vendor, 2, 0x1af4);
  return f;
}

class PlatformTest : public testing::Test {
 protected:
  void SetUp() override {
    machine.clear();
    power_writes.clear();
    fake_host::replace(native::Number::port_read, read_port);
    fake_host::replace(native::Number::port_write, write_port);
    fake_host::replace(native::Number::clock, [](u64, u64, u64, u64, u64, u64) -> i64 { static i64 now; return now += 600'000'000; });
    // A vault of its own for each test: logs, and a record of each device.
    ASSERT_TRUE(host::memory_release(no_handle, host::own_slot_base() + layout::slot_vault, 64 * page_bytes));
    service.pci_ports = pci_ports;
    service.power_ports = power_ports;

    add(0, 0, 0, 0x8086, 0x29c0, 0x06000000);
    Function& lpc = add(0, 31, 0, 0x8086, 0x2918, 0x06010002);
    lpc.put(config::header_type, 1, 0x80);
    lpc.put(0x40, 4, 0x601);
    add(0, 31, 2, 0x8086, 0x2922, 0x01060102).range(4, ~31u, 1, 0xc040);
    Function& bridge = add(0, 2, 0, 0x1b36, 0x000c, 0x06040000);
    bridge.put(config::header_type, 1, 1);
    bridge.put(config::secondary_bus, 1, 3);
    Function& disk = add(3, 0, 0, 0x1af4, 0x1042, 0x01000001);
    disk.range(1, ~0xfffu, 0, 0xfe000000);
    disk.range(4, ~0x3fffu, 0xc, 0x40000000);  // 64 bits wide: the next register is its upper half.
    disk.range(5, ~0u, 0, 8);
    disk.put(config::status, 2, config::has_capabilities);
    disk.put(config::command, 2, 0x7);
    disk.put(config::capabilities, 1, 0x98);
    disk.put(0x98, 4, 0x00008409);
    disk.put(0x84, 4, 0x80040011 & ~0xff00u);
    disk.put(0x88, 4, 0x00002001);
  }
  void start() { ASSERT_TRUE(service.on(Lifecycle::Start{}, caller)); }
  Service service;
  Caller caller{};
};

TEST_F(PlatformTest, FindsFunctionsBehindBridgesInBusOrder) {
  start();
  EXPECT_EQ(*service.on(Platform::Count{}, caller), 5u);
  u16 const ids[] = {0x29c0, 0x000c, 0x2918, 0x2922, 0x1042};
  for (u64 i = 0; i < 5; ++i) EXPECT_EQ(service.on(Platform::Describe{i}, caller)->device, ids[i]);
  EXPECT_EQ(service.on(Platform::Describe{5}, caller).error(), Error::not_found);
}

TEST_F(PlatformTest, MeasuresRangesAndLeavesThemAsTheyWere) {
  auto const before = machine[at(3, 0, 0).raw()].bytes;
  start();
  EXPECT_EQ(machine[at(3, 0, 0).raw()].bytes, before);
  auto const disk = *service.on(Platform::Describe{4}, caller);
  EXPECT_EQ(disk.range[0].kind, Platform::Range::none);
  EXPECT_EQ(disk.range[1].kind, Platform::Range::memory);
  EXPECT_EQ(disk.range[1].base, 0xfe000000u);
  EXPECT_EQ(disk.range[1].bytes, 0x1000u);
  EXPECT_EQ(disk.range[4].kind, Platform::Range::memory_64);
  EXPECT_EQ(disk.range[4].base, 0x8'40000000u);
  EXPECT_EQ(disk.range[4].bytes, 0x4000u);
  EXPECT_EQ(disk.range[4].prefetchable, 1u);
  EXPECT_EQ(disk.range[5].kind, Platform::Range::none);
  auto const sata = *service.on(Platform::Describe{3}, caller);
  EXPECT_EQ(sata.range[4].kind, Platform::Range::ports);
  EXPECT_EQ(sata.range[4].bytes, 32u);
}

TEST_F(PlatformTest, ItsNextLifeKnowsWhoDrivesWhatAndTouchesNoDevice) {
  start();
  PciAddress const disk = at(3, 0, 0);
  Caller driver{};
  driver.badge = 7;
  ASSERT_TRUE(service.on(Platform::Assign{disk, 7, 0, 0, {}}, caller));
  machine[disk.raw()].put(0x14, 4, 0xabcd0000);  // Would be measured, and described, otherwise.
  Service next;
  next.pci_ports = pci_ports;
  ASSERT_TRUE(next.on(Lifecycle::Start{.boot_image = 0, .boot_bytes = 0, .command_line = 0, .command_bytes = 0, .restarted = 1}, caller));
  EXPECT_EQ(*next.on(Platform::Count{}, caller), 5u);
  EXPECT_EQ(next.on(Platform::Describe{4}, caller)->range[1].base, 0xfe000000u);
  EXPECT_TRUE(next.on(Platform::Enable{disk, Platform::Enable::memory}, driver));
  driver.badge = 8;
  EXPECT_EQ(next.on(Platform::Enable{disk, Platform::Enable::memory}, driver).error(), Error::no_rights);
  EXPECT_EQ(next.on(Platform::Assign{disk, 8, 0, 0, {}}, caller).error(), Error::busy);
}

TEST_F(PlatformTest, ReportsMsix) {
  start();
  auto const disk = *service.on(Platform::Describe{4}, caller);
  EXPECT_EQ(disk.msix_vectors, 5u);
  EXPECT_EQ(disk.msix_range, 1u);
  EXPECT_EQ(disk.msix_offset, 0x2000u);
  EXPECT_EQ(service.on(Platform::Describe{3}, caller)->msix_vectors, 0u);
}

TEST_F(PlatformTest, ALoopOfCapabilitiesEnds) {
  Function& disk = machine[at(3, 0, 0).raw()];
  disk.put(0x98, 4, 0x00009809);
  start();
  EXPECT_EQ(service.on(Platform::Describe{4}, caller)->msix_vectors, 0u);
}

TEST_F(PlatformTest, ReadsAndEnables) {
  start();
  PciAddress const disk = at(3, 0, 0);
  EXPECT_EQ(*service.on(Platform::ReadConfig{disk, 0, 4}, caller), 0x10421af4u);
  EXPECT_EQ(service.on(Platform::ReadConfig{disk, 1, 2}, caller).error(), Error::invalid);
  EXPECT_EQ(service.on(Platform::ReadConfig{disk, 256, 4}, caller).error(), Error::invalid);
  EXPECT_EQ(service.on(Platform::ReadConfig{disk, 0, 3}, caller).error(), Error::invalid);
  EXPECT_EQ(service.on(Platform::ReadConfig{at(9, 9, 0), 0, 4}, caller).error(), Error::not_found);
  EXPECT_TRUE(service.on(Platform::Enable{disk, Platform::Enable::memory}, caller));
  EXPECT_EQ(machine[disk.raw()].get(config::command, 2), 2u);
  EXPECT_EQ(service.on(Platform::Enable{disk, 0x400}, caller).error(), Error::invalid);
  EXPECT_EQ(service.on(Platform::SetVector{disk, 0, 0, 0}, caller).error(), Error::not_supported);
}

TEST_F(PlatformTest, OnlyTheOwnerAcrossABoundaryReachesADevice) {
  start();
  PciAddress const disk = at(3, 0, 0);
  Caller const owner{.badge = 7}, other{.badge = 8};
  EXPECT_EQ(service.on(Platform::Assign{disk, 7, 0, 0, {}}, owner).error(), Error::no_rights);
  EXPECT_EQ(service.on(Platform::ReadConfig{disk, 0, 4}, owner).error(), Error::no_rights);
  ASSERT_TRUE(service.on(Platform::Assign{disk, 7, 0, 0, {}}, caller));
  EXPECT_EQ(service.on(Platform::Assign{disk, 8, 0, 0, {}}, caller).error(), Error::busy);
  EXPECT_EQ(service.on(Platform::Assign{at(9, 9, 0), 7, 0, 0, {}}, caller).error(), Error::not_found);
  EXPECT_TRUE(service.on(Platform::ReadConfig{disk, 0, 4}, owner));
  EXPECT_TRUE(service.on(Platform::Enable{disk, Platform::Enable::memory}, owner));
  EXPECT_EQ(service.on(Platform::ReadConfig{disk, 0, 4}, other).error(), Error::no_rights);
  EXPECT_EQ(service.on(Platform::Enable{disk, Platform::Enable::master}, other).error(), Error::no_rights);
  EXPECT_EQ(service.on(Platform::SetVector{disk, 0, 0, 0}, other).error(), Error::no_rights);
  EXPECT_EQ(machine[disk.raw()].get(config::command, 2), 2u);
}

TEST_F(PlatformTest, PointsTheMsixTableToAssignedVectorsAlone) {
  start();
  PciAddress const disk = at(3, 0, 0);
  Caller const owner{.badge = 7};
  u32 table[5 * config::msix_entry_words];
  for (u32& word : table) word = 1;
  ASSERT_TRUE(service.on(Platform::Assign{disk, 7, reinterpret_cast<u64>(table), 2, {{0xfee00000, 60}, {0xfee01000, 61}}}, caller));
  EXPECT_EQ(service.on(Platform::SetVector{disk, 1, 0x1000, 61}, owner).error(), Error::no_rights);
  EXPECT_EQ(service.on(Platform::SetVector{disk, 5, 0xfee01000, 61}, owner).error(), Error::invalid);
  EXPECT_TRUE(service.on(Platform::SetVector{disk, 1, 0xfee01000, 61}, owner));
  EXPECT_EQ(table[3], 1u);
  EXPECT_EQ(table[4], 0xfee01000u);
  EXPECT_EQ(table[5], 0u);
  EXPECT_EQ(table[6], 61u);
  EXPECT_EQ(table[7], 0u);
  EXPECT_EQ(machine[disk.raw()].get(0x86, 2) & 0xc000, 0x8000u);
}

TEST_F(PlatformTest, PowerOffWritesTheSleepRegister) {
  start();
  EXPECT_EQ(service.on(Platform::Stop{u64(host::Stop::power_off)}, caller).error(), Error::io);
  EXPECT_EQ(power_writes, (std::vector<Written>{{0x604, 2, 0x2001}}));
}

TEST_F(PlatformTest, RebootWritesTheResetRegister) {
  start();
  EXPECT_EQ(service.on(Platform::Stop{u64(host::Stop::reboot)}, caller).error(), Error::io);
  EXPECT_EQ(power_writes, (std::vector<Written>{{0xcf9, 1, 2}, {0xcf9, 1, 6}}));
}

TEST_F(PlatformTest, AnUnknownChipsetHasNoSwitch) {
  machine.erase(at(0, 31, 0).raw());
  start();
  EXPECT_EQ(service.on(Platform::Stop{u64(host::Stop::power_off)}, caller).error(), Error::not_supported);
  EXPECT_EQ(service.on(Platform::Stop{99}, caller).error(), Error::invalid);
}

}  // namespace
}  // namespace hinge::platform
