// Pseudo-terminals: a terminal whose other end is a file, the master that /dev/ptmx opens. Output of the slave is what the
// master reads; what the master writes is typed on the slave.
// A Pty is taken from a table of fixed size and is used again when master and slaves are closed; it is never freed.
#pragma once

#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {

class Pty final : public Terminal {
 public:
  static constexpr u32 slave_major = 136, most = 256;
  static constexpr u32 tty_group = 5;  ///< Debian's group "tty", which slaves belong to.

  explicit Pty(u32 number) : Terminal{slave_major, number, initial_termios(pty_control)}, number_{number} {}

  /// A free one, opened by its master. no_space: all are in use.
  static Attempt<Pty*> take(Thread& self);
  /// Number `number` if it is in use.
  static Pty* find(u32 number);

  [[nodiscard]] u32 number() const { return number_; }
  [[nodiscard]] u32 owner() const { return owner_; }
  void close() override;

  // ---- the master's side
  Value master_read(Thread& self, Transfer& into, bool nonblocking);
  Value master_write(Thread& self, Transfer& from, bool nonblocking);
  u32 master_ready();
  Value master_control(Thread& self, File& master, u32 request, u64 argument);
  void master_closed();
  PollSource master_poll;

 protected:
  void push_output() HINGE_REQUIRES(lock_) override;
  void input_taken() HINGE_REQUIRES(lock_) override;
  /// What the slave wrote is with the master, whether it reads or not; nobody waits for that.
  bool drained() HINGE_REQUIRES(lock_) override { return true; }
  Attempt<> admit(Thread&) HINGE_REQUIRES(lock_) override;

 private:
  Attempt<Path> place_of_slave(Thread& self, Path const& master) const;
  Value open_peer(Thread& self, File& master, u32 flags);

  u32 const number_;
  std::atomic<bool> in_use_{false};  ///< Set under the table's lock; cleared when both ends are closed.
  u32 owner_ = 0;                    ///< Who opened the master; its slave node belongs to it.
  bool master_open_ HINGE_GUARDED_BY(lock_) = false;
  bool locked_ HINGE_GUARDED_BY(lock_) = false;    ///< Until TIOCSPTLCK: the slave cannot be opened.
  bool was_opened_ HINGE_GUARDED_BY(lock_) = false;
  u32 slaves_ HINGE_GUARDED_BY(lock_) = 0;         ///< Open files of the slave.
  WaitQueue master_readers_, master_writers_;
};

/// What /dev/ptmx opens.
class PtyMaster final : public File {
 public:
  PtyMaster(Pty& pty, u32 flags, Path path) : File{flags, std::move(path)}, pty_{pty} {}
  static Attempt<Ref<File>> open(Thread& self, u32 flags, Path const& path);

  void dispose() override;
  Value read(Thread& self, Transfer& into, u64) override { return pty_.master_read(self, into, nonblocking()); }
  Value write(Thread& self, Transfer& from, u64) override { return pty_.master_write(self, from, nonblocking()); }
  u32 ready() override { return pty_.master_ready(); }
  PollSource* poll_source() override { return &pty_.master_poll; }
  [[nodiscard]] bool signals_readiness() const override { return true; }
  Value control(Thread& self, u32 request, u64 argument) override { return pty_.master_control(self, *this, request, argument); }

 private:
  Pty& pty_;
};

}  // namespace hinge::linux_service
