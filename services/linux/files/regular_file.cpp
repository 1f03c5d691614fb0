#include "services/linux/files/regular_file.hpp"

#include <algorithm>

#include "services/linux/files/file_limits.hpp"

namespace hinge::linux_service {

RegularFile::RegularFile(VolumeInode& inode, u32 flags, Path path) : File{flags, std::move(path)}, inode_{Ref<VolumeInode>{inode}} {}

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
  if (writable()) inode_->writers.fetch_sub(1);
  host::destroy(this);
}

Value RegularFile::read(Thread& self, Transfer& into, u64 offset) { return inode_->read(self, into, offset, ahead_); }

Value RegularFile::write(Thread& self, Transfer& from, u64 offset) {
  auto const limit = file_size_limit(self, offset, from.left());
  if (!limit) return limit.error();
  bool const append = flags() & open_flag::append;
  auto const done = inode_->write(self, from, offset, append, *limit);
  // Where an append went is where the next read goes on.
  if (append && done) position.store(offset + *done, std::memory_order_relaxed);
  return done;
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
  return inode_->allocate(mode, offset, bytes);
}

void RegularFile::advise(Advice advice, u64 first, u64 last) {
  ReadCache* const cache = inode_->read_cache();
  if (!cache) return;  // What is in memory anyway is in no hurry.
  last = std::min(last, (inode_->size() + page_bytes - 1) / page_bytes);
  switch (advice) {
    case Advice::normal: return ahead_.expect(ReadAhead::Pattern::normal);
    case Advice::random: return ahead_.expect(ReadAhead::Pattern::random);
    case Advice::sequential: return ahead_.expect(ReadAhead::Pattern::sequential);
    case Advice::will_need: (void)cache->fetch(first, last); return;
    case Advice::dont_need: return cache->drop(first, last);
    case Advice::no_reuse: return;
  }
}

Attempt<File::Memory> RegularFile::memory(Thread&) { return Memory{ATTEMPT(inode_->object())}; }
Attempt<> RegularFile::supply_page(Thread&, u64 index, bool for_write) { return inode_->supply_page(index, for_write, ahead_); }

}  // namespace hinge::linux_service
