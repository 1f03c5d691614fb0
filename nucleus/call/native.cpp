// Dispatch of native calls: from ring 3 (entry.S), and through the kernel-side host table.
#include "nucleus/call/native.hpp"

#include "abi/host_table.hpp"
#include "nucleus/arch/x86_64/spinlock.hpp"
#include "nucleus/call/call_user.hpp"

namespace hinge::nucleus {

// entry.S tells call and reply from the rest by these.
static_assert(u32(native::Number::call) == 0 && u32(native::Number::reply) == 1);

constinit NativeFunction const native_functions[] = {
#define X(name, group) native_##name,
    HINGE_NATIVE_CALLS(X)
#undef X
};

namespace {

i64 as_word(Result<u64> const& r) { return r ? i64(*r) : -i64(r.error()); }

/// What a thread owes before it goes back to ring 3 after a native call.
void before_return() {
  finish_releases();
  reschedule_if_pending();
  if (current_activation().dead) leave_dead_activation();
}

template <native::Number N>
i64 from_kernel_side(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5) {
  InterruptsOff off;
  u64 const a[6] = {a0, a1, a2, a3, a4, a5};
  i64 const r = as_word(native_functions[u32(N)](Context{kernel_domain}, a));
  finish_releases();
  if (fuzzing && off.were_on()) [[unlikely]] fuzz_exit();
  return r;
}

}  // namespace

extern "C" i64 native_dispatch(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u32 number) {
  i64 r = -i64(Error::not_supported);
  if (number < native::count) {
    u64 const a[6] = {a0, a1, a2, a3, a4, a5};
    r = as_word(native_functions[number](Context{current_activation().domain}, a));
  }
  before_return();
  return r;
}

/// `call` and `reply` have entries of their own; as functions of the table they are nothing.
Result<u64> native_call(Context const&, Arguments) { return fail(Error::not_supported); }
Result<u64> native_reply(Context const&, Arguments) { return fail(Error::not_supported); }

namespace {

u64 kernel_call(Handle h, u32 method, u32 words_in, u64* words, Caller const& caller) {
  InterruptsOff off;
  u64 const r = call_from_kernel(h, method, words_in, words, caller.deadline_ns);
  finish_releases();
  return r;
}
u32 kernel_exchange_word(u64 user, u32 expected, u32 desired, u32* old) {
  if (!in_lower_half(user, 4) || user % 4) return 1;
  UserAccess access;
  return exchange_guarded(reinterpret_cast<u32*>(user), expected, desired, old);
}

constinit host::Table const kernel_table = {
    {
#define X(name, group) from_kernel_side<native::Number::name>,
        HINGE_NATIVE_CALLS(X)
#undef X
    },
    kernel_call, copy_from_user, copy_to_user, kernel_exchange_word};

}  // namespace

host::Table const* kernel_host_table() { return &kernel_table; }

}  // namespace hinge::nucleus
