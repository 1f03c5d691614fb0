// The loopback transport: a Port whose calls go through the proxies, as words, into handle_message, and back: all that a
// boundary does to a request except the boundary. One service at a time; link tests/support/fake_host.cpp.
#pragma once

#include "host/image.hpp"
#include "iface/calls.hpp"

namespace hinge::conformance {

/// Binds `port` to `server` through proxies.
template <class I, class S>
void bind_loopback(Port<I>& port, S& server) {
  static image::Provided provided;
  static host::Table table;
  provided = provide<I>(server, "loopback");
  table = host::table();
  table.call = [](Handle, u32 method, u32 words_in, u64* words, Caller const& caller) {
    return host::handle_message(&provided, method, words_in & 0x100ff, words, caller);
  };
  host::hinge_image.host = &table;
  port.connect(Handle{1});
}

/// Binds it directly.
template <class I, class S>
void bind_directly(Port<I>& port, S& server) {
  port.connect(server);
}

}  // namespace hinge::conformance
