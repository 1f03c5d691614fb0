// What of a line outlives the service's crash, in place in the vault: bytes accepted and not yet sent, bytes received and not
// yet read, and which requests have had their effect. Counters run freely; the bytes between two of them are in the ring.
//
// Two kinds of change. A byte that passes the device and its count (sent, received) move in one step of the nucleus
// (host/port_block.hpp). A request's effect and its record are written to the copy of the books that is not in use; one
// store makes it the one that is. So a request that is issued again finds its record, or has had no effect.
// Promised: no byte is lost or doubled by a crash of the service, between its clients and the device's FIFO.
#pragma once

#include <atomic>
#include <span>

#include "iface/console.hpp"

namespace hinge::console {

class LineBooks {
 public:
  static constexpr u32 output_bytes = 8192, input_bytes = 4096;
  enum class Kind : u32 { none, write, read };

  /// The bytes that a repeated request has moved, or not_found: it has had no effect. A new one forgets its thread's last.
  Result<u64> done_before(Kind kind, Caller const& caller);

  [[nodiscard]] u64 output_room() const { return output_bytes - unsent(); }
  [[nodiscard]] u64 unsent() const { return now().written - sent_; }
  [[nodiscard]] u64 input_room() const { return input_bytes - unread(); }
  [[nodiscard]] u64 unread() const { return received_ - now().read; }

  /// The longest piece of at most `count` bytes behind the first `offset` free ones of the output ring; of the unread ones.
  std::span<u8> free_output(u64 offset, u64 count) { return piece(output_, now().written + offset, count); }
  std::span<u8> unread_input(u64 offset, u64 count) { return piece(input_, now().read + offset, count); }
  /// The oldest unsent bytes in one piece, and room for input in one piece.
  std::span<u8> next_output(u64 count) { return piece(output_, sent_, count < unsent() ? count : unsent()); }
  std::span<u8> next_input(u64 count) { return piece(input_, received_, count < input_room() ? count : input_room()); }
  u64* sent() { return &sent_; }           ///< Advanced by port_write_block.
  u64* received() { return &received_; }   ///< Advanced by port_read_block.

  /// The request has moved `count` bytes from or to free_output, unread_input: effect and record in one step.
  void commit(Kind kind, u64 count, Caller const& caller);
  void discard_output() { sent_ = now().written; }

  bool configured = false;   ///< The device was set up by an earlier life, or this one.

 private:
  struct Record { u64 sequence; u32 thread; Kind kind; u64 moved; };
  /// More than can be inside at once: the oldest one's caller has had its answer.
  static constexpr u32 records = 16;
  struct Books {
    u64 written, read, next;
    Record done[records];
  };
  [[nodiscard]] Books const& now() const { return books_[current_.load(std::memory_order_relaxed)]; }
  template <usize N>
  static std::span<u8> piece(u8 (&ring)[N], u64 at, u64 count) {
    u64 const begin = at % N;
    return {ring + begin, count < N - begin ? count : N - begin};
  }

  std::atomic<u32> current_{0};
  Books books_[2] = {};
  u64 sent_ = 0, received_ = 0;
  u8 output_[output_bytes] = {}, input_[input_bytes] = {};
};

}  // namespace hinge::console
