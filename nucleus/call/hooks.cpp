// What the bottom of the nucleus calls upwards (hooks.hpp): faults, and the way back to ring 3.
#include "nucleus/hooks.hpp"

#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/hang.hpp"
#include "nucleus/call/linux.hpp"
#include "nucleus/call/native.hpp"

namespace hinge::nucleus {

namespace {

constexpr u64 error_present = 1, error_write = 2, error_execute = 16;  // Intel SDM vol. 3, 4.7

mm::Access access_of(u64 error) {
  return error & error_execute ? mm::Access::execute : error & error_write ? mm::Access::write : mm::Access::read;
}

/// The nucleus' own part of a fault in the lower half: memory without policy.
bool fill_lower_half(Thread& t, u64 address, u64 error) {
  if (!t.space || address >= layout::user_end) return false;
  ++t.minor_faults;
  return bool(static_cast<mm::Space*>(t.space)->fault(address, access_of(error)));
}

/// The kernel context here may be another thread's afterwards.
void serve_cut() {
  if (current().flags.load(std::memory_order_relaxed) & flag_cut) settle_current();
}

}  // namespace

bool on_guarded_fault(TrapFrame& f, u64 address) { return fill_lower_half(current(), address, f.vector_error); }

bool on_page_fault(TrapFrame& f, u64 address) {
  if (!f.from_user()) return false;
  if (fuzzing) [[unlikely]] cpu().pending |= pending_reschedule;
  Thread& t = current();
  Activation& a = current_activation();
  if (a.dead) leave_dead_activation();
  if (!a.portal) {
    if (fill_lower_half(t, address, f.vector_error)) return true;
    u64 const arguments[6] = {address, f.vector_error & (error_present | error_write | error_execute), f.rip};
    bring(t, linux_entry::Pseudo::page_fault, arguments);
    return true;
  }
  // A user-side service. Its copy routine may touch the caller's memory, and nothing else of the lower half.
  Slot const& slot = core.slots[a.slot];
  bool const copies = f.rip >= slot.copy_begin && f.rip < slot.copy_end;
  if (copies && address < layout::user_end) {
    if (!a.lower_half || !fill_lower_half(t, address, f.vector_error)) f.rip = slot.copy_fixup;
    return true;
  }
  fault_current_domain("page fault", f, Death::fault, vector::page_fault, address);
}

bool on_user_exception(TrapFrame& f, u8 vector) {
  if (!f.from_user()) return false;
  Activation& a = current_activation();
  if (a.dead) leave_dead_activation();
  if (!a.portal) {
    u64 const arguments[6] = {vector, f.vector_error, f.rip};
    bring(current(), linux_entry::Pseudo::exception, arguments);
    return true;
  }
  fault_current_domain(vector == vector::no_fpu ? "floating-point instruction" : "exception", f, Death::fault, vector, vector);
}

void before_user(TrapFrame& f) {
  reschedule_if_pending();
  cpu().pending &= ~pending_thread;
  serve_cut();
  Activation const& a = current_activation();
  if (a.dead) leave_dead_activation();
  end_if_hung(f);
  if (!a.portal && current().flags.load(std::memory_order_relaxed)) serve_thread_flags(current());
}

void before_kernel(TrapFrame&) {
  reschedule_if_pending();
  serve_cut();
}

void on_shootdown_ipi() {
  leave_space();
  memory.tlb.serve();
  memory.tlb.arrive();
}

}  // namespace hinge::nucleus
