// Terminal: the line discipline with all that is around it: locking, waiting, the window size, and job control. Abstract:
// a SerialTerminal moves its bytes to and from the console service, the slave of a pseudo-terminal to and from its master.
//
// Terminals are made at start or on demand and live forever (a pseudo-terminal's is used again), so that sessions and
// open files may point to them. A hang-up raises the epoch: files of an older epoch read 0 and cannot write.
#pragma once

#include <atomic>

#include "host/mutex.hpp"
#include "services/linux/core/session.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/ranks.hpp"
#include "services/linux/tty/discipline.hpp"
#include "services/linux/tty/requests.hpp"

namespace hinge::linux_service {

namespace rank {
/// One terminal, with its pseudo-terminal's master. Outside of the Readiness lock, which notify() takes.
struct Terminal { static constexpr u32 level = 21; };
static_assert(Terminal::level < Readiness::level && Terminal::level > FsContext::level);
}  // namespace rank

class Terminal : public ControllingTerminal {
 public:
  Terminal(u32 major, u32 minor, Termios const& initial) : initial_{initial}, device_{major << 8 | minor}, discipline_{initial} {}
  Terminal(Terminal const&) = delete;

  // ---- what open files ask; `epoch` is the file's
  /// A session leader without a terminal gets this one, unless O_NOCTTY. Returns the epoch.
  Attempt<u32> open(Thread& self, u32 flags, bool may_control);
  virtual void close() {}
  Value read(Thread& self, Transfer& into, bool nonblocking, u32 epoch);
  Value write(Thread& self, Transfer& from, bool nonblocking, u32 epoch);
  u32 ready(u32 epoch);
  Value control(Thread& self, u32 request, u64 argument, u32 epoch);
  PollSource poll;

  // ---- ControllingTerminal
  [[nodiscard]] u32 device_number() const override { return device_; }
  [[nodiscard]] i32 foreground_group() const override { return foreground_.load(std::memory_order_relaxed); }
  void session_ended(Session& session) override;

  /// Ends all use of the terminal through files opened so far, and tells its session.
  void hang_up() HINGE_EXCLUDES(lock_);

  static constexpr u32 any_epoch = ~0u;  ///< Of files that outlive hang-ups.

 protected:
  ~Terminal() = default;

  /// Moves output to the device as far as it takes it, unless it is held back. Wakes writers when there is room again.
  virtual void push_output() HINGE_REQUIRES(lock_) = 0;
  /// There is room for input again.
  virtual void input_taken() HINGE_REQUIRES(lock_) = 0;
  /// Whether all output has left the device. Otherwise output_left() will be called.
  virtual bool drained() HINGE_REQUIRES(lock_) = 0;
  /// Forgets output that the device has not sent yet.
  virtual void discard_output() HINGE_REQUIRES(lock_) { discipline_.output.clear(); }
  /// Requests of one kind of terminal only.
  virtual Value control_more(Thread&, u32, u64) { return Errno::not_terminal; }
  /// Whether a file may be opened now: io, or busy.
  virtual Attempt<> admit(Thread&) HINGE_REQUIRES(lock_) { return ok; }

  /// Gives received bytes to the discipline; raises signals, echoes, wakes readers. Returns how many it took.
  usize receive(std::span<u8 const> bytes) HINGE_REQUIRES(lock_);
  /// Output has left: wakes writers and drainers.
  void output_left() HINGE_REQUIRES(lock_);
  Attempt<> resize(Thread& self, UserAddr from);
  void reset() HINGE_REQUIRES(lock_);

  Termios const initial_;
  u32 const device_;
  Mutex<rank::Terminal> lock_;
  Discipline discipline_ HINGE_GUARDED_BY(lock_);
  WindowSize size_ HINGE_GUARDED_BY(lock_){};
  WaitQueue readers_, writers_;
  std::atomic<u32> epoch_{0};

 private:
  enum class Background { reading, writing, changing };
  Attempt<> check_foreground(Thread& self, Background what);
  void raise(Signal signal);
  /// Whether files of this epoch were hung up.
  [[nodiscard]] bool is_over(u32 epoch) const { return epoch != any_epoch && epoch != epoch_.load(std::memory_order_relaxed); }
  Attempt<bool> wait_for_input(Thread& self, usize wanted, bool nonblocking) HINGE_REQUIRES(lock_);
  Attempt<bool> wait_for_drain(Thread& self);
  Value set_settings(Thread& self, TerminalRequest request, u64 argument);
  Value get_settings(Thread& self, TerminalRequest request, u64 argument);
  Attempt<Termios> wanted_settings(Thread& self, TerminalRequest request, UserAddr from);
  Value control_flow(Flow what);
  Value flush_queue(Queue what);

  // Job control (job_control.cpp).
  Value claim(Thread& self, bool steal);
  bool attach(Process& process) HINGE_REQUIRES(lock_);
  Value give_up(Thread& self);
  Value set_foreground(Thread& self, i32 group);
  Value tell_foreground(Thread& self, u64 argument, bool session);
  [[nodiscard]] bool controls(Process& process);
  void detach() HINGE_REQUIRES(lock_);

  Ref<Session> session_ HINGE_GUARDED_BY(lock_);  ///< session_->terminal is this.
  std::atomic<i32> foreground_{0};
  bool exclusive_ HINGE_GUARDED_BY(lock_) = false;
  Termios locked_ HINGE_GUARDED_BY(lock_){};  ///< Bits and characters that nobody changes: TIOCSLCKTRMIOS.
};

/// An open terminal. Files opened as /dev/console outlive hang-ups, as they do on Linux.
class TerminalFile final : public File {
 public:
  TerminalFile(Terminal& terminal, u32 flags, Path path, u32 epoch, bool immune)
      : File{flags, std::move(path)}, terminal_{terminal}, epoch_{epoch}, immune_{immune} {}
  /// Takes over the Terminal::open that gave `epoch`.
  static Attempt<Ref<File>> make(Terminal& terminal, u32 flags, Path const& path, u32 epoch, bool immune = false);

  void dispose() override;
  Value read(Thread& self, Transfer& into, u64) override { return terminal_.read(self, into, nonblocking(), epoch()); }
  Value write(Thread& self, Transfer& from, u64) override { return terminal_.write(self, from, nonblocking(), epoch()); }
  u32 ready() override { return terminal_.ready(epoch()); }
  PollSource* poll_source() override { return &terminal_.poll; }
  [[nodiscard]] bool signals_readiness() const override { return true; }
  Value control(Thread& self, u32 request, u64 argument) override { return terminal_.control(self, request, argument, epoch()); }

 private:
  [[nodiscard]] u32 epoch() const { return immune_ ? Terminal::any_epoch : epoch_; }
  Terminal& terminal_;
  u32 const epoch_;
  bool const immune_;
};

}  // namespace hinge::linux_service
