// What file calls need of processes, memory and signals, for unit tests: pages are always there, signals are counted.
#include "tests/support/fake_linux.hpp"

#include "services/linux/core/machine.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/memory/address_space.hpp"
#include "services/linux/process/string_list.hpp"
#include "services/linux/signal/send.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::fake_linux {
std::vector<int> sent_signals;
}

namespace hinge::linux_service {

/// A nanosecond a tick, since some time in 2020.
constinit TimePage hinge_time_page{.first_tick = 0, .ns_per_tick = u64{1} << 32, .wall_offset_ns = 1'600'000'000'000'000'000};

Machine const& machine() {
  static constinit Machine const of_tests{.frames = 1 << 16};
  return of_tests;
}

AddressSpace::~AddressSpace() = default;
StringList::~StringList() = default;
void PendingSignals::discard(SignalSet) {}
void futex_leave(Thread&) {}
void update_attention(Process&, Thread&) {}

Attempt<> send_signal(Thread&, SignalInfo const& info) {
  fake_linux::sent_signals.push_back(info.signal);
  return ok;
}

// Nobody is signalled when a file becomes ready.
void PollSource::signal_owners(u32) {}
void PollSource::end_notes() {}
namespace signal_owner {
Attempt<> set(Thread&, File& file, SignalOwner::Kind kind, i32 id) {
  file.signal_owner.kind = kind;
  file.signal_owner.id = id;
  return ok;
}
SignalOwner get(File& file) { return file.signal_owner; }
void set_signal(File& file, i32 signal) { file.signal_owner.signal = signal; }
Attempt<> watch(File&, i32, bool) { return ok; }
void tell(File&, i32, i32) {}
void file_ends(File&) {}
}  // namespace signal_owner

namespace memory {
Populated populate(Thread&, AddressSpace&, UserAddr, bool) { return Populated::no_region; }
}  // namespace memory

}  // namespace hinge::linux_service
