// Endpoint: what an AF_UNIX socket is to others: a queue that its peers fill, who it is connected to, and how far it is
// shut. It outlives its open file as long as a peer or a packet refers to it. The file is UnixSocket.
//
// Packets lie with the receiver and count against the sender's buffer. Two connected endpoints are locked in the order
// of their addresses; all other steps take one lock at a time.
#pragma once

#include "services/linux/sockets/packet.hpp"

namespace hinge::linux_service {

class Endpoint : public host::Shared<Endpoint> {
 public:
  enum class State : u8 { idle, listening, connected };
  static constexpr u32 both = Socket::reading | Socket::writing;
  static constexpr u32 most_datagrams = 10;  ///< Waiting for one receiver, beyond which senders wait (max_dgram_qlen).

  Endpoint(SocketType t, u64 n) : type{t}, number{n} { unix_names::list(*this); }
  ~Endpoint() { unix_names::unlist(*this); }

  /// Its file has closed, or it never came to have one (`reset`: its peer is told so). Peers see a hang-up.
  void close(bool reset = false);
  /// No more reading, writing, or both; a connected peer sees the mirror image.
  void shut_down(u32 directions);
  /// Connects two fresh or idle endpoints to each other.
  static void join(Endpoint& a, Endpoint& b, Identity const& a_is, Identity const& b_is);

  [[nodiscard]] bool by_connection() const { return type != SocketType::datagram; }
  [[nodiscard]] Ref<Endpoint> peer_now() const { Guard guard{lock}; return peer; }
  [[nodiscard]] Ref<UnixName> name_now() const { Guard guard{lock}; return name; }

  /// Whether a datagram of `from` has to wait.
  [[nodiscard]] bool is_full(Endpoint const& from, u32 send_bytes) const HINGE_REQUIRES(lock) {
    if (by_connection() || peer.get() == &from) return queued_bytes.load(std::memory_order_relaxed) >= send_bytes;
    return queued_packets > most_datagrams;
  }
  /// Puts a packet into the queue and tells readers.
  void push(Ref<Packet> packet) HINGE_REQUIRES(lock);
  /// The first packet has been taken out: counts it off, and tells who may send now.
  void popped(Packet const& packet) HINGE_REQUIRES(lock);
  /// What a receiver finds instead of a packet: a pending error, the end (0), or nothing yet (again).
  Value nothing() HINGE_REQUIRES(lock);
  void tell_all(u32 events) HINGE_REQUIRES(lock);
  /// The pending error, which is told once.
  Errno take_error() HINGE_REQUIRES(lock) { return std::exchange(error, Errno{}); }

  SocketType const type;
  u64 const number;            ///< Of its file; of one not accepted yet, the number the file will have.

  mutable Mutex<rank::Socket> lock;
  State state HINGE_GUARDED_BY(lock) = State::idle;
  bool closed HINGE_GUARDED_BY(lock) = false;
  bool binding HINGE_GUARDED_BY(lock) = false;
  u32 shut HINGE_GUARDED_BY(lock) = 0;
  Errno error HINGE_GUARDED_BY(lock) = {};
  Ref<Endpoint> peer HINGE_GUARDED_BY(lock);
  Ref<UnixName> name HINGE_GUARDED_BY(lock);
  Identity peer_identity HINGE_GUARDED_BY(lock);     ///< SO_PEERCRED.
  Identity identity HINGE_GUARDED_BY(lock);          ///< Of who called listen.
  PacketList queue HINGE_GUARDED_BY(lock);
  u32 queued_packets HINGE_GUARDED_BY(lock) = 0;
  std::atomic<u32> queued_bytes{0};                  ///< As charged. Changes under lock.
  std::atomic<u32> send_bytes{0};                    ///< Its own SO_SNDBUF, for peers that tell it of room.
  std::atomic<bool> wants_identity{false};           ///< SO_PASSCRED.

  // Listening: connections not accepted yet, each holding a reference.
  Endpoint* first_pending HINGE_GUARDED_BY(lock) = nullptr;
  Endpoint* last_pending HINGE_GUARDED_BY(lock) = nullptr;
  Endpoint* next_pending = nullptr;
  u32 pending_count HINGE_GUARDED_BY(lock) = 0, backlog HINGE_GUARDED_BY(lock) = 0;

  // Datagram sockets connected to this one without being its peer: told when there is room again.
  Endpoint* first_follower HINGE_GUARDED_BY(lock) = nullptr;
  Endpoint* next_follower = nullptr;                 ///< Under the lock of the followed.

  WaitQueue readers;           ///< Receivers, and accept.
  WaitQueue room;              ///< Senders to this one; of a listener, those who connect.
  PollSource source;

  Endpoint *next_listed = nullptr, *previous_listed = nullptr;  ///< unix_names' list.
};

/// Holds the locks of two endpoints, which may be the same.
class BothEndpoints {
 public:
  BothEndpoints(Endpoint& a, Endpoint& b) __attribute__((no_thread_safety_analysis)) : low_{&a < &b ? &a : &b}, high_{&a < &b ? &b : &a} {
    low_->lock.lock();
    if (high_ != low_) high_->lock.lock();
  }
  BothEndpoints(BothEndpoints const&) = delete;
  ~BothEndpoints() __attribute__((no_thread_safety_analysis)) {
    if (high_ != low_) high_->lock.unlock();
    low_->lock.unlock();
  }

 private:
  Endpoint *const low_, *const high_;
};

}  // namespace hinge::linux_service
