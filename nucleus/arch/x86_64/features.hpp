// What this processor can do, found once by the boot CPU; the others are taken to be alike.
#pragma once

#include "base/types.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"

namespace hinge::nucleus {

struct Features {
  bool page_global, smep, smap, umip, fsgsbase, xsave, xsaveopt, rdrand, rdseed;
  bool meltdown_safe;  ///< Ring 3 cannot read ring-0 memory by speculation: AMD, or RDCL_NO.
};

namespace detail { extern Features features; }  ///< Sealed after boot.
inline Features const& features() { return detail::features; }

/// Boot CPU. Panics when something the nucleus cannot do without is missing (NX, FXSAVE, APIC).
void features_init();
/// Each CPU: control registers as the features allow.
void features_enable();

/// STAC or CLAC; a no-operation on a processor without SMAP, once features_init has been there.
#define HINGE_SMAP(instruction) asm volatile("1: " instruction "\n.pushsection .smap, \"a\"\n.quad 1b\n.popsection" ::: "memory")

/// Ring-0 code may touch user pages while one of these lives (SMAP).
class UserAccess {
 public:
  UserAccess() { HINGE_SMAP("stac"); }
  ~UserAccess() { HINGE_SMAP("clac"); }
  UserAccess(UserAccess const&) = delete;
  UserAccess& operator=(UserAccess const&) = delete;
};

/// The current thread's user-mode segment bases (in ring 0 the user's GS base waits in KERNEL_GS_BASE).
u64 read_user_fs_base();
void write_user_fs_base(u64 base);
inline u64 read_user_gs_base() { return read_msr(msr::kernel_gs_base); }
inline void write_user_gs_base(u64 base) { write_msr(msr::kernel_gs_base, base); }

/// 64 bits from RDRAND; false when there is none or it gave up.
bool hardware_random(u64& value);

}  // namespace hinge::nucleus
