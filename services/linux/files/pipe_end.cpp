// Pipe ends and FIFOs as open files.
#include "base/format.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/pipe.hpp"

namespace hinge::linux_service {
namespace {

constinit std::atomic<u64> next_number{1};
constinit Mutex<rank::FileState> fifo_lock;  ///< Over every inode's pointer to its pipe.

}  // namespace

PipeEnd::PipeEnd(Ref<Pipe> pipe, u32 flags, Path path, u64 number)
    : File{flags, std::move(path)}, pipe_{std::move(pipe)}, number_{number}, at_open_{pipe_->add_end(readable(), writable())} {}

void PipeEnd::dispose() {
  pipe_->drop_end(readable(), writable());
  host::destroy(this);
}

/// fifo(7): a reader waits for a writer and the other way round; who opens for both waits for nobody.
Value PipeEnd::opened(Thread& self) {
  if (number_ || (readable() && writable())) return 0;
  if (readable() ? at_open_.writers > 0 : at_open_.readers > 0) return 0;
  if (nonblocking()) return readable() ? Value{0} : Value{Errno::no_device_or_address};
  ATTEMPT(pipe_->opening.enqueue(self));
  // A peer that comes after this look finds us in the queue.
  auto const now = pipe_->ends();
  bool const came = readable() ? now.writer_opens != at_open_.writer_opens : now.reader_opens != at_open_.reader_opens;
  if (came) return self.leave_all(), Value{0};
  return self.block();
}

Attempt<Ref<File>> PipeEnd::open_again(Thread&, u32 flags) {
  auto file = Ref<PipeEnd>::adopt(host::make<PipeEnd>(pipe_, flags, Path{}, number_));
  if (!file) return fail(Errno::no_memory);
  return Ref<File>{file};
}

Value PipeEnd::control(Thread& self, u32 request, u64 argument) {
  constexpr u32 bytes_to_read = 0x541b;  // FIONREAD
  if (request != bytes_to_read) return Errno::not_terminal;
  i32 const queued = i32(pipe_->queued());
  ATTEMPT(copy_to_user(self, UserAddr{argument}, queued));
  return 0;
}

Attempt<Status> PipeEnd::status(Thread& self) {
  if (inode()) return inode()->status(self);
  constexpr u64 pipe_device = make_device(0, 0xfff0);
  Status s{};
  s.device = pipe_device;
  s.of.inode = InodeNumber{number_};
  s.of.mode = u32(FileType::fifo) | 0600;
  s.of.links = 1;
  s.of.owner = self.credentials->fsuid;
  s.of.group = self.credentials->fsgid;
  s.of.access_ns = s.of.change_data_ns = s.of.change_ns = wall_ns();
  s.block_bytes = page_bytes;
  return s;
}

usize PipeEnd::describe(char* to, usize room) {
  return format_to(std::span{to, room}, "pipe:[{}]", number_).size();
}

Attempt<Ref<File>> Fifo::open(Inode& inode, Path const& path, u32 flags) {
  Ref<Pipe> pipe;
  {
    Guard guard{fifo_lock};
    if (!inode.pipe_.load()) {
      Ref<Pipe> fresh = Pipe::make();
      if (!fresh) return fail(Errno::no_memory);
      inode.pipe_.store(fresh.leak());
    }
    pipe = Ref<Pipe>{*inode.pipe_.load()};
  }
  auto file = Ref<PipeEnd>::adopt(host::make<PipeEnd>(std::move(pipe), flags, path, u64{0}));
  if (!file) return fail(Errno::no_memory);
  return Ref<File>{file};
}

void Fifo::inode_ends(Inode& inode) { (void)Ref<Pipe>::adopt(inode.pipe_.exchange(nullptr)); }

Attempt<PipePair> make_pipe(u32 flags) {
  Ref<Pipe> const pipe = Pipe::make();
  if (!pipe) return fail(Errno::no_memory);
  u64 const number = next_number.fetch_add(1, std::memory_order_relaxed);
  auto reader = Ref<PipeEnd>::adopt(host::make<PipeEnd>(pipe, flags | open_flag::read_only, Path{}, number));
  if (!reader) return fail(Errno::no_memory);
  auto writer = Ref<PipeEnd>::adopt(host::make<PipeEnd>(pipe, flags | open_flag::write_only, Path{}, number));
  if (!writer) return fail(Errno::no_memory);
  return PipePair{Ref<File>{reader}, Ref<File>{writer}};
}

}  // namespace hinge::linux_service
