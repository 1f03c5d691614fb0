// Bytes between a device's port and the own slot, counted where they were moved: in one step, whatever becomes of the caller.
// A service that dies is dead before such a call or after it, so that a count in its vault says exactly which bytes a
// FIFO has taken or given.
#pragma once

#include "host/host.hpp"

namespace hinge::host {

inline constexpr u64 port_block_bytes = 64;   ///< At most, in one call.

/// Writes `count` bytes, one after the other, to the port, then adds `count` to *moved. invalid, bad_address, no_rights.
inline Result<> port_write_block(Handle ports, u16 port, u8 const* from, u64 count, u64* moved) {
  return detail::done(detail::invoke(native::Number::port_write, ports, port, u64{1}, from, count, moved));
}
/// Reads `count` bytes from the port to `to`, then adds `count` to *moved. The same errors.
inline Result<> port_read_block(Handle ports, u16 port, u8* to, u64 count, u64* moved) {
  return detail::done(detail::invoke(native::Number::port_read, ports, port, u64{1}, to, count, moved));
}

}  // namespace hinge::host
