// /proc/cpuinfo from CPUID (Intel SDM vol. 2, CPUID), which both sides of the boundary may execute.
#include <cstring>

#include "base/cpuid.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

/// Names by bit, from bit 0 on; an empty name is not shown.
using Flags = std::string_view[32];
constexpr Flags leaf1_edx = {"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "", "sep", "mtrr", "pge", "mca", "cmov",
                             "pat", "pse36", "pn", "clflush", "", "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "", "pbe"};
constexpr Flags leaf1_ecx = {"pni", "pclmulqdq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "ssse3", "cid",
                             "sdbg", "fma", "cx16", "xtpr", "pdcm", "", "pcid", "dca", "sse4_1", "sse4_2", "x2apic", "movbe",
                             "popcnt", "tsc_deadline_timer", "aes", "xsave", "", "avx", "f16c", "rdrand", "hypervisor"};
constexpr Flags leaf7_ebx = {"fsgsbase", "tsc_adjust", "", "bmi1", "hle", "avx2", "", "smep", "bmi2", "erms", "invpcid",
                             "rtm", "", "", "", "", "avx512f", "", "rdseed", "adx", "smap", "", "", "clflushopt", "clwb", "",
                             "", "", "", "sha_ni", "", ""};
constexpr Flags leaf7_ecx = {"", "", "umip", "pku", "ospke"};
constexpr Flags extended_edx = {"", "", "", "", "", "", "", "", "", "", "", "syscall", "", "", "", "", "", "", "", "", "nx",
                                "", "", "", "", "fxsr_opt", "pdpe1gb", "rdtscp", "", "lm"};
constexpr Flags extended_ecx = {"lahf_lm", "cmp_legacy", "svm", "", "", "abm", "sse4a", "misalignsse", "3dnowprefetch"};

void add_flags(Text& to, u32 bits, Flags const& names) {
  for (u32 i = 0; i < 32; ++i)
    if ((bits >> i & 1) && !names[i].empty()) to.add(" {}", names[i]);
}

void add_identity(Text& to) {
  Cpuid const zero = cpuid(0), one = cpuid(1);
  u32 const base_family = one.eax >> 8 & 15, base_model = one.eax >> 4 & 15;
  u32 const family = base_family == 15 ? base_family + (one.eax >> 20 & 0xff) : base_family;
  u32 const model = base_family == 6 || base_family == 15 ? base_model | (one.eax >> 12 & 0xf0) : base_model;
  u32 const vendor[3] = {zero.ebx, zero.edx, zero.ecx};
  to.add("vendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\n", std::string_view{reinterpret_cast<char const*>(vendor), 12}, family, model);
  char brand[49] = {};
  if (cpuid(0x8000'0000).eax >= 0x8000'0004) {
    for (u32 i = 0; i < 3; ++i) {
      Cpuid const part = cpuid(0x8000'0002 + i);
      std::memcpy(brand + i * 16, &part, 16);
    }
  }
  std::string_view name{brand};
  while (name.starts_with(' ')) name.remove_prefix(1);
  to.add("model name\t: {}\nstepping\t: {}\n", name, one.eax & 15);
}

void add_features(Text& to) {
  Cpuid const one = cpuid(1);
  to.add("fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: {}\nwp\t\t: yes\nflags\t\t:", cpuid(0).eax);
  add_flags(to, one.edx, leaf1_edx);
  add_flags(to, cpuid(0x8000'0001).edx, extended_edx);
  add_flags(to, one.ecx, leaf1_ecx);
  add_flags(to, cpuid(0x8000'0001).ecx, extended_ecx);
  if (cpuid(0).eax >= 7) {
    add_flags(to, cpuid(7).ebx, leaf7_ebx);
    add_flags(to, cpuid(7).ecx, leaf7_ecx);
  }
}

}  // namespace

Attempt<> make_cpu_info(Thread&, Subject const&, Text& to) {
  host::SystemInfo info{};
  ATTEMPT(host::system_info(&info));
  u64 const khz = info.tick_hz / 1000;
  u32 const sizes = cpuid(0x8000'0000).eax >= 0x8000'0008 ? cpuid(0x8000'0008).eax : 0x3024;
  for (u32 cpu = 0; cpu < info.cpus; ++cpu) {
    to.add("processor\t: {}\n", cpu);
    add_identity(to);
    to.add("cpu MHz\t\t: {}.{03}\n", khz / 1000, khz % 1000);
    to.add("physical id\t: 0\nsiblings\t: {}\ncore id\t\t: {}\ncpu cores\t: {}\napicid\t\t: {}\n", info.cpus, cpu, info.cpus, cpu);
    add_features(to);
    to.add("\nbugs\t\t:\nbogomips\t: {}.{02}\n", khz / 500, khz % 500 / 5);
    to.add("clflush size\t: {}\n", (cpuid(1).ebx >> 8 & 0xff) * 8);
    to.add("address sizes\t: {} bits physical, {} bits virtual\n\n", sizes & 0xff, sizes >> 8 & 0xff);
  }
  return ok;
}

}  // namespace hinge::linux_service::proc
