// File: an open file description, what descriptors refer to. Subclasses give it behaviour: regular files, directories,
// pipe ends, terminals, devices, generated texts, eventfds, epolls. Calls reach it through Descriptors.
//
// Operations that may have to wait return Value: a handler that finds nothing to take enqueues itself and returns
// self.block(), unless nonblocking(). A partial transfer is a success.
#pragma once

#include <atomic>
#include <string_view>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/open_flags.hpp"
#include "services/linux/files/path.hpp"
#include "services/linux/files/poll_source.hpp"
#include "services/linux/files/signal_owner.hpp"
#include "services/linux/files/status.hpp"
#include "services/linux/files/transfer.hpp"

namespace hinge::linux_service {

class Inode;
class Epoll;
class Inotify;
class Pipe;
class SignalFile;
class Socket;
class TimerState;
namespace ipc { class QueueFile; }

/// Takes the entries of a directory, in order.
class EntrySink {
 public:
  /// `next`: the position after this entry. False: no room, the entry was not taken.
  virtual bool add(std::string_view name, u64 inode, FileType type, u64 next) = 0;

 protected:
  ~EntrySink() = default;
};

class File : public Counted {
 public:
  /// Seekable: reads and writes say where, and pread and lseek make sense.
  enum class Offsets : u8 { none, seekable };
  File(u32 flags, Path path, Offsets offsets = Offsets::none)
      : path_{static_cast<Path&&>(path)},
        flags_{flags & ~open_flag::opening},
        offsets_{offsets},
        readable_{!is_path() && (flags & open_flag::access_mask) != open_flag::write_only},
        writable_{!is_path() && (flags & open_flag::access_mask) != open_flag::read_only} {}

  /// Ends the object when the last descriptor or mapping is gone.
  virtual void dispose() = 0;
  /// The second half of open: may wait (a FIFO for its peer). The file is in no table yet.
  virtual Value opened(Thread&) { return 0; }

  /// Another open file on what is behind one without a path, as open of /proc/PID/fd/N makes it. no_device_or_address:
  /// there is nothing to open (sockets, eventfds).
  virtual Attempt<Ref<File>> open_again(Thread& self, u32 flags);

  /// Up to into.left() bytes from `offset` on (ignored by what cannot seek). 0 is the end.
  virtual Value read(Thread& self, Transfer& into, u64 offset);
  virtual Value write(Thread& self, Transfer& from, u64 offset);
  [[nodiscard]] bool seekable() const { return offsets_ == Offsets::seekable; }
  /// Whether lseek moves it; one of which no place differs from another stays at 0.
  [[nodiscard]] virtual bool has_position() const { return true; }
  /// The end of SEEK_END, SEEK_DATA and SEEK_HOLE; SEEK_SET and SEEK_CUR are served by the caller.
  enum class Seek { end, data, hole };
  virtual Attempt<u64> seek(Thread& self, Seek what, u64 from);

  /// Bits of `ready` that hold now. Must not wait.
  virtual u32 ready() { return ready::readable | ready::writable; }
  /// What tells of changes of ready(); null: always as it is (then epoll refuses it).
  virtual PollSource* poll_source() { return nullptr; }
  /// Whether O_ASYNC means something to it (pipes, sockets, terminals, inotify).
  [[nodiscard]] virtual bool signals_readiness() const { return false; }
  /// not_terminal for what it does not know.
  virtual Value control(Thread& self, u32 request, u64 argument);

  /// Entries from position `from` on; "." and ".." included. Returns the new position.
  virtual Attempt<u64> list(Thread& self, u64 from, EntrySink& sink);

  virtual Attempt<Status> status(Thread& self);
  virtual Attempt<> truncate(Thread& self, u64 size);
  /// FALLOC_FL bits in `mode`.
  virtual Attempt<> allocate(Thread& self, u32 mode, u64 offset, u64 bytes);
  /// fsync; `data_only` (fdatasync): not the times. Errors of write-back are told once to each open file.
  virtual Attempt<> synchronize(Thread&, bool /*data_only*/) { return ok; }
  /// Writes back pages first.. up to but without `last`, without a promise that a power cut spares them.
  virtual Attempt<> write_back(u64 /*first*/, u64 /*last*/) { return ok; }

  /// What mmap puts into a region. no_device when the file cannot be mapped.
  struct Memory {
    Handle object;             ///< no_handle: anonymous memory instead (/dev/zero).
    bool write_sealed = false; ///< New shared mappings cannot be written (F_SEAL_FUTURE_WRITE).
  };
  virtual Attempt<Memory> memory(Thread& self);
  /// A space shows it in shared mappings that could be written, from now on, or not any more. not_permitted: it is sealed.
  virtual Attempt<> begin_shared_writing() { return ok; }
  virtual void end_shared_writing() {}
  /// A fault on page `index` of the object: afterwards it is there. no_device_or_address beyond the end (SIGBUS).
  virtual Attempt<> supply_page(Thread& self, u64 index, bool for_write);

  /// posix_fadvise and readahead: what will be read how. Only a wish; `last` is a page number, not included.
  enum class Advice { normal, random, sequential, will_need, dont_need, no_reuse };
  virtual void advise(Advice, u64 /*first*/, u64 /*last*/) {}
  /// Whether page `index` could be read without waiting (mincore).
  [[nodiscard]] virtual bool has_page(u64 /*index*/) { return true; }
  /// The pipe behind it, or null.
  virtual Pipe* pipe() { return nullptr; }
  /// The epoll set it is, or null.
  virtual Epoll* epoll() { return nullptr; }
  /// The socket it is, or null.
  virtual Socket* socket() { return nullptr; }
  /// The timerfd, signalfd or pidfd it is, or null: the timer's inside, the process meant.
  virtual TimerState* timer() { return nullptr; }
  virtual SignalFile* signals() { return nullptr; }
  virtual Process* process() { return nullptr; }
  /// The POSIX message queue it is, or null.
  virtual ipc::QueueFile* message_queue() { return nullptr; }
  /// The inotify it is, or null.
  virtual Inotify* watches() { return nullptr; }
  /// F_GET_SEALS and F_ADD_SEALS. invalid: it cannot be sealed.
  virtual Attempt<u32> seals() { return fail(Errno::invalid); }
  virtual Attempt<> add_seals(u32) { return fail(Errno::invalid); }
  /// Each close of a descriptor (not only the last).
  virtual void closing(Thread&) {}
  /// The name in /proc/PID/fd when it has no path: "pipe:[12]", "anon_inode:[eventfd]". Writes at most `room` bytes.
  virtual usize describe(char* to, usize room);

  [[nodiscard]] u32 flags() const { return flags_.load(std::memory_order_relaxed); }
  void set_flags(u32 mask, u32 value);
  [[nodiscard]] bool nonblocking() const { return flags() & open_flag::nonblock; }
  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] bool writable() const { return writable_; }
  /// Opened with O_PATH: a place, not its content.
  [[nodiscard]] bool is_path() const { return flags() & open_flag::path; }
  /// Where it was opened; null for pipes and their like.
  [[nodiscard]] Path const& path() const { return path_; }
  /// The inode behind the path, or null.
  [[nodiscard]] Inode* inode() const;

  std::atomic<u64> position{0};  ///< Of what can seek, and of directories. Claimed by compare-exchange, see io.cpp.
  SignalOwner signal_owner;      ///< This and the next: under the SignalOwners lock.
  ReadinessNote* readiness_note = nullptr;

 protected:
  ~File();
  /// For describe(): as much of `text` as there is room for.
  static usize describe_as(std::string_view text, char* to, usize room);

 private:
  Path const path_;
  std::atomic<u32> flags_;
  Offsets const offsets_;
  bool const readable_, writable_;
  friend class Epoll;
  Watch* watched_ = nullptr;     ///< Epoll items about this file: taken off when it ends. Under the Readiness lock.
};

/// A file that a request uses and does not keep.
class FileInUse {
 public:
  explicit FileInUse(Ref<File> file) : reference_{std::move(file)}, file_{reference_.get()} {}
  /// Nobody else can close its number before the request is over.
  explicit FileInUse(File& file) : file_{&file} {}

  File* operator->() const { return file_; }
  File& operator*() const { return *file_; }

 private:
  Ref<File> reference_;
  File* file_;
};

}  // namespace hinge::linux_service
