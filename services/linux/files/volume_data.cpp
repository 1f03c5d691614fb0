// The data of a volume's regular files. On a disk: see volume_write.cpp. Resident: reads and writes are one copy between a page of the cache and the caller's
// memory, under the inode's lock; when the caller's page is not there, the lock is dropped, the page made, and the copy
// goes on.
#include <algorithm>
#include <cstring>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

constexpr u64 second_ns = 1'000'000'000, day_ns = 24 * 3600 * second_ns;

}  // namespace

u64 VolumeInode::size() {
  if (cache_) return end();
  Guard guard{data_lock_};
  return attributes_.size;
}

bool VolumeInode::prepare() {
  Guard guard{data_lock_};
  if (attributes_.resident || !is_regular()) return true;
  cache_ = Own<DiskCache>{host::make<DiskCache>(static_cast<PageSource&>(*this))};
  return bool{cache_};
}

/// The disk's file may be shorter than ours, whose end is written back later: what it does not have yet is a hole.
Attempt<> VolumeInode::read_pages(u64 offset, Buffer into) {
  ATTEMPT(volume().port_.on(FileSystem::Read{into, number(), offset}, Caller{}));
  return ok;
}

/// Read (`data` false) or changed, now. Reads follow relatime: only the first after a change, or once a day.
void VolumeInode::touch(bool data) {
  i64 const now = wall_ns();
  Guard guard{data_lock_};
  if (volume().read_only()) return;
  if (data) {
    attributes_.change_data_ns = attributes_.change_ns = now;
  } else if (attributes_.access_ns <= attributes_.change_data_ns || now - attributes_.access_ns >= i64(day_ns)) {
    attributes_.access_ns = now;
  }
}

inline usize VolumeInode::copy_out(Transfer& into, u64 offset) {
  usize done = 0;
  while (into.left() && offset < attributes_.size) {
    u64 const within = offset % page_bytes;
    usize const n = std::min<u64>({page_bytes - within, into.left(), attributes_.size - offset});
    char const* const page = pages_.find(offset / page_bytes);
    usize const copied = page ? into.put(page + within, n) : into.put_zeros(n);
    done += copied;
    offset += copied;
    if (copied < n) break;
  }
  return done;
}

Attempt<usize> VolumeInode::read(Thread& self, Transfer& into, u64 offset, ReadAhead& ahead) {
  if (cache_) return cache_->read(self, into, offset, size(), ahead);
  usize done = 0;
  for (;;) {
    bool at_end;
    {
      Guard guard{data_lock_};
      done += copy_out(into, offset + done);
      at_end = !into.left() || offset + done >= attributes_.size;
      // Relaxed atime without a look at the clock for the common case, a file read again.
      if (at_end && done && attributes_.access_ns <= attributes_.change_data_ns) attributes_.access_ns = wall_ns();
    }
    if (at_end) return done;
    if (auto const there = into.populate(self, true); !there) {
      if (done) return done;
      return fail(there.error());
    }
  }
}

/// Returns the bytes copied; short when the source stops.
Attempt<usize> VolumeInode::copy_in(Transfer& from, u64 offset, u64 limit) {
  usize done = 0;
  while (from.left() && offset < limit) {
    u64 const within = offset % page_bytes;
    usize const n = std::min<u64>({page_bytes - within, from.left(), limit - offset});
    auto const page = pages_.obtain(offset / page_bytes);
    if (!page) {
      if (done) return done;
      return fail(page.error());
    }
    usize const copied = from.take(*page + within, n);
    done += copied;
    offset += copied;
    attributes_.size = std::max(attributes_.size, offset);
    if (copied < n) break;
  }
  return done;
}

Attempt<usize> VolumeInode::write(Thread& self, Transfer& from, u64& offset, bool append, u64 size_limit) {
  constexpr u64 largest = u64{1} << 43;  // Within what one page cache and one object can name.
  u64 const limit = std::min(size_limit, largest);
  if (!from.left()) return usize{0};
  if (cache_) return write_cached(self, from, offset, append, limit);
  usize done = 0;
  for (bool first = true;; first = false) {
    bool ended;
    {
      Guard guard{data_lock_};
      pin();
      if (append && first) offset = attributes_.size;
      if (offset >= limit) return fail(Errno::file_too_big);
      usize const before = from.left();
      auto const allowed = seals_.write_limit(offset + done, before, attributes_.size);
      if (!allowed && !done) return fail(allowed.error());
      if (!allowed) return done;
      auto const copied = copy_in(from, offset + done, std::min(limit, *allowed));
      if (!copied && !done) return fail(copied.error());
      done += copied ? *copied : 0;
      ended = !copied || !from.left() || offset + done >= std::min(limit, *allowed);
      attributes_.change_data_ns = attributes_.change_ns = wall_ns();
      // Where it goes on is taken before the lock is given up, so that another append comes after it.
      if (append && first && !ended) attributes_.size = offset + before;
    }
    if (ended) return done;
    if (auto const there = from.populate(self, false); !there) {
      if (done) return done;
      return fail(there.error());
    }
  }
}

Attempt<> VolumeInode::resize_locked(u64 size) {
  if (size > PageCache::max_pages * page_bytes) return fail(Errno::file_too_big);
  pin();
  if (size < attributes_.size) {
    pages_.drop((size + page_bytes - 1) / page_bytes, PageCache::max_pages);
    // What lies behind the end of the last page must read as zeros when the file grows again.
    if (char* const last = pages_.find(size / page_bytes); last && size % page_bytes)
      std::memset(last + size % page_bytes, 0, page_bytes - size % page_bytes);
  }
  attributes_.size = size;
  attributes_.change_data_ns = attributes_.change_ns = wall_ns();
  return ok;
}

Attempt<> VolumeInode::resize(u64 size) {
  Guard guard{data_lock_};
  if (cache_) return resize_cached(size);
  ATTEMPT(seals_.check_resize(attributes_.size, size));
  return resize_locked(size);
}

void VolumeInode::clear_resident(u64 offset, u64 end) {
  u64 const first = (offset + page_bytes - 1) / page_bytes, last = end / page_bytes;
  auto const clear = [&](u64 from, u64 to) HINGE_REQUIRES(data_lock_) {
    if (char* const page = pages_.find(from / page_bytes); page && from < to) std::memset(page + from % page_bytes, 0, to - from);
  };
  if (first > last) return clear(offset, end);
  clear(offset, first * page_bytes);
  clear(last * page_bytes, end);
  pages_.drop(first, last);
}

/// In steps, so that others get at the file between them, and a signal ends it.
Attempt<> VolumeInode::allocate_resident(Thread& self, u64 first, u64 last) {
  constexpr u64 step = 256;
  {
    Guard guard{data_lock_};
    u64 holes = 0;
    for (u64 at = pages_.next_hole(first); at < last; at = pages_.next_hole(at)) {
      u64 const hole_end = std::min(pages_.next_present(at), last);
      holes += hole_end - at;
      at = hole_end;
    }
    if (!volume().quota().has(holes)) return fail(Errno::no_space);
  }
  while (first < last) {
    if (self.interrupted()) return fail(Errno::interrupted);
    Guard guard{data_lock_};
    pin();
    for (u64 const stop = std::min(first + step, last); first < stop; ++first) ATTEMPT(pages_.obtain(first));
  }
  return ok;
}

Attempt<> VolumeInode::allocate(Thread& self, u32 mode, u64 offset, u64 bytes) {
  constexpr u32 keep_size = 1, punch_hole = 2, zero_range = 16;  // FALLOC_FL_*
  if (mode & ~(keep_size | punch_hole | zero_range)) return fail(Errno::not_supported);
  if ((mode & punch_hole) && mode != (punch_hole | keep_size)) return fail(Errno::not_supported);
  u64 const end = offset + bytes;
  {
    Guard guard{data_lock_};
    if (cache_) return allocate_cached(mode, offset, bytes);
    if ((mode & punch_hole) && seals_.get() & (Seals::write | Seals::future_write)) return fail(Errno::not_permitted);
    if (!(mode & keep_size)) ATTEMPT(seals_.check_resize(attributes_.size, std::max(attributes_.size, end)));
    pin();
    if (mode & (punch_hole | zero_range)) clear_resident(offset, end);
  }
  if (!(mode & punch_hole)) ATTEMPT(allocate_resident(self, offset / page_bytes, (end + page_bytes - 1) / page_bytes));
  Guard guard{data_lock_};
  if (!(mode & keep_size)) {
    ATTEMPT(seals_.check_resize(attributes_.size, std::max(attributes_.size, end)));
    attributes_.size = std::max(attributes_.size, end);
  }
  attributes_.change_data_ns = attributes_.change_ns = wall_ns();
  return ok;
}

Attempt<u64> VolumeInode::find_data(u64 from, bool hole) {
  if (cache_) return find_cached(from, hole);
  Guard guard{data_lock_};
  if (from >= attributes_.size) return fail(Errno::no_device_or_address);
  u64 const index = hole ? pages_.next_hole(from / page_bytes) : pages_.next_present(from / page_bytes);
  u64 const found = std::max(from, index * page_bytes);
  if (found < attributes_.size) return found;
  if (hole) return attributes_.size;
  return fail(Errno::no_device_or_address);
}

Attempt<> VolumeInode::add_seals(u32 seals) {
  Guard guard{data_lock_};
  return seals_.add(seals);
}

Attempt<Handle> VolumeInode::object() {
  if (cache_) return cache_->object();
  Guard guard{data_lock_};
  pin();
  return pages_.object();
}

Attempt<> VolumeInode::supply_page(u64 index, bool for_write, ReadAhead& ahead) {
  u64 const pages = (size() + page_bytes - 1) / page_bytes;
  if (index >= pages) return fail(Errno::no_device_or_address);
  if (cache_) {
    ATTEMPT(cache_->supply(index, pages, ahead, for_write));
    if (!for_write) return ok;
    {
      Guard guard{data_lock_};
      written_now();
    }
    DirtyList::throttle();
    return ok;
  }
  Guard guard{data_lock_};
  if (index >= (attributes_.size + page_bytes - 1) / page_bytes) return fail(Errno::no_device_or_address);
  if (for_write) attributes_.change_data_ns = attributes_.change_ns = wall_ns();
  return pages_.supply(index);
}

Attempt<> VolumeInode::fill(char const* data, u64 bytes, i64 changed_ns) {
  Transfer from = Transfer::slot(const_cast<char*>(data), bytes);
  Guard guard{data_lock_};
  pin();
  if (bytes && ATTEMPT(copy_in(from, 0, ~u64{0})) != bytes) return fail(Errno::no_space);
  attributes_.change_data_ns = attributes_.change_ns = attributes_.access_ns = changed_ns;
  return ok;
}

}  // namespace hinge::linux_service
