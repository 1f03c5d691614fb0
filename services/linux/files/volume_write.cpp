// Changing the data of files on disks: what the cache takes and gives back, and what the file system is told of it.
// data_lock_ keeps writers, truncation and allocation of one file apart; it is held across the requests to the service.
#include <algorithm>

#include "services/linux/files/clock.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

constexpr i64 day_ns = i64{24} * 3600 * 1'000'000'000;

constexpr u64 page_after(u64 bytes) { return bytes / page_bytes + (bytes % page_bytes != 0); }

}  // namespace

// ---- what the cache asks of its source

Attempt<> VolumeInode::write_pages(u64 offset, Buffer from) {
  i64 const changed = unsent_ns_.exchange(0, std::memory_order_acq_rel);
  auto const done = volume().alter(FileSystem::Write{from, number(), offset, end(), changed}, Caller{});
  mark_stale();
  if (done) return ok;
  i64 none = 0;
  if (changed) unsent_ns_.compare_exchange_strong(none, changed, std::memory_order_acq_rel);
  return fail(linux_service::from(done.error()));
}

bool VolumeInode::take_place() { return volume().stock_.take(); }
void VolumeInode::end_places(u64 pages, bool written) { volume().stock_.end(pages, written); }

Attempt<> VolumeInode::promise_places() {
  auto const got = volume().stock_.refill();
  if (got || got.error() != Errno::no_space) return got;
  // Pages that had their places already give up promises when they are written, and so do dead files.
  DirtyList::write_back(&superblock());
  return volume().stock_.refill();
}

void VolumeInode::finish() {
  Change request{};
  request.inode = number();
  {
    Guard guard{data_lock_};
    if (i64 const unsent = unsent_ns_.exchange(0, std::memory_order_acq_rel)) {
      request.mask |= Change::change_data | Change::change;
      request.change_data_ns = unsent;
      request.change_ns = attributes_.change_ns;
    }
    if (access_unsent_.exchange(false, std::memory_order_relaxed)) {
      request.mask |= Change::access;
      request.access_ns = attributes_.access_ns;
    }
    if (attributes_.links == 0) return;
  }
  if (request.mask) (void)volume().alter(request, Caller{});
}

bool VolumeInode::abandoned() {
  Guard guard{data_lock_};
  return attributes_.links == 0 && references() == 2;  // The dirty list's, and that of who asks for it.
}

// ---- reading leaves a trace too

/// Only the first read after a change counts, or the first in a day (which is noticed by inodes that come to memory anew).
void VolumeInode::accessed() {
  i64 const now = wall_ns();
  Guard guard{data_lock_};
  access_due_.store(false, std::memory_order_relaxed);
  if (volume().read_only()) return;
  if (attributes_.access_ns > attributes_.change_data_ns && now - attributes_.access_ns < day_ns) return;
  attributes_.access_ns = now;
  access_unsent_.store(true, std::memory_order_relaxed);
}

// ---- writing

void VolumeInode::written_now() {
  i64 const now = wall_ns();
  if (attributes_.change_data_ns != now || attributes_.change_ns != now) {
    attributes_.change_data_ns = attributes_.change_ns = now;
    unsent_ns_.store(now, std::memory_order_release);
  }
  access_due_.store(true, std::memory_order_relaxed);
}

Attempt<usize> VolumeInode::write_cached(Thread& self, Transfer& from, u64& offset, bool append, u64 limit) {
  usize done = 0;
  u64 claimed = 0;  // The size that an append has announced, so that another one comes after it.
  for (;;) {
    auto stop = DiskCache::Stop::done;
    usize const before = from.left();
    {
      Guard guard{data_lock_};
      if (append && !done) offset = end();
      if (offset >= limit) return fail(Errno::file_too_big);
      u64 const at = offset + done, known = claimed ? at : end();
      if (at > known) cache_->clear(known, align_up(known, page_bytes));
      if (usize const taken = cache_->write(from, at, limit, known, stop)) {
        done += taken;
        if (end() < offset + done) end_.store(offset + done, std::memory_order_release);
        written_now();
      }
      if (append && done && stop != DiskCache::Stop::done && !claimed) {
        claimed = std::min(offset + done + from.left(), limit);
        end_.store(claimed, std::memory_order_release);
      }
    }
    if (stop == DiskCache::Stop::done) break;
    u64 const at = offset + done;
    auto const went_on = stop == DiskCache::Stop::caller_memory
                             ? from.populate(self, false)
                             : cache_->obtain(stop, at / page_bytes, page_after(at % page_bytes + std::min<u64>(before, from.left())));
    if (went_on) continue;
    if (!done) return fail(went_on.error());
    Guard guard{data_lock_};
    if (claimed && end() == claimed) end_.store(at, std::memory_order_release);
    break;
  }
  DirtyList::throttle();
  return done;
}

Attempt<> VolumeInode::resize_cached(u64 size) {
  u64 const old = end();
  if (size > PageTree::max_pages * page_bytes) return fail(Errno::file_too_big);
  DiskCache::Pause const pause{*cache_};
  // A smaller size counts before the service frees blocks, so that nobody reads them in again.
  if (size < old) end_.store(size, std::memory_order_release);
  Change request{};
  request.inode = number();
  request.mask = Change::size | Change::change_data | Change::change;
  request.new_size = size;
  request.change_data_ns = request.change_ns = wall_ns();
  auto const done = volume().alter(request, Caller{});
  if (!done) {
    end_.store(old, std::memory_order_release);
    return fail(from(done.error()));
  }
  unsent_ns_.store(0, std::memory_order_release);
  attributes_.change_data_ns = attributes_.change_ns = request.change_ns;
  mark_stale();
  if (size < old) cache_->discard(page_after(size), PageTree::max_pages);
  u64 const tail = std::min(size, old);
  cache_->clear(tail, align_up(tail, page_bytes));
  end_.store(size, std::memory_order_release);
  return ok;
}

Attempt<> VolumeInode::allocate_cached(u32 mode, u64 offset, u64 bytes) {
  constexpr u32 keep_size = 1, punch_hole = 2, zero_range = 16;  // FALLOC_FL_*
  using Allocate = FileSystem::Allocate;
  u64 const limit = offset + bytes, first = page_after(offset), last = limit / page_bytes;
  ATTEMPT(cache_->write_back(offset / page_bytes, page_after(limit)));
  DiskCache::Pause const pause{*cache_};
  auto const how = mode & punch_hole ? Allocate::punch_hole : mode & zero_range ? Allocate::zero_range : Allocate::allocate;
  Allocate const request{number(), offset, bytes, how, (mode & keep_size) != 0, wall_ns()};
  auto const done = volume().alter(request, Caller{});
  mark_stale();
  ATTEMPT(done);
  attributes_.change_data_ns = attributes_.change_ns = request.change_ns;
  unsent_ns_.store(0, std::memory_order_release);
  if (how != Allocate::allocate) {
    // A mapping may have stored to the range once more: zeros come after that.
    cache_->discard(first, last);
    if (first > last) {
      cache_->clear(offset, limit);
    } else {
      cache_->clear(offset, first * page_bytes);
      cache_->clear(last * page_bytes, limit);
    }
  }
  if (!(mode & keep_size) && end() < limit) {
    cache_->clear(end(), align_up(end(), page_bytes));
    end_.store(limit, std::memory_order_release);
  }
  return ok;
}

Attempt<u64> VolumeInode::find_cached(u64 from, bool hole) {
  if (from >= end()) return fail(Errno::no_device_or_address);
  (void)cache_->write_back(0, PageTree::max_pages);  // Then the disk's map says it all.
  auto const found = volume().port_.on(FileSystem::FindData{number(), from, hole}, Caller{});
  if (!found && found.error() == Error::not_found) return hole ? Attempt<u64>{end()} : fail(Errno::no_device_or_address);
  u64 const at = ATTEMPT(found);
  if (!hole && at >= end()) return fail(Errno::no_device_or_address);
  return std::min(at, end());
}

Attempt<> VolumeInode::synchronize(bool data_only, u64 first, u64 last) {
  if (!volume().device_) return ok;
  Attempt<> written = ok;
  if (cache_) {
    written = cache_->write_back(first, last);
    if (!data_only) finish();
  }
  ATTEMPT(volume().commit(number(), data_only));
  return written;
}

}  // namespace hinge::linux_service
