// What file calls need of processes, memory and signals, for unit tests: pages are always there, signals are counted.
#include "tests/support/fake_linux.hpp"

#include "services/linux/files/file.hpp"
#include "services/linux/memory/address_space.hpp"
#include "services/linux/process/string_list.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::fake_linux {
std::vector<int> sent_signals;
}

namespace hinge::linux_service {

AddressSpace::~AddressSpace() = default;
StringList::~StringList() = default;
void PendingSignals::discard(SignalSet) {}
void futex_leave(Thread&) {}
void update_attention(Process&, Thread&) {}

Attempt<> send_signal(Thread&, SignalInfo const& info) {
  fake_linux::sent_signals.push_back(info.signal);
  return ok;
}

namespace memory {
Populated populate(Thread&, AddressSpace&, UserAddr, bool) { return Populated::no_region; }
}  // namespace memory

}  // namespace hinge::linux_service
