// Integer names, Unit, and strong types: quantities of different kinds that the compiler keeps apart.
// Depends on nothing; used by everything.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace hinge {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;

/// The reply of a request that has nothing to say beyond success.
struct Unit {};

/// A number of one kind. Explicit to make, explicit to read, no arithmetic across kinds.
template <class Tag, class Rep>
class Strong {
 public:
  using Representation = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep raw) : raw_{raw} {}
  [[nodiscard]] constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Rep raw_{};
};

/// A Strong that also has distances: base plus offset, end minus begin.
template <class Tag>
class StrongAddr {
 public:
  constexpr StrongAddr() = default;
  constexpr explicit StrongAddr(u64 raw) : raw_{raw} {}
  [[nodiscard]] constexpr u64 raw() const { return raw_; }
  friend constexpr auto operator<=>(StrongAddr, StrongAddr) = default;
  friend constexpr StrongAddr operator+(StrongAddr a, u64 bytes) { return StrongAddr{a.raw_ + bytes}; }
  friend constexpr StrongAddr operator-(StrongAddr a, u64 bytes) { return StrongAddr{a.raw_ - bytes}; }
  friend constexpr u64 operator-(StrongAddr a, StrongAddr b) { return a.raw_ - b.raw_; }
  constexpr StrongAddr& operator+=(u64 bytes) { raw_ += bytes; return *this; }

 private:
  u64 raw_{};
};

using PhysAddr = StrongAddr<struct PhysAddrTag>;   ///< What the memory bus sees.
using VirtAddr = StrongAddr<struct VirtAddrTag>;   ///< Upper half: nucleus and slots.
using UserAddr = StrongAddr<struct UserAddrTag>;   ///< Lower half: a process' own memory. Never dereferenced directly.
using BusAddr = StrongAddr<struct BusAddrTag>;     ///< What a device uses for DMA.
using CpuId = Strong<struct CpuIdTag, u32>;

inline constexpr u64 page_bytes = 4096;
inline constexpr u64 page_shift = 12;
inline constexpr u64 no_deadline = ~u64{0};

constexpr u64 align_down(u64 value, u64 to) { return value & ~(to - 1); }
constexpr u64 align_up(u64 value, u64 to) { return (value + to - 1) & ~(to - 1); }

}  // namespace hinge
