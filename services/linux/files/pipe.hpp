// Pipe: a ring of bytes between those who have its ends open; pipe(2) makes one with two ends, a FIFO inode has one while
// it is in memory. A write of at most atomic_bytes goes in whole or waits.
#pragma once

#include "host/heap.hpp"
#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class Pipe : public host::Shared<Pipe> {
 public:
  static constexpr u32 default_bytes = 64 * 1024, max_bytes = 1024 * 1024, atomic_bytes = page_bytes;

  Pipe() = default;
  ~Pipe();
  static Ref<Pipe> make();

  Value read(Thread& self, Transfer& into, bool nonblocking);
  Value write(Thread& self, Transfer& from, bool nonblocking);
  [[nodiscard]] u64 queued();
  /// Copies what lies from `skip` bytes on, without taking it (tee); returns how many bytes.
  usize peek(char* to, u64 skip, usize most);
  [[nodiscard]] u32 capacity();
  /// Rounded up to a power of two pages; busy when more than that is queued. Returns the new size.
  Attempt<u32> set_capacity(u32 bytes);

  struct Ends { u32 readers, writers; u64 reader_opens, writer_opens; };
  /// Returns how many there were at that instant, itself included.
  Ends add_end(bool reads, bool writes);
  void drop_end(bool reads, bool writes);
  /// A reader sees a hang-up only after a writer came, before or after itself, and went.
  u32 ready(bool reads, bool writes, Ends const& at_open);
  Ends ends();
  /// A FIFO's open, waiting for the other side: told by add_end.
  WaitQueue opening;
  PollSource source;

 private:
  void free_pages(u32 keep) HINGE_REQUIRES(lock_);
  usize take_out(Transfer& into) HINGE_REQUIRES(lock_);
  usize put_in(Transfer& from, usize most) HINGE_REQUIRES(lock_);
  [[nodiscard]] u64 in_ring(u64 position) const HINGE_REQUIRES(lock_) { return position & (capacity_ - 1); }
  [[nodiscard]] u32 room() const HINGE_REQUIRES(lock_) { return capacity_ - u32(tail_ - head_); }

  Mutex<rank::Pipe> lock_;
  WaitQueue readers_waiting_, writers_waiting_;
  Ends ends_ HINGE_GUARDED_BY(lock_) = {};
  u64 head_ HINGE_GUARDED_BY(lock_) = 0, tail_ HINGE_GUARDED_BY(lock_) = 0;  ///< Bytes taken and put since it was empty.
  u32 capacity_ HINGE_GUARDED_BY(lock_) = default_bytes;  ///< A power of two.
  char** pages_ HINGE_GUARDED_BY(lock_) = first_pages_;  ///< capacity_ / 4096 of them, null until used.
  char* first_pages_[default_bytes / page_bytes] = {};
};

/// One open end (or, of a FIFO opened for both, both).
class PipeEnd final : public File {
 public:
  PipeEnd(Ref<Pipe> pipe, u32 flags, Path path, u64 number);
  void dispose() override;
  Value opened(Thread& self) override;
  Attempt<Ref<File>> open_again(Thread& self, u32 flags) override;
  Value read(Thread& self, Transfer& into, u64) override { return pipe_->read(self, into, nonblocking()); }
  Value write(Thread& self, Transfer& from, u64) override { return pipe_->write(self, from, nonblocking()); }
  u32 ready() override { return pipe_->ready(readable(), writable(), at_open_); }
  PollSource* poll_source() override { return &pipe_->source; }
  [[nodiscard]] bool signals_readiness() const override { return true; }
  Value control(Thread& self, u32 request, u64 argument) override;
  Attempt<Status> status(Thread& self) override;
  usize describe(char* to, usize room) override;
  Pipe* pipe() override { return pipe_.get(); }

 private:
  Ref<Pipe> const pipe_;
  u64 const number_;           ///< st_ino of a pipe without a path.
  Pipe::Ends const at_open_;   ///< What came since may have gone again: a FIFO's open has then met its peer all the same.
};

/// FIFOs: pipes found by their inode.
class Fifo {
 public:
  static Attempt<Ref<File>> open(Inode& inode, Path const& path, u32 flags);
  static void inode_ends(Inode& inode);
};

/// pipe2: the read end and the write end.
struct PipePair { Ref<File> reader, writer; };
Attempt<PipePair> make_pipe(u32 flags);

}  // namespace hinge::linux_service
