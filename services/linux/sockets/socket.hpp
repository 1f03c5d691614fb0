// Socket: an open file that talks to others (socket(7)), whatever its family. The calls work on this; a family derives
// from it. What a send takes along and what a receive brings back besides bytes stands in Sending and Receiving.
#pragma once

#include "services/linux/files/file.hpp"
#include "services/linux/sockets/bundle.hpp"

namespace hinge::linux_service {

/// Numbers as in Linux' linux/socket.h and linux/net.h.
enum class SocketType : u8 { stream = 1, datagram = 2, raw = 3, sequence = 5 };
inline constexpr u16 family_unspecified = 0, family_unix = 1;
inline constexpr i32 socket_level = 1;

/// Flags of send and receive: MSG_...
namespace message_flag {
inline constexpr u32 out_of_band = 1, peek = 2, control_truncated = 8, truncated = 0x20, do_not_wait = 0x40, end_of_record = 0x80;
inline constexpr u32 wait_all = 0x100, error_queue = 0x2000, no_signal = 0x4000, wait_for_one = 0x10000;
inline constexpr u32 close_on_exec = 0x4000'0000;
}  // namespace message_flag

/// struct sockaddr_storage: a family and what it says.
struct SocketAddress {
  static constexpr u32 most = 128;
  u32 bytes = 0;               ///< With the family; 0: none given.
  alignas(8) char data[most];

  [[nodiscard]] u16 family() const { return bytes < sizeof(u16) ? family_unspecified : *reinterpret_cast<u16 const*>(data); }
};

/// Who sent something: struct ucred.
struct Identity {
  static constexpr u32 nobody = 65534;
  i32 pid = 0;
  u32 uid = ~u32{0}, gid = ~u32{0};
  friend bool operator==(Identity const&, Identity const&) = default;
};

struct Sending {
  Transfer data;
  u32 flags = 0;
  SocketAddress const* to = nullptr;
  Ref<FileBundle> files = {};
  Identity identity = {};
  bool has_identity = false;   ///< Named by the sender, and checked.
};

struct Receiving {
  Transfer data;
  u32 flags = 0;
  // The answer:
  SocketAddress* from = nullptr;
  Ref<FileBundle> files = {};
  Identity identity = {};
  bool has_identity = false;   ///< The receiver asked for it (SO_PASSCRED).
  u32 told = 0;                ///< msg_flags.
};

/// Sees every bundle in a socket's queue, and may take it.
struct BundleVisitor {
  virtual void visit(Ref<FileBundle>& held) = 0;

 protected:
  ~BundleVisitor() = default;
};

class Socket : public File {
 public:
  virtual Attempt<> bind(Thread& self, SocketAddress const& to) = 0;
  virtual Attempt<> listen(Thread& self, u32 backlog) = 0;
  virtual Value connect(Thread& self, SocketAddress const& to) = 0;
  /// May wait. `accepted`: the new socket, with open_flag::nonblock as in `flags`.
  virtual Value accept(Thread& self, u32 flags, Ref<File>& accepted) = 0;
  virtual Attempt<> name_of(bool peer, SocketAddress& to) = 0;
  enum Direction : u32 { reading = 1, writing = 2 };
  virtual Attempt<> shut_down(u32 directions) = 0;
  /// Bytes taken; may wait. Progress over reissues is in the request.
  virtual Value send(Thread& self, Sending& what) = 0;
  virtual Value receive(Thread& self, Receiving& into) = 0;
  /// The value of an option of level SOL_SOCKET, at most `room` bytes of it; how many. Overridden for a family's own.
  virtual Attempt<u32> option(Thread& self, u32 number, void* to, u32 room);
  virtual Attempt<> set_option(Thread& self, u32 number, void const* value, u32 bytes);

  /// Bundles that wait in its queue, under its lock.
  virtual void each_bundle(BundleVisitor& visitor) = 0;

  Socket* socket() override { return this; }
  Value read(Thread& self, Transfer& into, u64) override;
  Value write(Thread& self, Transfer& from, u64) override;
  Attempt<Status> status(Thread& self) override;
  usize describe(char* to, usize room) override;

  [[nodiscard]] u64 number() const { return number_; }
  [[nodiscard]] SocketType type() const { return type_; }

 protected:
  Socket(SocketType type, u32 flags);
  ~Socket() = default;
  [[nodiscard]] bool waits(u32 message_flags) const { return !nonblocking() && !(message_flags & message_flag::do_not_wait); }
  /// Blocks until woken, or as long as SO_RCVTIMEO (SO_SNDTIMEO) says. The caller has enqueued.
  Value wait(Thread& self, bool sending);
  /// Whether such a wait has ended by its time.
  [[nodiscard]] static bool waited_out(Thread const& self) { return self.request.timed_out(); }
  [[nodiscard]] u32 send_bytes() const { return send_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class Collector;
  /// The collector's books, under its lock.
  struct Flight {
    u32 count = 0;             ///< References that bundles in flight hold.
    u32 outside = 0;           ///< Of those, not held by candidates' queues.
    bool candidate = false;
    Socket *next = nullptr, *previous = nullptr, *next_to_scan = nullptr;
  } flight_;

  Attempt<> set_buffer(std::atomic<u32>& buffer, i32 wish, bool forced);
  Attempt<> set_wait(std::atomic<u64>& wait_ns, void const* value, u32 bytes);

  static constexpr u32 default_bytes = 212992, least_send = 4608, least_receive = 2304;
  SocketType const type_;
  u64 const number_;
  std::atomic<u32> send_bytes_{default_bytes}, receive_bytes_{default_bytes};
  std::atomic<u64> receive_wait_ns_{0}, send_wait_ns_{0};  ///< 0: without end.
  std::atomic<u64> switches_{0};                           ///< Options that are only kept: a bit by number.
  std::atomic<u64> linger_{0};
  std::atomic<u32> low_water_{1};
};

/// The calling thread as SO_PEERCRED (effective ids) or SCM_CREDENTIALS (real ids) shows it.
Identity effective_identity(Thread const& self);
Identity real_identity(Thread const& self);

}  // namespace hinge::linux_service
