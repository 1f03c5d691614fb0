// Checks disks from below any file system: reads random extents, as chosen by a seed, and logs checksums for somebody who has
// the drives' files to compare; writes a pattern where that is possible. With `price` on the kernel command line, reads between marks instead. Then the log says "disk check done".
// Loaded by presets/disks.place. tests/system/disks.py makes the same choices.
#include "base/command_line.hpp"
#include "host/heap.hpp"
#include "host/image.hpp"
#include "host/log.hpp"
#include "iface/block_device.hpp"
#include "iface/lifecycle.hpp"
#include "services/disk_check/marks.hpp"

namespace hinge::disk_check {
namespace {

constexpr u64 requests_each = 60;
constexpr u64 write_stride_bytes = 1024 * 1024;

/// xorshift64*; the same in the test.
class Random {
 public:
  explicit Random(u64 seed) : state_{seed} {}
  u64 below(u64 limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545f4914f6cdd1d >> 33) % limit;
  }

 private:
  u64 state_;
};

/// Adler-32 (RFC 1950, 8.2), which the other side has ready.
class Checksum {
 public:
  void add(u8 const* bytes, u64 count) {
    constexpr u64 prime = 65521, between_divisions = 4096;
    for (u64 i = 0; i < count; ++i) {
      low_ += bytes[i];
      high_ += low_;
      if (i % between_divisions != between_divisions - 1 && i + 1 != count) continue;
      low_ %= prime;
      high_ %= prime;
    }
  }
  [[nodiscard]] u64 value() const { return high_ << 16 | low_; }

 private:
  u64 low_ = 1, high_ = 0;
};

struct Service {
  Port<BlockDevice> disks;

  Result<> on(Lifecycle::Start const& start, Caller const&) {
    CommandLine const line{{reinterpret_cast<char const*>(start.command_line), start.command_bytes}};
    room_ = static_cast<u8*>(host::allocate(BlockDevice::max_transfer_bytes + page_bytes));
    if (!room_) return fail(Error::no_memory);
    u64 const units = TRY(disks.on(BlockDevice::Count{}, Caller{}));
    host::log("disk check: {} units", units);
    for (u64 unit = 0; unit < units; ++unit) TRY(check(unit, line.has("price")));
    host::log("disk check done");
    return ok;
  }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

 private:
  [[gnu::noinline]] Result<> check(u64 unit, bool price) {
    auto const info = TRY(disks.on(BlockDevice::Info{unit}, Caller{}));
    host::log("disk {}: {} blocks of {} bytes, read-only {}, write cache {}, serial '{}'", unit, info.blocks, info.block_bytes,
              info.read_only, info.write_cache, std::string_view{info.serial});
    if (price) return measure(unit, info.block_bytes);
    TRY(read_all_over(unit, info));
    return write(unit, info);
  }

  /// Requests of random extents, buffers at random places in a page: one checksum over all.
  Result<> read_all_over(u64 unit, BlockDevice::Info::Reply const& info) {
    Random random{unit + 1};
    Checksum sum;
    u64 total = 0;
    for (u64 n = 0; n < requests_each; ++n) {
      request_ = {.into = {}, .unit = unit, .count = 1 + random.below(BlockDevice::max_extents), .extents = {}};
      u64 const most = BlockDevice::max_transfer_bytes / info.block_bytes / request_.count;
      u64 blocks = 0;
      for (u64 i = 0; i < request_.count; ++i) {
        u64 const length = 1 + random.below(most < info.blocks ? most : info.blocks);
        request_.extents[i] = {Lba{random.below(info.blocks - length + 1)}, length};
        blocks += length;
      }
      u64 const offset = random.below(page_bytes / 4) * 4;
      u64 const bytes = blocks * info.block_bytes;
      request_.into = {reinterpret_cast<u64>(room_ + offset), u32(bytes), 1};
      TRY(disks.on(request_, Caller{}));
      sum.add(room_ + offset, bytes);
      total += bytes;
    }
    host::log("disk {}: read {} bytes, checksum {x}", unit, total, sum.value());
    return ok;
  }

  /// A block of the unit's own, every MiB; then a flush.
  Result<> write(u64 unit, BlockDevice::Info::Reply const& info) {
    u64 written = 0;
    for (u64 at = 0; at < info.blocks * info.block_bytes; at += write_stride_bytes) {
      for (u64 i = 0; i < info.block_bytes; ++i) room_[i] = u8(at / write_stride_bytes * 7 + i * 3 + unit);
      BlockDevice::Write const request{{reinterpret_cast<u64>(room_), info.block_bytes, 0}, unit, 1, {{Lba{at / info.block_bytes}, 1}}};
      auto const done = disks.on(request, Caller{});
      if (!done) {
        host::log("disk {}: write refused: {}", unit, done.error());
        return ok;
      }
      ++written;
    }
    TRY(disks.on(BlockDevice::Flush{unit}, Caller{}));
    host::log("disk {}: wrote {} blocks", unit, written);
    return ok;
  }

  /// Between the plugin's marks: reads of one run of blocks.
  Result<> measure(u64 unit, u64 block_bytes) {
    constexpr u64 rounds = 50;
    for (u64 bytes : {u64{4096}, u64{64 * 1024}, u64{512 * 1024}}) {
      u8* const aligned = reinterpret_cast<u8*>(align_up(reinterpret_cast<u64>(room_), page_bytes));
      request_ = {{reinterpret_cast<u64>(aligned), u32(bytes), 1}, unit, 1, {{Lba{8}, bytes / block_bytes}}};
      TRY(disks.on(request_, Caller{}));
      char label[32];
      mark_label(format_to(label, "read_{}\t{}", bytes, rounds));
      mark_begin();
      for (u64 i = 0; i < rounds; ++i) TRY(disks.on(request_, Caller{}));
      mark_end();
    }
    return ok;
  }

  u8* room_ = nullptr;
  BlockDevice::Read request_{};
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle")};
constinit image::Required required[] = {require(service.disks, "disks")};

}  // namespace
}  // namespace hinge::disk_check

HINGE_IMAGE("disk_check", hinge::disk_check::provided, hinge::disk_check::required, hinge::host::nothing)
