// The vDSO: what programs may ask without entering the kernel, as an ELF image that exec maps into each process and names by
// AT_SYSINFO_EHDR. C libraries look its symbols up; names, version and results are Linux' (vdso(7)). It reads the time page
// that is mapped right behind it (abi/time_page.hpp); clocks it does not know go to the system call.
#include "abi/registers.hpp"
#include "abi/time_page.hpp"

namespace {

using hinge::i32;
using hinge::i64;
using hinge::TimePage;
using hinge::u32;
using hinge::u64;

constexpr u64 second_ns = 1'000'000'000;

struct TimeSpec { i64 seconds, nanoseconds; };
struct TimeValue { i64 seconds, microseconds; };
struct TimeZone { i32 minutes_west, dst; };

enum Clock : i32 { realtime, monotonic, monotonic_raw = 4, realtime_coarse, monotonic_coarse, boottime };
constexpr u32 wall_clocks = 1 << realtime | 1 << realtime_coarse;
constexpr u32 monotonic_clocks = 1 << monotonic | 1 << monotonic_raw | 1 << monotonic_coarse | 1 << boottime;
constexpr bool in(u32 clocks, u32 clock) { return clock < 32 && (clocks >> clock & 1); }

constexpr i64 call_clock_gettime = 228, call_clock_getres = 229;

i64 system_call(i64 number, i64 first, void* second) {
  i64 result;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second) : "rcx", "r11", "memory");
  return result;
}

}  // namespace

extern "C" {

/// Where vdso.ld puts it.
[[gnu::visibility("hidden")]] extern TimePage const hinge_time_page;

[[gnu::visibility("default")]] i32 __vdso_clock_gettime(i32 clock, TimeSpec* to) {
  u64 ns;
  if (in(monotonic_clocks, u32(clock))) ns = monotonic_ns(hinge_time_page);
  else if (in(wall_clocks, u32(clock))) ns = wall_ns(hinge_time_page);
  else return i32(system_call(call_clock_gettime, clock, to));
  *to = {i64(ns / second_ns), i64(ns % second_ns)};
  return 0;
}

[[gnu::visibility("default")]] i32 __vdso_clock_getres(i32 clock, TimeSpec* to) {
  if (!in(monotonic_clocks | wall_clocks, u32(clock))) return i32(system_call(call_clock_getres, clock, to));
  if (to) *to = {0, 1};
  return 0;
}

[[gnu::visibility("default")]] i32 __vdso_gettimeofday(TimeValue* to, TimeZone* zone) {
  if (to) {
    u64 const ns = wall_ns(hinge_time_page);
    *to = {i64(ns / second_ns), i64(ns % second_ns / 1000)};
  }
  if (zone) *zone = {};
  return 0;
}

[[gnu::visibility("default")]] i64 __vdso_time(i64* to) {
  i64 const seconds = i64(wall_ns(hinge_time_page) / second_ns);
  if (to) *to = seconds;
  return seconds;
}

/// The number of the processor is the limit of a segment that each has for this.
[[gnu::visibility("default")]] i64 __vdso_getcpu(u32* cpu, u32* node, void*) {
  u32 number;
  asm volatile("lsl %1, %0" : "=r"(number) : "r"(u32{hinge::cpu_number_selector}) : "cc");
  if (cpu) *cpu = number;
  if (node) *node = 0;
  return 0;
}

#define HINGE_ALSO(name) [[gnu::weak, gnu::visibility("default"), gnu::alias("__vdso_" #name)]] decltype(__vdso_##name) name
HINGE_ALSO(clock_gettime);
HINGE_ALSO(clock_getres);
HINGE_ALSO(gettimeofday);
HINGE_ALSO(time);
HINGE_ALSO(getcpu);

}  // extern "C"
