#include "nucleus/arch/x86_64/fpu.hpp"

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/features.hpp"

namespace hinge::nucleus {
namespace {

// XSAVE state components (Intel SDM vol. 1, 13.1). PKRU stays off until protection keys are used.
constexpr u64 x87 = 1, sse = 2, avx = 4, avx512 = 0xe0;
constexpr u32 fxsave_bytes = 512, header_bytes = 64;

struct Fxsave {  // Intel SDM vol. 1, 10.5.1
  u16 control, status;
  u32 tag_opcode;
  u64 instruction, data;
  u32 mxcsr, mxcsr_mask;
};
static_assert(sizeof(Fxsave) == 32);
struct XsaveHeader {  // Intel SDM vol. 1, 13.4.2
  u64 present, compacted, reserved[6];
};
static_assert(sizeof(XsaveHeader) == header_bytes);

struct State {
  u64 components;
  u32 bytes, mxcsr_mask;
};
constinit State state{0, fxsave_bytes, 0};

constexpr u32 all = ~u32{0};  // Requested-feature mask; the processor ANDs it with XCR0.

/// The MXCSR bits that may be set (Intel SDM vol. 1, 11.6.6).
u32 find_mxcsr_mask() {
  alignas(16) u8 area[fxsave_bytes] = {};
  asm volatile("fxsave64 (%0)" : : "r"(area) : "memory");
  u32 const mask = reinterpret_cast<Fxsave const*>(area)->mxcsr_mask;
  return mask != 0 ? mask : 0xffbf;
}

}  // namespace

void fpu_enable() {
  state.mxcsr_mask = find_mxcsr_mask();
  if (!features().xsave) return;
  auto const leaf = cpuid(13);
  u64 wanted = leaf.eax & (x87 | sse | avx);
  if ((leaf.eax & avx512) == avx512 && (wanted & avx) != 0) wanted |= avx512;
  asm volatile("xsetbv" : : "c"(0), "a"(u32(wanted)), "d"(0));
  state.components = wanted;
  state.bytes = cpuid(13).ebx;
}

u32 fpu_area_bytes() { return state.bytes; }
u64 fpu_components() { return state.components; }

void fpu_init(void* area) {
  memory::fill(area, 0, state.bytes);
  auto& legacy = *static_cast<Fxsave*>(area);
  legacy.control = 0x37f;
  legacy.mxcsr = 0x1f80;
}

void fpu_save(void* area) {
  if (state.components == 0) asm volatile("fxsave64 (%0)" : : "r"(area) : "memory");
  else if (features().xsaveopt) asm volatile("xsaveopt64 (%0)" : : "r"(area), "a"(all), "d"(all) : "memory");
  else asm volatile("xsave64 (%0)" : : "r"(area), "a"(all), "d"(all) : "memory");
}

void fpu_restore(void const* area) {
  if (state.components == 0) asm volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
  else asm volatile("xrstor64 (%0)" : : "r"(area), "a"(all), "d"(all) : "memory");
}

bool fpu_valid(void const* area) {
  auto const& legacy = *static_cast<Fxsave const*>(area);
  if ((legacy.mxcsr & ~state.mxcsr_mask) != 0) return false;
  if (state.components == 0) return true;
  auto const& header = *reinterpret_cast<XsaveHeader const*>(static_cast<u8 const*>(area) + fxsave_bytes);
  if ((header.present & ~state.components) != 0 || header.compacted != 0) return false;
  u64 reserved = 0;
  for (u64 word : header.reserved) reserved |= word;
  return reserved == 0;
}

void set_task_switched(bool on) {
  if (on) write_cr0(read_cr0() | cr0::task_switched);
  else asm volatile("clts" ::: "memory");
}

}  // namespace hinge::nucleus
