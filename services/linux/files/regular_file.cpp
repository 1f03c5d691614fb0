#include "services/linux/files/regular_file.hpp"

#include <algorithm>

#include "services/linux/files/file_limits.hpp"
#include "services/linux/files/mount.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 direct_alignment = 512;  ///< Of offsets and lengths with O_DIRECT: a sector.

constexpr u64 first_page(u64 offset) { return offset / page_bytes; }
constexpr u64 page_after(u64 end) { return (end + page_bytes - 1) / page_bytes; }

}  // namespace

RegularFile::RegularFile(VolumeInode& inode, u32 flags, Path path) : File{flags, std::move(path), Offsets::seekable}, inode_{Ref<VolumeInode>{inode}} {
  if (writable()) inode.superblock().writers.fetch_add(1);
  if (cache()) told_.store(cache()->errors().mark(), std::memory_order_relaxed);
}

Attempt<Ref<File>> RegularFile::open(VolumeInode& inode, Path const& path, u32 flags) {
  bool const writes = (flags & open_flag::access_mask) != open_flag::read_only;
  if (writes) {
    i32 seen = inode.writers.load(std::memory_order_relaxed);
    do
      if (seen < 0) return fail(Errno::text_busy);
    while (!inode.writers.compare_exchange_weak(seen, seen + 1));
  }
  auto file = host::make_ref<RegularFile>(inode, flags, path);
  if (file) return Ref<File>{file};
  if (writes) inode.writers.fetch_sub(1);
  return fail(Errno::no_memory);
}

void RegularFile::dispose() {
  if (writable()) {
    inode_->writers.fetch_sub(1);
    inode_->superblock().writers.fetch_sub(1);
  }
  host::destroy(this);
}

Value RegularFile::read(Thread& self, Transfer& into, u64 offset) {
  if (flags() & open_flag::direct && cache()) return read_directly(self, into, offset);
  auto const done = inode_->read(self, into, offset, ahead_);
  if (inode_->access_due() && done && *done && !has_mount_flag(mount_flag::no_access_time) && !(flags() & open_flag::no_access_time))
    inode_->accessed();
  return done;
}

/// O_DIRECT: what comes is what the disk has, by way of the cache's pages, of which none are left behind.
Value RegularFile::read_directly(Thread& self, Transfer& into, u64 offset) {
  if (offset % direct_alignment || into.left() % direct_alignment) return Errno::invalid;
  u64 const first = first_page(offset), last = page_after(offset + into.left());
  ATTEMPT(cache()->write_back(first, last));
  cache()->drop(first, last);
  auto const done = inode_->read(self, into, offset, ahead_);
  cache()->drop(first, last);
  return done;
}

Value RegularFile::write(Thread& self, Transfer& from, u64 offset) {
  auto const limit = file_size_limit(self, offset, from.left());
  if (!limit) return limit.error();
  bool const append = flags() & open_flag::append;
  if (flags() & open_flag::direct && cache() && (offset % direct_alignment || from.left() % direct_alignment)) return Errno::invalid;
  auto const done = inode_->write(self, from, offset, append, *limit);
  if (!done) return done.error();
  // Where an append went is where the next read goes on.
  if (append) position.store(offset + *done, std::memory_order_relaxed);
  if (cache() && *done) ATTEMPT(after_write(self, offset, *done));
  return *done;
}

/// O_SYNC, O_DSYNC, O_DIRECT and mounts that are synchronous.
Attempt<> RegularFile::after_write(Thread&, u64 offset, usize bytes) {
  u32 const how = flags();
  u64 const first = first_page(offset), last = page_after(offset + bytes);
  bool const sync = (how & open_flag::sync) == open_flag::sync || has_mount_flag(mount_flag::synchronous);
  if (sync || how & open_flag::data_sync) ATTEMPT(tell_error(inode_->synchronize(!sync, first, last)));
  if (!(how & open_flag::direct)) return ok;
  ATTEMPT(write_back(first, last));
  cache()->drop(first, last);
  return ok;
}

Attempt<> RegularFile::tell_error(Attempt<> result) {
  ATTEMPT(cache()->errors().check(told_));
  return result;
}

Attempt<> RegularFile::synchronize(Thread&, bool data_only) {
  auto const done = inode_->synchronize(data_only, 0, PageTree::max_pages);
  return cache() ? tell_error(done) : done;
}

Attempt<> RegularFile::write_back(u64 first, u64 last) {
  if (!cache()) return ok;
  (void)cache()->write_back(first, last);
  return tell_error(ok);
}

Attempt<u64> RegularFile::seek(Thread&, Seek what, u64 from) {
  if (what == Seek::end) return inode_->size();
  return inode_->find_data(from, what == Seek::hole);
}

Value RegularFile::control(Thread&, u32, u64) { return Errno::not_terminal; }

Attempt<> RegularFile::truncate(Thread& self, u64 size) {
  if (size > inode_->size()) ATTEMPT(file_size_limit(self, size - 1, 1));
  return inode_->resize(size);
}

Attempt<> RegularFile::allocate(Thread& self, u32 mode, u64 offset, u64 bytes) {
  if (!(mode & 1)) ATTEMPT(file_size_limit(self, offset + bytes - 1, 1));
  return inode_->allocate(self, mode, offset, bytes);
}

void RegularFile::advise(Advice advice, u64 first, u64 last) {
  DiskCache* const pages = cache();
  if (!pages) return;  // What is in memory anyway is in no hurry.
  last = std::min(last, (inode_->size() + page_bytes - 1) / page_bytes);
  switch (advice) {
    case Advice::normal: return ahead_.expect(ReadAhead::Pattern::normal);
    case Advice::random: return ahead_.expect(ReadAhead::Pattern::random);
    case Advice::sequential: return ahead_.expect(ReadAhead::Pattern::sequential);
    case Advice::will_need: (void)pages->fetch(first, last); return;
    case Advice::dont_need: {
      (void)pages->write_back(first, last);
      return pages->drop(first, last);
    }
    case Advice::no_reuse: return;
  }
}

Attempt<File::Memory> RegularFile::memory(Thread&) {
  return Memory{ATTEMPT(inode_->object()), bool(inode_->seals().get() & Seals::future_write)};
}
Attempt<> RegularFile::supply_page(Thread&, u64 index, bool for_write) { return inode_->supply_page(index, for_write, ahead_); }

Attempt<u32> RegularFile::seals() {
  if (cache()) return fail(Errno::invalid);
  return inode_->seals().get();
}

Attempt<> RegularFile::add_seals(u32 seals) {
  if (cache()) return fail(Errno::invalid);
  return inode_->add_seals(seals);
}

}  // namespace hinge::linux_service
