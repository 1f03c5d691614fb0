// The driver of QEMU's edu device (docs/specs/edu.rst of QEMU's sources). One transfer at a time, waited for by polling: the
// device takes a tenth of a second for each. It has no reset; with bus mastering off its last transfer runs into nothing.
#pragma once

#include "host/image.hpp"
#include "host/mutex.hpp"
#include "iface/edu.hpp"
#include "iface/lifecycle.hpp"
#include "iface/platform.hpp"

namespace hinge::edu {

struct DeviceRank { static constexpr u32 level = 20; };

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&);
  Result<Edu::Info::Reply> on(Edu::Info const&, Caller const&);
  Result<u64> on(Edu::Factorial const&, Caller const&);
  Result<> on(Edu::Load const&, Caller const&);
  Result<> on(Edu::Store const&, Caller const&);
  Result<u64> on(Edu::Misuse const&, Caller const&);
  Result<> on(Edu::Wild const&, Caller const&);

  // Filled in by placement before Start.
  image::GrantedDevices devices{};
  Port<Platform> platform;

 private:
  enum class Direction : u64 { to_device = 0, to_memory = 2 };

  [[nodiscard]] Handle dma() const { return devices.device[0].dma; }
  template <class T> T volatile& at(u64 offset) const { return *reinterpret_cast<T volatile*>(devices.device[0].windows[0].address + offset); }
  Result<> ready() const;
  Result<> idle() const HINGE_REQUIRES(lock_);
  /// [bus, bus + bytes) as the device sees it, and its own memory from `offset` on.
  Result<> transfer(u64 bus, u64 offset, u64 bytes, Direction direction) const HINGE_REQUIRES(lock_);
  Result<> transfer(Buffer const& buffer, Direction direction);
  Result<u64> misuse(u8* pages, u64 kind) HINGE_REQUIRES(lock_);

  Mutex<DeviceRank> lock_;
};

}  // namespace hinge::edu
