// Packet: one message in a socket's queue, or a piece of a stream. Counted because a receiver that only peeks copies it
// without the queue's lock.
#pragma once

#include "services/linux/sockets/collector.hpp"
#include "services/linux/sockets/unix_names.hpp"

namespace hinge::linux_service {

struct Packet : Counted {
  /// Room for `bytes`, which the maker fills; null when memory is out.
  static Ref<Packet> make(u32 bytes) {
    void* const at = host::allocate(sizeof(Packet) + bytes);
    if (!at) return nullptr;
    auto* const packet = new (at) Packet;
    packet->bytes = bytes;
    return Ref<Packet>::adopt(packet);
  }
  void dispose() {
    if (files) Collector::arrives(*files);
    host::destroy(this);
  }
  [[nodiscard]] char* data() { return reinterpret_cast<char*>(this + 1); }
  /// What it counts for against its sender's SO_SNDBUF.
  [[nodiscard]] u32 charge() const { return bytes + u32(sizeof(Packet)) + books; }
  static constexpr u32 books = 448;  ///< Beside the object itself, so that an empty packet costs about what Linux counts for one.

  Packet* next = nullptr;
  u32 bytes = 0;
  u32 taken = 0;               ///< By earlier receives; streams only.
  bool has_identity = false;
  Identity sender;
  Ref<UnixName> from;          ///< Null: from an unnamed socket.
  Ref<FileBundle> files;
};

/// Packets in order; each on the list holds a reference. Whoever ends a list must hold no lock.
class PacketList {
 public:
  PacketList() = default;
  PacketList(PacketList const&) = delete;
  ~PacketList() {
    while (pop()) {}
  }
  [[nodiscard]] Packet* first() const { return first_; }
  void push(Ref<Packet> packet) {
    Packet* const p = packet.leak();
    p->next = nullptr;
    (last_ ? last_->next : first_) = p;
    last_ = p;
  }
  Ref<Packet> pop() {
    Packet* const p = first_;
    if (!p) return nullptr;
    first_ = p->next;
    if (!first_) last_ = nullptr;
    return Ref<Packet>::adopt(p);
  }
  void take_all(PacketList& from) {
    while (Ref<Packet> p = from.pop()) push(std::move(p));
  }

 private:
  Packet *first_ = nullptr, *last_ = nullptr;
};

}  // namespace hinge::linux_service
