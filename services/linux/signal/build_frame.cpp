// Signal frames through the nucleus' floating-point save and plain copies. Without XSAVE the state is FXSAVE's 512 bytes;
// with it, the last words of the legacy area say so (struct _fpx_sw_bytes) and a magic number follows the state.
#include "services/linux/signal/build_frame.hpp"

#include "services/linux/core/machine.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 flag_trap = 1 << 8, flag_direction = 1 << 10, flag_resume = 1 << 16;
constexpr u32 magic_one = 0x46505853, magic_two = 0x46505845;
constexpr u64 legacy_bytes = 512, software_offset = 464;

/// struct _fpx_sw_bytes.
struct SoftwareBytes {
  u32 magic, extended_bytes;
  u64 features;
  u32 state_bytes;
  u32 padding[7];
};
static_assert(sizeof(SoftwareBytes) == 48);

bool has_xsave() { return machine().xcr0 != 0; }
u64 state_bytes() { return has_xsave() ? machine().floating_bytes : legacy_bytes; }
u64 area_bytes() { return state_bytes() + (has_xsave() ? sizeof magic_two : 0); }

Attempt<> make_range_present(Thread& self, u64 at, u64 bytes) {
  if (!is_user_range(UserAddr{at}, bytes)) return fail(Errno::bad_address);
  for (u64 page = align_down(at, page_bytes); page < at + bytes; page += page_bytes)
    ATTEMPT(make_present(self, UserAddr{page}, true));
  return ok;
}

/// Saves the floating-point state to `at` or loads it from there; pages that are missing are made and it is tried again.
Attempt<> transfer_floating(Thread& self, host::Floating what, u64 at) {
  Result<> done = host::thread_floating(own_thread, what, at);
  if (!done && done.error() == Error::bad_address) {
    ATTEMPT(make_range_present(self, at, state_bytes()));
    done = host::thread_floating(own_thread, what, at);
  }
  if (!done) return fail(Errno::bad_address);
  return ok;
}

Attempt<> save_floating(Thread& self, u64 at) {
  ATTEMPT(transfer_floating(self, host::Floating::save, at));
  SoftwareBytes software{};
  if (has_xsave()) {
    software = {magic_one, u32(area_bytes()), machine().xcr0, u32(state_bytes()), {}};
    ATTEMPT(copy_to_user(self, UserAddr{at + state_bytes()}, magic_two));
  }
  return copy_to_user(self, UserAddr{at + software_offset}, software);
}

}  // namespace

Attempt<> build_frame(Thread& self, Registers& r, SignalInfo const& info, SignalAction const& action, SignalSet mask) {
  if (!(action.flags & signal_action::restorer)) return fail(Errno::bad_address);
  FramePlace const place =
      place_frame(r.rsp, self.alternate_stack, action.flags & signal_action::on_stack, area_bytes());
  if (!place.fits) return fail(Errno::bad_address);
  ATTEMPT(save_floating(self, place.floating));

  SignalFrame frame;
  frame.return_address = action.restorer;
  frame.link = 0;
  frame.flags = context_flags_fx | (has_xsave() ? context_flag_xstate : 0);
  frame.stack = self.alternate_stack;
  to_context(r, frame.context);
  frame.context.old_mask = mask.bits();
  frame.context.floating = place.floating;
  frame.context.error = self.fault.error;
  frame.context.trap = self.fault.trap;
  frame.context.cr2 = self.fault.address;
  frame.mask = mask;
  frame.info = info;
  ATTEMPT(copy_to_user(self, UserAddr{place.frame}, frame));
  if (self.alternate_stack.flags & AlternateStack::autodisarm) self.alternate_stack = {};

  r.rdi = u64(info.signal);
  r.rsi = place.frame + offsetof(SignalFrame, info);
  r.rdx = place.frame + offsetof(SignalFrame, flags);
  r.rax = 0;
  r.rsp = place.frame;
  r.rip = action.handler;
  r.rflags &= ~(flag_trap | flag_direction | flag_resume);
  r.original_rax = ~u64{0};
  return ok;
}

Attempt<> restore_frame(Thread& self, Registers& r) {
  SignalFrame frame;
  ATTEMPT(copy_from_user(self, frame, UserAddr{r.rsp - sizeof frame.return_address}));
  from_context(frame.context, r);
  u64 const floating = frame.context.floating;
  if (!floating) {
    ATTEMPT(host::thread_floating(own_thread, host::Floating::reset, 0));
  } else {
    if (floating % 16) return fail(Errno::bad_address);
    ATTEMPT(transfer_floating(self, host::Floating::load, floating));
  }
  self.alternate_stack = frame.stack;
  set_mask(self, frame.mask);
  return ok;
}

}  // namespace hinge::linux_service
