// CPUID and RDRAND are open to both sides of the boundary, so this needs nothing of the host but its sizes.
#include "services/linux/core/machine.hpp"

#include <algorithm>
#include <atomic>

#include "base/cpuid.hpp"
#include "host/log.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service {

namespace {

constinit Machine the_machine;
constexpr u32 activations = 64;  ///< Requests that may be inside at once, when the personality is on the user side.

}  // namespace

Machine const& machine() { return the_machine; }

Result<> learn_machine(bool randomizes) {
  host::SystemInfo info{};
  TRY(host::system_info(&info));
  start_clock(info);
  Machine& m = the_machine;
  m.cpus = info.cpus;
  m.floating_bytes = info.floating_bytes;
  m.xcr0 = info.xcr0;
  m.frames = info.frames_total;
  m.most_processes = std::clamp<u64>(info.frames_total / 256, 64, 8192);  // A process takes about 40 frames of ours alone.
  Cpuid const features = cpuid(1);
  m.has_rdrand = features.ecx >> 30 & 1;  // Intel SDM vol. 2, CPUID leaf 1.
  m.hwcap = features.edx;
  m.hwcap2 = cpuid(0).eax >= 7 && (cpuid(7).ebx & 1) ? 2 : 0;  // HWCAP2_FSGSBASE.
  m.randomizes = randomizes;
  m.portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::caller_view, 0, activations));
  if (!m.has_rdrand) host::log("no source of entropy: getrandom fails, AT_RANDOM is derived from the clock");
  return ok;
}

bool random_word(u64& word) {
  if (!the_machine.has_rdrand) return false;
  for (int tries = 0; tries < 10; ++tries) {  // Intel SDM vol. 1, 7.3.17: ten failures in a row mean it is broken.
    u8 good;
    asm volatile("rdrand %0; setc %1" : "=r"(word), "=qm"(good));
    if (good) return true;
  }
  return false;
}

u64 random_or_time() {
  u64 word;
  if (random_word(word)) return word;
  static constinit std::atomic<u64> calls{0};
  u64 x = now_ns() + (calls.fetch_add(1, std::memory_order_relaxed) << 48) + wall_ns(hinge_time_page);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;  // The finaliser of splitmix64, to spread the low bits.
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace hinge::linux_service
