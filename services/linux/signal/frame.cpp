// Layout of signal frames: arithmetic and field copies only, so that it is tested on the host.
#include "services/linux/signal/frame.hpp"

namespace hinge::linux_service {

FramePlace place_frame(u64 stack_pointer, AlternateStack const& alternate, bool use_alternate, u64 floating_bytes) {
  constexpr u64 red_zone = 128;
  bool const switches = use_alternate && !(alternate.flags & AlternateStack::disabled) && !alternate.contains(stack_pointer);
  u64 const top = switches ? alternate.sp + alternate.bytes : stack_pointer - red_zone;
  FramePlace place;
  place.floating = align_down(top - floating_bytes, 64);
  place.frame = align_down(place.floating - sizeof(SignalFrame), 16) - 8;
  bool const on_alternate = switches || alternate.contains(stack_pointer);
  if (place.frame > top) place.fits = false;  // Wrapped around.
  if (on_alternate && use_alternate && place.frame < alternate.sp) place.fits = false;
  return place;
}

void to_context(Registers const& r, SignalContext& c) {
  c = {};
  c.r8 = r.r8; c.r9 = r.r9; c.r10 = r.r10; c.r11 = r.r11;
  c.r12 = r.r12; c.r13 = r.r13; c.r14 = r.r14; c.r15 = r.r15;
  c.rdi = r.rdi; c.rsi = r.rsi; c.rbp = r.rbp; c.rbx = r.rbx;
  c.rdx = r.rdx; c.rax = r.rax; c.rcx = r.rcx; c.rsp = r.rsp;
  c.rip = r.rip;
  c.eflags = r.rflags;
  c.cs = user_cs;
  c.ss = user_ss;
}

void from_context(SignalContext const& c, Registers& r) {
  r.r8 = c.r8; r.r9 = c.r9; r.r10 = c.r10; r.r11 = c.r11;
  r.r12 = c.r12; r.r13 = c.r13; r.r14 = c.r14; r.r15 = c.r15;
  r.rdi = c.rdi; r.rsi = c.rsi; r.rbp = c.rbp; r.rbx = c.rbx;
  r.rdx = c.rdx; r.rax = c.rax; r.rcx = c.rcx; r.rsp = c.rsp;
  r.rip = c.rip;
  r.rflags = (r.rflags & ~restorable_flags) | (c.eflags & restorable_flags);
  r.original_rax = ~u64{0};
}

}  // namespace hinge::linux_service
