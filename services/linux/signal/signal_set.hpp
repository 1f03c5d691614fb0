// Signals: their numbers, and sets of them as Linux lays them out (bit n-1 for signal n).
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

/// Numbers on x86-64 (signal(7)). Those from real_time on queue, and carry values.
enum class Signal : u8 {
  none = 0, hangup = 1, interrupt = 2, quit = 3, illegal = 4, trap = 5, abort = 6, bus = 7, floating = 8, kill = 9,
  user1 = 10, segment = 11, user2 = 12, pipe = 13, alarm = 14, terminate = 15, stack_fault = 16, child = 17,
  resume = 18, stop = 19, terminal_stop = 20, terminal_input = 21, terminal_output = 22, urgent = 23, cpu_limit = 24,
  file_size = 25, virtual_alarm = 26, profile = 27, window = 28, io = 29, power = 30, system = 31, real_time = 32,
  last = 64
};
inline constexpr u32 signal_count = 64;

constexpr bool is_valid(Signal s) { return s >= Signal::hangup && s <= Signal::last; }
constexpr bool is_real_time(Signal s) { return s >= Signal::real_time; }

class SignalSet {
 public:
  constexpr SignalSet() = default;
  constexpr explicit SignalSet(u64 bits) : bits_{bits} {}
  template <class... S>
  static constexpr SignalSet of(S... s) { return SignalSet{(bit(s) | ...)}; }
  static constexpr SignalSet all() { return SignalSet{~u64{0}}; }

  [[nodiscard]] constexpr bool has(Signal s) const { return bits_ & bit(s); }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr u64 bits() const { return bits_; }
  constexpr void add(Signal s) { bits_ |= bit(s); }
  constexpr void remove(Signal s) { bits_ &= ~bit(s); }
  /// The lowest member; Signal::none when empty.
  [[nodiscard]] constexpr Signal lowest() const { return bits_ ? Signal(u8(__builtin_ctzll(bits_) + 1)) : Signal::none; }

  friend constexpr SignalSet operator|(SignalSet a, SignalSet b) { return SignalSet{a.bits_ | b.bits_}; }
  friend constexpr SignalSet operator&(SignalSet a, SignalSet b) { return SignalSet{a.bits_ & b.bits_}; }
  friend constexpr SignalSet operator-(SignalSet a, SignalSet b) { return SignalSet{a.bits_ & ~b.bits_}; }
  friend constexpr bool operator==(SignalSet, SignalSet) = default;

 private:
  static constexpr u64 bit(Signal s) { return u64{1} << (u8(s) - 1); }
  u64 bits_ = 0;
};

inline constexpr SignalSet unblockable = SignalSet::of(Signal::kill, Signal::stop);
inline constexpr SignalSet stop_signals =
    SignalSet::of(Signal::stop, Signal::terminal_stop, Signal::terminal_input, Signal::terminal_output);
/// Raised by the thread's own instructions: delivered to itself before anything else.
inline constexpr SignalSet synchronous =
    SignalSet::of(Signal::segment, Signal::bus, Signal::illegal, Signal::trap, Signal::floating, Signal::system);
inline constexpr SignalSet ignored_by_default =
    SignalSet::of(Signal::child, Signal::urgent, Signal::window, Signal::resume);

}  // namespace hinge::linux_service
