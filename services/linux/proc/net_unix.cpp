// /proc/net: the list of AF_UNIX sockets, in the words of unix(7)'s table. Other families have no files there.
#include "services/linux/proc/view.hpp"
#include "services/linux/sockets/endpoint.hpp"

namespace hinge::linux_service::proc {
namespace {

void add_line(Endpoint& e, Text& to) {
  enum Shown : u32 { unconnected = 1, connected = 3 };
  constexpr u32 accepts = 0x10000;
  Ref<UnixName> name;
  bool listening, has_peer;
  {
    Guard guard{e.lock};
    if (e.closed) return;
    name = e.name;
    listening = e.state == Endpoint::State::listening;
    has_peer = bool(e.peer);
  }
  // The look itself holds one of its references.
  to.add("0000000000000000: {08x} 00000000 {08x} {04x} {02x} {5}", e.references() - 1, listening ? accepts : 0, e.type,
         has_peer ? connected : unconnected, e.number);
  if (name) {
    to.append(' ');
    for (char const c : name->text()) to.append(c ? c : '@');
  }
  to.append('\n');
}

}  // namespace

Attempt<> make_unix_sockets(Thread&, generated::Subject const&, Text& to) {
  to.append("Num       RefCount Protocol Flags    Type St Inode Path\n");
  for (Ref<Endpoint> e = unix_names::next_listed(0); e; e = unix_names::next_listed(e->number)) add_line(*e, to);
  return ok;
}

}  // namespace hinge::linux_service::proc
