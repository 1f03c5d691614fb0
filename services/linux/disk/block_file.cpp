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
  BlockFile(Disk& disk, ReadCache& cache, u32 flags, Path path) : File{flags, std::move(path)}, disk_{disk}, cache_{cache} {}
  void dispose() override { host::destroy(this); }

  Value read(Thread& self, Transfer& into, u64 offset) override { return cache_.read(self, into, offset, disk_.bytes(), ahead_); }
  [[nodiscard]] bool seekable() const override { return true; }
  Attempt<u64> seek(Thread&, Seek what, u64) override {
    if (what != Seek::end) return fail(Errno::invalid);
    return disk_.bytes();
  }
  Attempt<Memory> memory(Thread&) override { return Memory{ATTEMPT(cache_.object())}; }
  Attempt<> supply_page(Thread&, u64 index, bool) override {
    u64 const pages = (disk_.bytes() + page_bytes - 1) / page_bytes;
    if (index >= pages) return fail(Errno::no_device_or_address);
    return cache_.supply(index, pages, ahead_);
  }
  Value control(Thread& self, u32 request, u64 argument) override {
    UserAddr const to{argument};
    constexpr u32 sector_bytes = 512;
    switch (Request(request)) {
      case Request::is_read_only: return copy_to_user(self, to, i32{1});
      case Request::size_in_sectors: return copy_to_user(self, to, disk_.bytes() / sector_bytes);
      case Request::size_in_bytes: return copy_to_user(self, to, disk_.bytes());
      case Request::logical_block_bytes: case Request::physical_block_bytes: case Request::least_transfer:
        return copy_to_user(self, to, disk_.block_bytes);
      case Request::best_transfer: return copy_to_user(self, to, u32{0});
      case Request::soft_block_bytes: return copy_to_user(self, to, u32(page_bytes));
      case Request::flush:
        if (!self.credentials->has(Capability::sys_admin)) return Errno::access;
        cache_.drop(0, PageTree::max_pages);
        return 0;
    }
    return Errno::not_terminal;
  }

 private:
  Disk& disk_;
  ReadCache& cache_;
  ReadAhead ahead_;
};

Attempt<Ref<File>> open(Thread&, u32 minor, Path const& path, u32 flags) {
  Disk* const disk = find(u64{Disk::major} << 32 | minor);
  if (!disk) return fail(Errno::no_device_or_address);
  if ((flags & open_flag::access_mask) != open_flag::read_only) return fail(Errno::read_only);
  auto const file = host::make_ref<BlockFile>(*disk, *ATTEMPT(disk->cache()), flags, path);
  if (!file) return fail(Errno::no_memory);
  return Ref<File>{file};
}

}  // namespace

void add_block_driver() { devices::add(devices::Kind::block, Disk::major, open); }

}  // namespace hinge::linux_service::disks
