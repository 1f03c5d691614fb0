#include "services/linux/dev/memory.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/core/machine.hpp"
#include "services/linux/dev/kmsg.hpp"
#include "services/linux/files/device.hpp"

namespace hinge::linux_service::dev {
namespace {

/// Minor numbers, as Linux assigns them.
enum class Kind : u32 { null = 3, zero = 5, full = 7, random = 8, urandom = 9, kmsg = 11 };
constexpr u32 memory_major = 1;

class MemoryDevice final : public File {
 public:
  MemoryDevice(Kind kind, u32 flags, Path path) : File{flags, std::move(path), Offsets::seekable}, kind_{kind} {}
  void dispose() override { host::destroy(this); }

  Value read(Thread& self, Transfer& into, u64) override {
    switch (kind_) {
      case Kind::null: case Kind::kmsg: return 0;
      case Kind::zero: case Kind::full: return zeros(self, into);
      case Kind::random: case Kind::urandom: return random(self, into);
    }
    return Errno::io;
  }
  Value write(Thread&, Transfer& from, u64) override {
    if (kind_ == Kind::full) return Errno::no_space;
    return from.left();
  }
  [[nodiscard]] bool has_position() const override { return false; }
  Attempt<u64> seek(Thread&, Seek what, u64) override {
    if (what != Seek::end) return fail(Errno::invalid);
    return u64{0};
  }
  Attempt<Memory> memory(Thread&) override {
    if (kind_ != Kind::zero) return fail(Errno::no_device);
    return Memory{no_handle};
  }

 private:
  static Value zeros(Thread& self, Transfer& into) {
    while (into.left() && !self.interrupted()) {
      usize const wanted = std::min<usize>(into.left(), 65536);
      if (into.put_zeros(wanted) < wanted && !into.populate(self, true)) return partial(into);
    }
    return into.done();
  }
  static Value random(Thread& self, Transfer& into) {
    u64 words[32];
    while (into.left() && !(into.done() && self.interrupted())) {
      usize const wanted = std::min(into.left(), sizeof words);
      for (usize i = 0; i < (wanted + 7) / 8; ++i)
        if (!random_word(words[i])) return Errno::io;  // No entropy, and no pretending.
      // What could not be put is thrown away: no byte of it may come twice.
      if (into.put(words, wanted) < wanted && !into.populate(self, true)) return partial(into);
    }
    return into.done();
  }
  static Value partial(Transfer const& into) { return into.done() ? Value{into.done()} : Value{Errno::bad_address}; }

  Kind const kind_;
};

Attempt<Ref<File>> open(Thread&, u32 minor, Path const& path, u32 flags) {
  switch (Kind const kind{minor}) {
    case Kind::null: case Kind::zero: case Kind::full: case Kind::random: case Kind::urandom:
      if (MemoryDevice* const file = host::make<MemoryDevice>(kind, flags, path)) return Ref<File>::adopt(file);
      return fail(Errno::no_memory);
    case Kind::kmsg: return open_kmsg(path, flags);
  }
  return fail(Errno::no_device_or_address);
}

}  // namespace

void add_memory_devices() { devices::add(devices::Kind::character, memory_major, open); }

}  // namespace hinge::linux_service::dev
