// The ring: pages that are made as the ring first reaches them. When it runs empty it starts over at its first page, so
// that small messages use one page only.
#include "services/linux/files/pipe.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/pages.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

Ref<Pipe> Pipe::make() { return host::make_ref<Pipe>(); }

Pipe::~Pipe() {
  Guard guard{lock_};
  free_pages(0);
  if (pages_ != first_pages_) host::release(pages_);
}

void Pipe::free_pages(u32 keep) {
  for (u32 i = keep; i < capacity_ / page_bytes; ++i)
    if (char* const page = std::exchange(pages_[i], nullptr)) host::free_page(page);
}

usize Pipe::take_out(Transfer& into) {
  usize done = 0;
  while (head_ != tail_ && into.left()) {
    u64 const at = in_ring(head_);
    usize const n = std::min<u64>({page_bytes - at % page_bytes, tail_ - head_, into.left()});
    usize const copied = into.put(pages_[at / page_bytes] + at % page_bytes, n);
    head_ += copied;
    done += copied;
    if (copied < n) break;
  }
  if (head_ == tail_) head_ = tail_ = 0;
  return done;
}

usize Pipe::put_in(Transfer& from, usize most) {
  usize done = 0;
  while (done < most && room()) {
    u64 const at = in_ring(tail_);
    char*& page = pages_[at / page_bytes];
    if (!page && !(page = static_cast<char*>(host::allocate_page(host::Contents::any)))) break;
    usize const n = std::min<u64>({page_bytes - at % page_bytes, room(), most - done});
    usize const copied = from.take(page + at % page_bytes, n);
    tail_ += copied;
    done += copied;
    if (copied < n) break;
  }
  return done;
}

Value Pipe::read(Thread& self, Transfer& into, bool nonblocking) {
  if (!into.left()) return 0;
  for (usize done = 0;;) {
    {
      Guard guard{lock_};
      if (usize const taken = take_out(into)) {
        done += taken;
        writers_waiting_.wake_all();
        source.notify(ready::writable);
      }
      if (done && (!into.left() || head_ == tail_)) return done;
      if (head_ == tail_) {
        if (ends_.writers == 0) return 0;
        if (nonblocking) return Errno::again;
        if (!readers_waiting_.enqueue(self)) return Errno::no_memory;
        return self.block();
      }
    }
    if (auto const there = into.populate(self, true); !there) {
      if (done) return done;
      return there.error();
    }
  }
}

Value Pipe::write(Thread& self, Transfer& from, bool nonblocking) {
  if (!from.left()) return 0;
  bool const whole = from.left() <= atomic_bytes;
  from.skip(self.request.progress);
  u64& done = self.request.progress;
  for (;;) {
    bool full, no_memory = false;
    {
      Guard guard{lock_};
      if (ends_.readers == 0) {
        if (done) return done;
        (void)send_signal(self, from_kernel(Signal::pipe));
        return Errno::broken_pipe;
      }
      bool const was_empty = head_ == tail_;
      full = whole ? room() < from.left() : room() == 0;
      if (!full) {
        usize const put = put_in(from, from.left());
        done += put;
        if (put) {
          readers_waiting_.wake_all();
          source.notify(ready::readable);
        }
        if (!from.left()) return done;
        full = room() == 0;
        no_memory = !full && !put && was_empty && !pages_[0];
      }
      if (full && !nonblocking) ATTEMPT(writers_waiting_.enqueue(self));
    }
    if (full) {
      if (nonblocking) {
        if (done) return done;
        return Errno::again;
      }
      if (done && self.interrupted()) return done;
      return self.block();
    }
    if (no_memory) return Errno::no_memory;
    if (auto const there = from.populate(self, false); !there) {
      if (done) return done;
      return there.error();
    }
  }
}

u32 Pipe::ready(bool reads, bool writes, Ends const& at_open) {
  Guard guard{lock_};
  u32 bits = 0;
  if (reads) {
    if (head_ != tail_) bits |= ready::readable;
    bool const had_writer = at_open.writers > 0 || ends_.writer_opens != at_open.writer_opens;
    if (ends_.writers == 0 && had_writer) bits |= ready::hang_up;
  }
  if (writes) {
    if (room() >= atomic_bytes) bits |= ready::writable;
    if (ends_.readers == 0) bits |= ready::error;
  }
  return bits;
}

u64 Pipe::queued() {
  Guard guard{lock_};
  return tail_ - head_;
}

usize Pipe::peek(char* to, u64 skip, usize most) {
  Guard guard{lock_};
  usize done = 0;
  for (u64 from = head_ + skip; from < tail_ && done < most;) {
    u64 const at = in_ring(from);
    usize const n = std::min<u64>({page_bytes - at % page_bytes, tail_ - from, most - done});
    std::memcpy(to + done, pages_[at / page_bytes] + at % page_bytes, n);
    from += n;
    done += n;
  }
  return done;
}

u32 Pipe::capacity() {
  Guard guard{lock_};
  return capacity_;
}

Attempt<u32> Pipe::set_capacity(u32 bytes) {
  if (bytes > max_bytes) return fail(Errno::not_permitted);
  bytes = std::bit_ceil(std::max<u32>(bytes, page_bytes));
  Guard guard{lock_};
  u64 const used = tail_ - head_;
  if (used > bytes) return fail(Errno::busy);
  auto** const fresh = static_cast<char**>(host::allocate(bytes / page_bytes * sizeof(char*)));
  if (!fresh) return fail(Errno::no_memory);
  std::fill_n(fresh, bytes / page_bytes, nullptr);
  // The bytes in use are copied to the front: in the ring, its first and last bytes may share a page.
  bool enough = true;
  for (u64 done = 0; done < used && enough;) {
    u64 const at = in_ring(head_ + done);
    char*& page = fresh[done / page_bytes];
    if (!page) page = static_cast<char*>(host::allocate_page(host::Contents::any));
    enough = page != nullptr;
    u64 const n = std::min({page_bytes - at % page_bytes, page_bytes - done % page_bytes, used - done});
    if (enough) std::memcpy(page + done % page_bytes, pages_[at / page_bytes] + at % page_bytes, n);
    done += n;
  }
  if (!enough) {
    for (u32 i = 0; i < bytes / page_bytes; ++i)
      if (fresh[i]) host::free_page(fresh[i]);
    host::release(fresh);
    return fail(Errno::no_memory);
  }
  free_pages(0);
  if (pages_ != first_pages_) host::release(pages_);
  pages_ = fresh;
  capacity_ = bytes;
  head_ = 0;
  tail_ = used;
  writers_waiting_.wake_all();
  source.notify(ready::writable);
  return bytes;
}

Pipe::Ends Pipe::ends() {
  Guard guard{lock_};
  return ends_;
}

Pipe::Ends Pipe::add_end(bool reads, bool writes) {
  Guard guard{lock_};
  if (reads) ++ends_.readers, ++ends_.reader_opens;
  if (writes) ++ends_.writers, ++ends_.writer_opens;
  opening.wake_all();
  return ends_;
}

void Pipe::drop_end(bool reads, bool writes) {
  Guard guard{lock_};
  if (reads) --ends_.readers;
  if (writes) --ends_.writers;
  if (ends_.readers == 0 && ends_.writers == 0) {
    // A FIFO's bytes go with the last who had it open.
    head_ = tail_ = 0;
    free_pages(0);
  }
  readers_waiting_.wake_all();
  writers_waiting_.wake_all();
  source.notify(ready::hang_up | ready::error | ready::readable | ready::writable);
}

}  // namespace hinge::linux_service
