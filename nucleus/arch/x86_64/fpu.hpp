// Floating-point state: FXSAVE's 512 bytes, or the standard format of XSAVE for what XCR0 enables. Areas are 64-byte
// aligned and fpu_area_bytes() long. None of these touch CR0.TS: clear it first.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

/// On each CPU: enables SSE, and AVX where there is XSAVE.
void fpu_enable();
u32 fpu_area_bytes();
/// The enabled state components; 0 without XSAVE.
u64 fpu_components();

/// Writes the state of a fresh program: control words at their defaults, everything else zero.
void fpu_init(void* area);
void fpu_save(void* area);
/// The area must be one that fpu_init or fpu_save wrote, or have passed fpu_valid.
void fpu_restore(void const* area);
/// Whether restoring an area of foreign origin cannot fault: reserved bits clear.
bool fpu_valid(void const* area);

/// CR0.TS: while set, the first floating-point instruction traps (vector::no_fpu).
void set_task_switched(bool on);

}  // namespace hinge::nucleus
