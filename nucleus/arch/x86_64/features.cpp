#include "nucleus/arch/x86_64/features.hpp"

#include <cstring>

#include "nucleus/debug/panic.hpp"

namespace hinge::nucleus {
namespace {

constexpr bool bit(u32 word, u32 n) { return (word >> n & 1) != 0; }

extern "C" u8* const smap_begin[];
extern "C" u8* const smap_end[];

/// Where the processor does not know STAC and CLAC. Other CPUs do not run yet.
void replace_smap() {
  constexpr u8 no_operation[] = {0x0f, 0x1f, 0x00};  // As long as either.
  u64 const before = read_cr0();
  write_cr0(before & ~cr0::write_protect);
  for (u8* const* at = smap_begin; at != smap_end; ++at) std::memcpy(*at, no_operation, sizeof no_operation);
  write_cr0(before);
}

}  // namespace

[[gnu::section(".sealed")]] constinit Features detail::features{};
static Features& found = detail::features;

// Leaves as in Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E.
void features_init() {
  auto const basic = cpuid(0), family = cpuid(1), extended = cpuid(0x8000'0001);
  bool const required = bit(family.edx, 9) && bit(family.edx, 24) && bit(extended.edx, 20);
  if (!required) panic("this processor lacks NX, FXSAVE or a local APIC");
  Cpuid const structured = basic.eax >= 7 ? cpuid(7) : Cpuid{};
  found.page_global = bit(family.edx, 13);
  found.xsave = bit(family.ecx, 26);
  found.rdrand = bit(family.ecx, 30);
  found.fsgsbase = bit(structured.ebx, 0);
  found.smep = bit(structured.ebx, 7);
  found.rdseed = bit(structured.ebx, 18);
  found.smap = bit(structured.ebx, 20);
  found.umip = bit(structured.ecx, 2);
  found.xsaveopt = found.xsave && basic.eax >= 13 && bit(cpuid(13, 1).eax, 0);
  bool const amd = basic.ebx == 0x6874'7541;  // "Auth"enticAMD
  bool const has_capabilities = bit(structured.edx, 29);
  found.meltdown_safe = amd || (has_capabilities && (read_msr(msr::arch_capabilities) & 1) != 0);
  if (!found.smap) replace_smap();
}

void features_enable() {
  write_cr0((read_cr0() | cr0::write_protect | cr0::numeric_error | cr0::monitor_fpu) &
            ~(cr0::emulate_fpu | cr0::task_switched | cr0::cache_disable | cr0::not_write_through | cr0::alignment_mask));
  u64 c = read_cr4() | cr4::fxsave | cr4::simd_exceptions;
  if (found.page_global) c |= cr4::page_global;
  if (found.smep) c |= cr4::smep;
  if (found.smap) c |= cr4::smap;
  if (found.umip) c |= cr4::umip;
  if (found.fsgsbase) c |= cr4::fsgsbase;
  if (found.xsave) c |= cr4::xsave;
  write_cr4(c);
  write_msr(msr::efer, read_msr(msr::efer) | efer::syscall | efer::no_execute);
}

u64 read_user_fs_base() {
  if (!found.fsgsbase) return read_msr(msr::fs_base);
  u64 base;
  asm volatile("rdfsbase %0" : "=r"(base));
  return base;
}

void write_user_fs_base(u64 base) {
  if (!found.fsgsbase) return write_msr(msr::fs_base, base);
  asm volatile("wrfsbase %0" : : "r"(base));
}

bool hardware_random(u64& value) {
  if (!found.rdrand) return false;
  for (int tries = 0; tries < 10; ++tries) {  // As many as Intel's guide advises.
    bool good;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
    if (good) return true;
  }
  return false;
}

}  // namespace hinge::nucleus
