#include "services/linux/disk/disks.hpp"

#include <cstring>

#include "base/format.hpp"
#include "host/log.hpp"
#include "host/pages.hpp"
#include "services/linux/disk/block_file.hpp"
#include "services/linux/disk/partitions.hpp"
#include "services/linux/files/dirty_list.hpp"

namespace hinge::linux_service {

Disk::Disk(u32 u, u32 n, u64 f, u64 b, BlockDevice::Info::Reply const& info)
    : unit{u}, number{n}, first{f}, blocks{b}, block_bytes{info.block_bytes}, read_only{info.read_only != 0} {
  char const letter[] = {char('a' + unit), 0};
  char const* const format_letter = letter;
  name_bytes_ = u32((number ? format_to(std::span<char>{name_}, "vd{}{}", format_letter, number)
                            : format_to(std::span<char>{name_}, "vd{}", format_letter)).size());
}

Attempt<DiskCache*> Disk::cache() {
  if (DiskCache* const there = cache_.load(std::memory_order_acquire)) return there;
  DiskCache* const made = host::make<DiskCache>(static_cast<PageSource&>(*this));
  if (!made) return fail(Errno::no_memory);
  DiskCache* other = nullptr;
  // Pairs with the load above: who finds the cache finds it whole.
  if (cache_.compare_exchange_strong(other, made, std::memory_order_acq_rel)) return made;
  host::destroy(made);
  return other;
}

Attempt<> Disk::read_pages(u64 offset, Buffer into) {
  u64 const left = bytes() - std::min(offset, bytes());
  u32 const wanted = u32(std::min<u64>(into.bytes, left));
  std::memset(reinterpret_cast<char*>(into.address) + wanted, 0, into.bytes - wanted);
  if (wanted == 0) return ok;
  BlockDevice::Read request{{into.address, wanted, 1}, unit, 1, {}};
  request.extents[0] = {Lba{first + offset / block_bytes}, wanted / block_bytes};
  ATTEMPT(disks::port.on(request, Caller{}));
  return ok;
}

Attempt<> Disk::write_pages(u64 offset, Buffer from) {
  u32 const wanted = u32(std::min<u64>(from.bytes, bytes() - std::min(offset, bytes())));
  if (wanted == 0) return ok;
  BlockDevice::Write request{{from.address, wanted, 0}, unit, 1, {}};
  request.extents[0] = {Lba{first + offset / block_bytes}, wanted / block_bytes};
  ATTEMPT(disks::port.on(request, Caller{}));
  unflushed_.store(true, std::memory_order_release);
  return ok;
}

Attempt<usize> Disk::write(Thread& self, Transfer& from, u64 offset) {
  DiskCache& cache = *ATTEMPT(this->cache());
  if (offset >= bytes()) return fail(Errno::no_space);
  for (usize done = 0;;) {
    auto stop = DiskCache::Stop::done;
    {
      Guard guard{writers_lock_};
      done += cache.write(from, offset + done, bytes(), bytes(), stop);
    }
    u64 const page = (offset + done) / page_bytes;
    auto const went_on = stop == DiskCache::Stop::caller_memory ? from.populate(self, false)
                                                                : cache.obtain(stop, page, from.left() / page_bytes + 1);
    if (stop != DiskCache::Stop::done && went_on) continue;
    if (!went_on && !done) return fail(went_on.error());
    DirtyList::throttle();
    return done;
  }
}

Attempt<> Disk::synchronize() {
  DiskCache* const cache = cache_.load(std::memory_order_acquire);
  if (!cache) return ok;
  auto const written = cache->write_back(0, PageTree::max_pages);
  if (unflushed_.exchange(false, std::memory_order_acquire)) ATTEMPT(disks::port.on(BlockDevice::Flush{unit}, Caller{}));
  return written;
}

void Disk::empty_cache() {
  DiskCache* const cache = cache_.load(std::memory_order_acquire);
  if (!cache) return;
  (void)synchronize();
  cache->drop(0, PageTree::max_pages);
}

void Disk::leave() {
  if (users_.fetch_sub(1) == 1) empty_cache();
}

namespace disks {
namespace {

constexpr u32 most_units = 16, most_disks = 128;
// Written at start, before any process; read afterwards.
constinit Disk* all[most_disks] = {};
constinit u32 count = 0;
constinit Mutex<rank::FileState> claims_lock;  ///< Of all disks' `claimed`.

/// The same blocks may be in both.
bool overlap(Disk const& a, Disk const& b) { return a.unit == b.unit && (a.number == b.number || !a.number || !b.number); }

class UnitReader final : public BlockReader {
 public:
  UnitReader(u32 unit, BlockDevice::Info::Reply const& info) : unit_{unit} { blocks = info.blocks, block_bytes = info.block_bytes; }
  bool read(u64 lba, u8* block) override {
    BlockDevice::Read request{{reinterpret_cast<u64>(block), block_bytes, 1}, unit_, 1, {}};
    request.extents[0] = {Lba{lba}, 1};
    return bool{port.on(request, Caller{})};
  }

 private:
  u32 const unit_;
};

Attempt<> add(u32 unit, u32 number, u64 first, u64 blocks, BlockDevice::Info::Reply const& info) {
  if (count == most_disks) return fail(Errno::no_memory);
  all[count] = host::make<Disk>(unit, number, first, blocks, info);
  if (!all[count]) return fail(Errno::no_memory);
  ++count;
  return ok;
}

Attempt<> add_unit(u32 unit, u8* block) {
  auto const info = ATTEMPT(port.on(BlockDevice::Info{unit}, Caller{}));
  ATTEMPT(add(unit, 0, 0, info.blocks, info));
  UnitReader reader{unit, info};
  PartitionTable const table = read_partitions(reader, block);
  if (table.from_backup) host::log("{}: the partition table's first copy is damaged, using its backup", at(count - 1)->name());
  for (u32 i = 0; i < table.count; ++i) ATTEMPT(add(unit, table.entries[i].number, table.entries[i].first, table.entries[i].blocks, info));
  return ok;
}

}  // namespace

constinit Port<BlockDevice> port;

Attempt<> start() {
  auto const units = port.on(BlockDevice::Count{}, Caller{});
  if (!units) return ok;
  auto* const block = static_cast<u8*>(host::allocate_page(host::Contents::any));
  if (!block) return fail(Errno::no_memory);
  Attempt<> done = ok;
  for (u32 unit = 0; unit < std::min<u64>(*units, most_units) && done; ++unit) done = add_unit(unit, block);
  host::free_page(block);
  if (count) add_block_driver();
  return done;
}

bool claim(Disk& disk) {
  {
    Guard guard{claims_lock};
    for (u32 i = 0; i < count; ++i)
      if (all[i]->claimed && overlap(*all[i], disk)) return false;
    disk.claimed = true;
  }
  for (u32 i = 0; i < count; ++i)
    if (overlap(*all[i], disk)) all[i]->empty_cache();
  return true;
}

void release(Disk& disk) {
  Guard guard{claims_lock};
  disk.claimed = false;
}

void flush_written() {
  for (u32 i = 0; i < count; ++i) (void)all[i]->synchronize();
}

Disk* at(u32 index) { return index < count ? all[index] : nullptr; }

Disk* find(u64 device) {
  for (u32 i = 0; i < count; ++i)
    if (all[i]->device() == device) return all[i];
  return nullptr;
}

Disk* find(std::string_view name) {
  for (u32 i = 0; i < count; ++i)
    if (all[i]->name() == name) return all[i];
  return nullptr;
}

}  // namespace disks
}  // namespace hinge::linux_service
