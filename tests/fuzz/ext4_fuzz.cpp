// Fuzzes the shipped ext4 code. Bytes become edits of the metadata of sound images, most of them with their checksums made
// right again, since random bytes would not get past a superblock; then the image is mounted, changed and walked.
// Input: a byte that chooses the image, the number of edits, 16 bytes for each of them, and 8 for each change; without changes
// the image is only read. Whatever is damaged, requests end, nothing is read or written that is not the service's, and no
// memory is left over; an image without edits stays sound: nothing finds damage in it.
#include <sys/mman.h>

#include <algorithm>

#include "host/image.hpp"
#include "tests/fuzz/ext4_bench.hpp"
#include "tests/support/fake_host.hpp"

namespace {

using namespace hinge;
constexpr usize edit_bytes = 16, max_edits = 16, max_steps = 64;
constexpr u64 max_nodes = 40;

void expect(bool good, char const* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// The one service, of which nothing is left from one input to the next.
ext4::Service& service() {
  static auto& only = *new ext4::Service;
  return only;
}

struct Volume : test::Changes {
  explicit Volume(fuzz::Bench& bench) : bench_{bench} {
    service().disks.connect(bench);
    port.connect(service());
  }
  ~Volume() { (void)port.on(FileSystem::Unmount{1}, caller); }
  bool mount(u64 read_only) { return port.on(FileSystem::Mount{1, 0, 0, bench_.sectors(), read_only}, caller).has_value(); }
  /// False: something in it could not be read.
  bool walk() {
    test::Walk walk{port, caller};
    walk.max_nodes = max_nodes;
    walk.max_content = 64 << 10;
    (void)walk.tree();
    expect(walk.unzeroed == 0, "a read left something behind the end of a file");
    return walk.errors == 0;
  }

  fuzz::Bench& bench_;
};

std::vector<fuzz::Bench>& benches() {
  static auto& all = *[] {
    auto* const made = new std::vector<fuzz::Bench>;
    for (auto& patient : test::patients()) made->emplace_back(std::move(patient));
    return made;
  }();
  return all;
}

void examine(fuzz::Bench& bench, std::span<test::Step const> steps, bool sound) {
  Volume volume{bench};
  if (!steps.empty() && volume.mount(0)) {
    test::Scripted script{volume, service(), bench.names};
    for (auto const& step : steps) script.play(step);
    expect(!sound || !script.found_damage(), "a change found damage in an image that nobody damaged");
    expect(volume.port.on(FileSystem::Unmount{1}, volume.caller).has_value() || !sound, "an image that nobody damaged cannot be unmounted");
  }
  bool const readable = volume.mount(1) && volume.walk();
  expect(readable || !sound, "an image that nobody damaged cannot be read afterwards");
}

/// The vault is all that asks for it: opened up to where it ends, once.
i64 commit_vault(u64, u64 address, u64 bytes, u64, u64, u64) {
  static u64 end = host::own_slot_base() + layout::slot_vault;
  u64 const to = align_up(address + bytes, page_bytes);
  if (to > end && mprotect(reinterpret_cast<void*>(end), to - end, PROT_READ | PROT_WRITE)) std::abort();
  end = std::max(end, to);
  return 0;
}

/// The same for the same input, whenever it comes.
i64 clock(u64, u64, u64, u64, u64, u64) { return 1'700'000'000'000'000'000; }

}  // namespace

extern "C" char const* __asan_default_options() { return "malloc_context_size=1:quarantine_size_mb=1:thread_local_quarantine_size_kb=64:max_malloc_fill_size=256"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // What the service has to say about damage, a thousand times a second.
  fake_host::replace(native::Number::log_write, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
  fake_host::replace(native::Number::memory_commit, commit_vault);
  fake_host::replace(native::Number::clock, clock);
  expect(service().on(Lifecycle::Start{}, Caller{}).has_value(), "the service does not start");
  for (auto& bench : benches()) {
    Volume volume{bench};
    expect(volume.mount(1), "a sound image cannot be mounted");
    bench.names = test::known_names(volume);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(u8 const* data, std::size_t size) {
  if (size < 2) return -1;
  usize const edits = std::min<usize>(data[1] % (max_edits + 1), (size - 2) / edit_bytes), begin = 2 + edits * edit_bytes;
  auto& bench = benches()[data[0] % benches().size()];
  for (usize i = 0; i < edits; ++i) {
    u16 words[4];
    u64 value;
    std::memcpy(words, data + 2 + i * edit_bytes, sizeof words);
    std::memcpy(&value, data + 2 + i * edit_bytes + sizeof words, sizeof value);
    bench.edit({words[0], words[1], value, u8(1u << words[2] % 4), words[3] % 8 != 0});
  }
  std::vector<test::Step> steps(std::min((size - begin) / sizeof(test::Step), max_steps));
  if (!steps.empty()) std::memcpy(steps.data(), data + begin, steps.size() * sizeof(test::Step));
  examine(bench, steps, edits == 0);
  bench.restore();
  static u64 const before = (expect(service().restart().has_value(), "the service does not start again"), host::heap_bytes_in_use());
  expect(service().restart() && host::heap_bytes_in_use() == before, "memory is left over");
  return 0;
}
