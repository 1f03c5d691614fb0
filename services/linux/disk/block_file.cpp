#include "services/linux/disk/block_file.hpp"

#include "services/linux/core/user_memory.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/linux/files/device.hpp"

namespace hinge::linux_service::disks {
namespace {

/// Requests of Linux' uapi/linux/fs.h.
enum class Request : u32 {
  is_read_only = 0x125e, size_in_sectors = 0x1260, flush = 0x1261, logical_block_bytes = 0x1268, least_transfer = 0x1278,
  best_transfer = 0x1279, physical_block_bytes = 0x127b, soft_block_bytes = 0x80081270, size_in_bytes = 0x80081272,
};

class BlockFile final : public File {
 public:
  BlockFile(Disk& disk, DiskCache& cache, bool alone, u32 flags, Path path)
      : File{flags, std::move(path), Offsets::seekable}, disk_{disk}, cache_{cache}, alone_{alone}, told_{cache.errors().mark()} {
    disk_.enter();
  }
  void dispose() override {
    disk_.leave();
    if (alone_) release(disk_);
    host::destroy(this);
  }

  Value read(Thread& self, Transfer& into, u64 offset) override {
    if (!direct()) return cache_.read(self, into, offset, disk_.bytes(), ahead_);
    if (!aligned(offset, into)) return Errno::invalid;
    u64 const first = offset / page_bytes, last = page_after(offset + into.left());
    ATTEMPT(cache_.write_back(first, last));
    cache_.drop(first, last);
    auto const done = cache_.read(self, into, offset, disk_.bytes(), ahead_);
    cache_.drop(first, last);
    return done;
  }
  Value write(Thread& self, Transfer& from, u64 offset) override {
    if (flags() & open_flag::append) offset = disk_.bytes();
    if (direct() && !aligned(offset, from)) return Errno::invalid;
    usize const done = ATTEMPT(disk_.write(self, from, offset));
    if (flags() & (open_flag::sync | open_flag::data_sync)) ATTEMPT(synchronize(self, true));
    if (!direct()) return done;
    u64 const first = offset / page_bytes, last = page_after(offset + done);
    (void)cache_.write_back(first, last);
    ATTEMPT(cache_.errors().check(told_));
    cache_.drop(first, last);
    return done;
  }
  Attempt<> synchronize(Thread&, bool) override {
    auto const done = disk_.synchronize();
    ATTEMPT(cache_.errors().check(told_));
    return done;
  }
  Attempt<> write_back(u64 first, u64 last) override { return cache_.write_back(first, last); }
  [[nodiscard]] bool has_page(u64 index) override { return cache_.has(index); }
  Attempt<u64> seek(Thread&, Seek what, u64) override {
    if (what != Seek::end) return fail(Errno::invalid);
    return disk_.bytes();
  }
  Attempt<Memory> memory(Thread&) override { return Memory{ATTEMPT(cache_.object())}; }
  Attempt<> supply_page(Thread&, u64 index, bool store) override {
    u64 const pages = page_after(disk_.bytes());
    if (index >= pages) return fail(Errno::no_device_or_address);
    return cache_.supply(index, pages, ahead_, store);
  }
  Value control(Thread& self, u32 request, u64 argument) override {
    UserAddr const to{argument};
    constexpr u32 sector_bytes = 512;
    switch (Request(request)) {
      case Request::is_read_only: return copy_to_user(self, to, i32{disk_.read_only});
      case Request::size_in_sectors: return copy_to_user(self, to, disk_.bytes() / sector_bytes);
      case Request::size_in_bytes: return copy_to_user(self, to, disk_.bytes());
      case Request::logical_block_bytes: case Request::physical_block_bytes: case Request::least_transfer:
        return copy_to_user(self, to, disk_.block_bytes);
      case Request::best_transfer: return copy_to_user(self, to, u32{0});
      case Request::soft_block_bytes: return copy_to_user(self, to, u32(page_bytes));
      case Request::flush:
        if (!self.credentials->has(Capability::sys_admin)) return Errno::access;
        disk_.empty_cache();
        return 0;
    }
    return Errno::not_terminal;
  }

 private:
  static constexpr u64 page_after(u64 bytes) { return (bytes + page_bytes - 1) / page_bytes; }
  /// O_DIRECT: what comes and goes is the disk's, by way of the cache's pages, of which none are left behind.
  [[nodiscard]] bool direct() const { return flags() & open_flag::direct; }
  [[nodiscard]] bool aligned(u64 offset, Transfer const& transfer) const { return offset % disk_.block_bytes == 0 && transfer.left() % disk_.block_bytes == 0; }

  Disk& disk_;
  DiskCache& cache_;
  bool const alone_;
  ReadAhead ahead_;
  std::atomic<ErrorSequence::Mark> told_;
};

Attempt<Ref<File>> open(Thread&, u32 minor, Path const& path, u32 flags) {
  Disk* const disk = find(u64{Disk::major} << 32 | minor);
  if (!disk) return fail(Errno::no_device_or_address);
  if ((flags & open_flag::access_mask) != open_flag::read_only && disk->read_only) return fail(Errno::access);
  DiskCache& cache = *ATTEMPT(disk->cache());
  bool const alone = flags & open_flag::exclusive;
  if (alone && !claim(*disk)) return fail(Errno::busy);
  auto const file = host::make_ref<BlockFile>(*disk, cache, alone, flags, path);
  if (file) return Ref<File>{file};
  if (alone) release(*disk);
  return fail(Errno::no_memory);
}

}  // namespace

void add_block_driver() { devices::add(devices::Kind::block, Disk::major, open); }

}  // namespace hinge::linux_service::disks
