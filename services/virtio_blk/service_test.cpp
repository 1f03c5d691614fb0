// The driver on a model of its device: the BlockDevice suite, called directly and through proxies; and a device that lies.
// links: services/virtio_blk/service.cpp services/virtio_blk/disk.cpp services/virtio_blk/disk_start.cpp
// links: services/virtio_blk/batch.cpp services/virtio_blk/queue.cpp services/virtio_blk/transport.cpp host/pages.cpp
// links: base/format.cpp host/message.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "services/virtio_blk/service.hpp"

#include "services/virtio_blk/fake_device.hpp"
#include "services/virtio_blk/registers.hpp"
#include "tests/conformance/block_device.hpp"
#include "tests/conformance/loopback.hpp"

namespace hinge::virtio_blk {
namespace {

constexpr u64 sizes = 1 << 20, registers = 0x1000'0000, registers_stride = 0x1'0000;
std::vector<std::unique_ptr<FakeDevice>> machine;

FakeDevice& device_at(u64 address) { return *machine[(address - registers) / registers_stride]; }

/// Counting events, and a time that can be made to pass.
struct Events {
  std::mutex lock;
  std::condition_variable changed;
  std::map<u64, u64> counts;
  u64 next = 500;
  u64 skipped_ns = 0;      ///< Time that passed without anybody waiting for it.
  bool hurried = false;    ///< Whoever waits is told at once that time is over.
};
Events events;

u64 now() { return u64(std::chrono::steady_clock::now().time_since_epoch().count()) + events.skipped_ns; }

i64 wait_event(u64 event, u64 seen, u64 deadline, u64, u64, u64) {
  std::unique_lock guard{events.lock};
  if (events.hurried && events.counts[event] == seen) {
    events.skipped_ns += 20'000'000'000;
    return -i64(Error::timed_out);
  }
  auto const until = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{deadline - events.skipped_ns}};
  if (!events.changed.wait_until(guard, until, [&] { return events.counts[event] != seen; })) return -i64(Error::timed_out);
  return i64(events.counts[event]);
}
i64 signal_event(u64 event, u64, u64, u64, u64, u64) {
  std::lock_guard guard{events.lock};
  ++events.counts[event];
  events.changed.notify_all();
  return 0;
}

void install_host() {
  using enum native::Number;
  fake_host::replace(event_create, [](u64, u64, u64, u64, u64, u64) -> i64 { return i64(++events.next); });
  fake_host::replace(event_signal, signal_event);
  fake_host::replace(event_wait, wait_event);
  fake_host::replace(native::Number::clock, [](u64, u64, u64, u64, u64, u64) -> i64 { return i64(now()); });
  fake_host::replace(yield, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
  fake_host::replace(interrupt_ack, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
  fake_host::replace(interrupt_bind, [](u64 line, u64 event, u64, u64, u64, u64) -> i64 {
    machine[line]->interrupt = [event] { signal_event(event, 0, 0, 0, 0, 0); };
    return 0;
  });
  fake_host::replace(dma_map, [](u64, u64 address, u64 bytes, u64 writes, u64 segments, u64 room) -> i64 {
    return fake_dma.map(address, bytes, writes, reinterpret_cast<host::DmaSegment*>(segments), room);
  });
  fake_host::replace(dma_unmap, [](u64, u64 id, u64, u64, u64, u64) -> i64 { return fake_dma.unmap(id); });
  fake_host::replace(dma_reset, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
}

/// Platform as far as a driver sees it: a configuration space with virtio's capabilities, the same for every device.
struct FakePlatform {
  std::array<u8, 256> config{};
  std::map<u64, u64> access;     ///< By device: what was enabled last.

  FakePlatform() {
    config[capability::list] = 0x40;
    struct { u8 type; u32 offset, length; } const structures[] = {
        {u8(capability::common), FakeDevice::common_at, 0x100}, {u8(capability::notify), FakeDevice::notify_at, 0x100},
        {3, 0x800, 1}, {u8(capability::device), FakeDevice::device_at, 0x100}};
    u32 at = 0x40;
    for (auto const& s : structures) {
      config[at] = capability::vendor_specific;
      config[at + capability::next] = s.type == capability::device ? 0 : u8(at + 0x18);
      config[at + capability::type] = s.type;
      config[at + capability::range] = 4;
      std::memcpy(&config[at + capability::offset], &s.offset, 4);
      std::memcpy(&config[at + capability::length], &s.length, 4);
      at += 0x18;
    }
  }
  Result<u64> on(Platform::ReadConfig const& r, Caller const&) {
    u64 value = 0;
    std::memcpy(&value, &config[r.offset], r.width);
    return value;
  }
  Result<> on(Platform::Enable const& r, Caller const&) { return access[r.device.raw()] = r.access, ok; }
  Result<> on(Platform::SetVector const&, Caller const&) { return ok; }
  Result<u64> on(Platform::Count const&, Caller const&) { return fail(Error::not_supported); }
  Result<Platform::Device> on(Platform::Describe const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(Platform::Stop const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(Platform::Assign const&, Caller const&) { return fail(Error::not_supported); }
};
FakePlatform platform;

/// A machine with these many devices of 1 MiB, each filled with its pattern.
void build_machine(u32 count) {
  install_host();
  machine.clear();
  fake_dma.reset();
  platform = {};
  for (u32 i = 0; i < count; ++i) {
    machine.push_back(std::make_unique<FakeDevice>(registers + i * registers_stride));
    machine[i]->bytes.resize(sizes);
    for (u64 at = 0; at < sizes; ++at) machine[i]->bytes[at] = conformance::pattern(i, at);
  }
}
void start(Service& service) {
  service.platform.connect(platform);
  service.devices.count = u32(machine.size());
  for (u32 i = 0; i < machine.size(); ++i) {
    auto& d = service.devices.device[i];
    d.address = 0x10 + i;
    d.vector_count = 1;
    d.vectors[0] = {Handle{i}, 60 + i, 0xfee00000};
    d.windows[4] = {registers + i * registers_stride, FakeDevice::window_bytes, 0};
  }
  ASSERT_TRUE(service.on(Lifecycle::Start{}, Caller{}));
}

Service& two_units() {
  static Service* const service = [] {
    build_machine(2);
    machine[1]->offered |= feature::read_only;
    auto* const made = new Service;
    start(*made);
    return made;
  }();
  return *service;
}

struct Direct {
  static void bind(Port<BlockDevice>& port) { conformance::bind_directly(port, two_units()); }
};
struct Loopback {
  static void bind(Port<BlockDevice>& port) { conformance::bind_loopback(port, two_units()); }
};

}  // namespace

u32 read_register(u64 address, u32 width) { return device_at(address).read((address - registers) % registers_stride, width); }
void write_register(u64 address, u32 width, u32 value) { device_at(address).write((address - registers) % registers_stride, width, value); }

}  // namespace hinge::virtio_blk

namespace hinge::conformance {
using Transports = testing::Types<virtio_blk::Direct, virtio_blk::Loopback>;
INSTANTIATE_TYPED_TEST_SUITE_P(VirtioBlk, BlockDeviceSuite, Transports, );
}  // namespace hinge::conformance

namespace hinge::virtio_blk {
namespace {

class VirtioBlkTest : public testing::Test {
 protected:
  void SetUp() override {
    build_machine(1);
    events.hurried = false;
  }
  FakeDevice& device() { return *machine[0]; }
  void up() {
    start(service);
    mapped = fake_dma.count();
    EXPECT_EQ(device().wild, 0u);
  }
  Result<u64> read(u64 first, u64 blocks) {
    room.assign(blocks * 512, 0);
    return service.on(BlockDevice::Read{{reinterpret_cast<u64>(room.data()), u32(room.size()), 1}, 0, 1, {{Lba{first}, blocks}}}, caller);
  }
  /// A read that works, and leaves nothing mapped.
  void expect_well() {
    EXPECT_EQ(read(7, 20), Result<u64>{20 * 512});
    EXPECT_TRUE(std::equal(room.begin(), room.end(), device().bytes.begin() + 7 * 512));
    EXPECT_EQ(fake_dma.count(), mapped);
    EXPECT_EQ(device().wild, 0u);
  }
  Service service;
  Caller caller{};
  std::vector<u8> room;
  usize mapped = 0;
};

TEST_F(VirtioBlkTest, WithoutADeviceThereAreNoUnits) {
  machine.clear();
  start(service);
  EXPECT_EQ(service.on(BlockDevice::Count{}, caller), Result<u64>{0});
  EXPECT_EQ(service.on(BlockDevice::Info{0}, caller).error(), Error::not_found);
}

TEST_F(VirtioBlkTest, TellsWhatTheDeviceSays) {
  up();
  auto const info = service.on(BlockDevice::Info{0}, caller).value();
  EXPECT_EQ(info.blocks, sizes / 512);
  EXPECT_EQ(std::string_view{info.serial}, "fake-0001");
  EXPECT_EQ(info.write_cache, 1u);
  EXPECT_TRUE(service.on(BlockDevice::Flush{0}, caller));
  EXPECT_EQ(device().flushes, 1u);
  EXPECT_EQ(platform.access[0x10], u64(Platform::Enable::memory | Platform::Enable::master));
  EXPECT_FALSE(device().taken & ~device().offered);
}

TEST_F(VirtioBlkTest, BlocksMayBeLargerThanSectors) {
  device().block_bytes = 4096;
  up();
  EXPECT_EQ(service.on(BlockDevice::Info{0}, caller)->blocks, sizes / 4096);
  std::vector<u8> got(8192);
  BlockDevice::Read const request{{reinterpret_cast<u64>(got.data()), 8192, 1}, 0, 2, {{Lba{200}, 1}, {Lba{3}, 1}}};
  ASSERT_TRUE(service.on(request, caller));
  EXPECT_TRUE(std::equal(got.begin(), got.begin() + 4096, device().bytes.begin() + 200 * 4096));
  EXPECT_TRUE(std::equal(got.begin() + 4096, got.end(), device().bytes.begin() + 3 * 4096));
}

TEST_F(VirtioBlkTest, KeepsToTheDevicesLimits) {
  device().offered |= feature::size_max;
  device().size_max = 4096;
  device().seg_max = 18;
  device().entries = 32;
  up();
  EXPECT_EQ(service.on(BlockDevice::Info{0}, caller)->queue_depth, 1u);
  ASSERT_TRUE(read(3, 1024));
  EXPECT_TRUE(std::equal(room.begin(), room.end(), device().bytes.begin() + 3 * 512));
  expect_well();
}

TEST_F(VirtioBlkTest, ADeviceWithoutWhatWeNeedIsNotUsed) {
  auto const refused = [&] {
    Service other;
    start(other);
    return other.on(BlockDevice::Info{0}, caller).error() == Error::io && device().status == 0;
  };
  for (u64 bit : {feature::version_1, feature::indirect, feature::seg_max}) {
    device().offered &= ~bit;
    EXPECT_TRUE(refused()) << bit;
    device().offered |= bit;
  }
  for (u32 bytes : {0u, 256u, 513u, 8192u}) {
    device().block_bytes = bytes;
    EXPECT_TRUE(refused()) << bytes;
  }
  device().block_bytes = 512;
  device().seg_max = 17;
  EXPECT_TRUE(refused());
  device().seg_max = 254;
  for (u32 entries : {0u, 16u, 100u}) {
    device().entries = entries;
    EXPECT_TRUE(refused()) << entries;
  }
}

TEST_F(VirtioBlkTest, AFailedRequestIsIoAndNoMore) {
  up();
  device().verdict = 1;
  u32 const resets = device().resets;
  EXPECT_EQ(read(0, 8).error(), Error::io);
  EXPECT_EQ(service.on(BlockDevice::Flush{0}, caller).error(), Error::io);
  device().verdict = verdict_ok;
  EXPECT_EQ(device().resets, resets);
  expect_well();
}

TEST_F(VirtioBlkTest, ADeviceThatBreaksTheRulesIsReset) {
  up();
  std::function<void(UsedEntry&, u16&)> const lies[] = {
      [](UsedEntry& used, u16&) { used.id = 0x7fff'ffff; },                // an entry that cannot be
      [](UsedEntry& used, u16&) { used.id = (used.id + 1) % 256; },        // one that is not in flight
      [](UsedEntry& used, u16&) { used.bytes = 100; },                     // too little
      [](UsedEntry&, u16& index) { index = u16(index + 300); },            // more than there are
      [](UsedEntry&, u16& index) { index = u16(index + 1); },              // one more than was asked for
      [](UsedEntry&, u16& index) { index = u16(index - 2); }};             // back again
  for (auto const& lie : lies) {
    device().bend = lie;
    u32 const resets = device().resets;
    EXPECT_EQ(read(0, 8).error(), Error::io);
    EXPECT_EQ(device().resets, resets + 1);
    device().bend = nullptr;
    expect_well();
  }
}

TEST_F(VirtioBlkTest, ADeviceThatDoesNotAnswerIsReset) {
  up();
  u32 const resets = device().resets;
  device().silent = events.hurried = true;
  EXPECT_EQ(read(0, 8).error(), Error::io);
  EXPECT_EQ(device().resets, resets + 1);
  device().silent = events.hurried = false;
  expect_well();
}

TEST_F(VirtioBlkTest, ADeviceThatDoesNotEvenResetIsCutOff) {
  up();
  device().deaf = true;
  device().silent = events.hurried = true;
  EXPECT_EQ(read(0, 8).error(), Error::io);
  EXPECT_EQ(platform.access[0x10], u64(Platform::Enable::memory));
  EXPECT_EQ(fake_dma.count(), mapped);
  EXPECT_EQ(read(0, 8).error(), Error::io);
}

TEST_F(VirtioBlkTest, StopLeavesTheDeviceInReset) {
  up();
  ASSERT_TRUE(service.on(Lifecycle::Stop{}, caller));
  EXPECT_EQ(device().status, 0u);
  EXPECT_EQ(platform.access[0x10], u64(Platform::Enable::memory));
  EXPECT_EQ(read(0, 1).error(), Error::io);
}

TEST_F(VirtioBlkTest, AnotherInstanceTakesTheDeviceOver) {
  up();
  Service next;
  start(next);
  std::vector<u8> got(512);
  EXPECT_TRUE(next.on(BlockDevice::Read{{reinterpret_cast<u64>(got.data()), 512, 1}, 0, 1, {{Lba{5}, 1}}}, caller));
  EXPECT_TRUE(std::equal(got.begin(), got.end(), device().bytes.begin() + 5 * 512));
}

}  // namespace
}  // namespace hinge::virtio_blk
