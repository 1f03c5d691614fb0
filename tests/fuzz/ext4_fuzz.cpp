// Fuzzes the shipped ext4 code. Bytes become edits of the metadata of sound images, most of them with their checksums made
// right again, since random bytes would not get past a superblock; then the image is mounted, changed and walked.
// Input: a byte that chooses the image, the number of edits, 16 bytes for each of them, and 8 for each change; without changes
// the image is only read. Whatever is damaged, requests end; an image without edits stays sound: nothing finds damage in it.
#include <cstring>

#include "tests/ext4/damage.hpp"
#include "tests/ext4/scripted.hpp"
#include "tests/ext4/walk.hpp"
#include "tests/support/fake_host.hpp"

namespace {

using namespace hinge;
constexpr usize edit_bytes = 16, max_edits = 16, max_steps = 64;
constexpr u32 sector = 512;

/// One of the sound images and a copy to be worked on. What was changed is put back at the end, so that an input costs what
/// it touches and not a copy of the whole.
class Bench {
 public:
  explicit Bench(test::Patient patient) : patient_{std::move(patient)}, bytes_{patient_.image()}, is_changed_(bytes_.size() / page_bytes) {}

  void edit(test::Edit const& edit) {
    auto const& target = patient_.apply(bytes_, edit);
    touch(target.offset, target.bytes);
  }
  void restore() {
    for (u64 page : changed_) {
      std::memcpy(bytes_.data() + page * page_bytes, patient_.image().data() + page * page_bytes, page_bytes);
      is_changed_[page] = false;
    }
    changed_.clear();
  }
  [[nodiscard]] u64 sectors() const { return bytes_.size() / sector; }

  Result<u64> on(BlockDevice::Count const&, Caller const&) { return 1; }
  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const&, Caller const&) {
    BlockDevice::Info::Reply reply{};
    reply.blocks = sectors();
    reply.block_bytes = sector;
    reply.queue_depth = 1;
    return reply;
  }
  Result<u64> on(BlockDevice::Read const& m, Caller const&) {
    return move(m, [&](u8* at, u64 done, u64 bytes) { return m.into.copy_out(done, at, bytes); });
  }
  Result<u64> on(BlockDevice::Write const& m, Caller const&) {
    return move(m, [&](u8* at, u64 done, u64 bytes) {
      touch(u64(at - bytes_.data()), bytes);
      return m.from.copy_in(done, at, bytes);
    });
  }
  Result<> on(BlockDevice::Flush const&, Caller const&) { return ok; }

 private:
  template <class M, class F>
  Result<u64> move(M const& m, F&& piece) {
    u64 done = 0;
    for (u64 i = 0; i < m.count; ++i) {
      auto const& e = m.extents[i];
      if (e.first.raw() > sectors() || e.blocks > sectors() - e.first.raw()) return fail(Error::invalid);
      TRY(piece(bytes_.data() + e.first.raw() * sector, done, e.blocks * sector));
      done += e.blocks * sector;
    }
    return done;
  }
  void touch(u64 offset, u64 bytes) {
    for (u64 page = offset / page_bytes; page * page_bytes < offset + bytes; ++page) {
      if (is_changed_[page]) continue;
      is_changed_[page] = true;
      changed_.push_back(page);
    }
  }

  test::Patient patient_;
  std::vector<u8> bytes_;
  std::vector<bool> is_changed_;
  std::vector<u64> changed_;
};

std::vector<Bench>& benches() {
  static auto& all = *[] {
    auto* const made = new std::vector<Bench>;
    for (auto& patient : test::patients()) made->emplace_back(std::move(patient));
    return made;
  }();
  return all;
}

/// The one service, as after a start.
ext4::Service& fresh_service(Bench& bench) {
  static auto& service = *new ext4::Service;
  service.disks.connect(bench);
  static bool const started = service.on(Lifecycle::Start{}, Caller{}).has_value();
  if (!started || !service.restart()) std::abort();
  return service;
}

struct Volume : test::Changes {
  explicit Volume(Bench& bench) : bench_{bench}, service{fresh_service(bench)} { port.connect(service); }
  ~Volume() { (void)port.on(FileSystem::Unmount{1}, caller); }
  bool mount(u64 read_only) { return port.on(FileSystem::Mount{1, 0, 0, bench_.sectors(), read_only}, caller).has_value(); }
  /// False: something in it could not be read.
  bool walk(u64 nodes) {
    test::Walk walk{port, caller};
    walk.max_nodes = nodes;
    walk.max_content = 64 << 10;
    (void)walk.tree();
    return walk.errors == 0;
  }

  Bench& bench_;
  ext4::Service& service;
};

void expect_sound(bool good, char const* what) {
  if (good) return;
  std::fprintf(stderr, "an image that nobody damaged: %s\n", what);
  std::abort();
}

void examine(Bench& bench, std::span<test::Step const> steps, bool sound) {
  bool readable;
  {
    Volume volume{bench};
    bool const written = !steps.empty() && volume.mount(0);
    if (written) {
      test::Scripted script{volume, volume.service};
      for (auto const& step : steps) script.play(step);
      expect_sound(!sound || !script.found_damage(), "a change found damage");
      expect_sound(volume.port.on(FileSystem::Unmount{1}, volume.caller).has_value() || !sound, "it cannot be unmounted");
    }
    readable = volume.mount(1) && volume.walk(steps.empty() ? 300 : 40);
  }
  expect_sound(readable || !sound, "it cannot be read afterwards");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  (void)benches();
  // What the service has to say about damage, a hundred times a second.
  fake_host::replace(native::Number::log_write, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(u8 const* data, std::size_t size) {
  if (size < 2) return -1;
  usize const edits = data[1] % (max_edits + 1), begin = 2 + edits * edit_bytes;
  if (size < begin || (size - begin) / sizeof(test::Step) > max_steps) return -1;
  auto& bench = benches()[data[0] % benches().size()];
  for (usize i = 0; i < edits; ++i) {
    u16 words[4];
    u64 value;
    std::memcpy(words, data + 2 + i * edit_bytes, sizeof words);
    std::memcpy(&value, data + 2 + i * edit_bytes + sizeof words, sizeof value);
    bench.edit({words[0], words[1], value, u8(1u << words[2] % 4), words[3] % 8 != 0});
  }
  std::vector<test::Step> steps((size - begin) / sizeof(test::Step));
  if (!steps.empty()) std::memcpy(steps.data(), data + begin, steps.size() * sizeof(test::Step));
  examine(bench, steps, edits == 0);
  bench.restore();
  return 0;
}
