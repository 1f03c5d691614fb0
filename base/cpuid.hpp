#pragma once

#include "base/types.hpp"

namespace hinge {

/// CPUID (Intel SDM vol. 2), which every privilege level may execute.
struct Cpuid { u32 eax, ebx, ecx, edx; };
inline Cpuid cpuid(u32 leaf, u32 subleaf = 0) {
  Cpuid r;
  asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

}  // namespace hinge
