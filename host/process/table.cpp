// The user-side implementation of the host contract: system-call stubs and copies of the calling process' memory.
#include "host/fault_point.hpp"
#include "host/image.hpp"

namespace hinge::host {

extern "C" {
u64 hinge_process_call(Handle portal, u32 method, u32 words_in, u64* words, Caller const& caller);
usize hinge_copy(void* to, void const* from, usize bytes);
u32 hinge_exchange(u32* user, u32 expected, u32 desired, u32* old);
}

namespace {

template <native::Number N>
i64 stub(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5) {
  fault_point();
  i64 result = i64(N);
  register u64 r10 asm("r10") = a3;
  register u64 r8 asm("r8") = a4;
  register u64 r9 asm("r9") = a5;
  asm volatile("syscall" : "+a"(result), "+D"(a0), "+S"(a1), "+d"(a2), "+r"(r10), "+r"(r8), "+r"(r9) : : "rcx", "r11", "memory");
  return result;
}

/// A program may pass any address; only its own half is copied.
bool is_user(u64 address, u64 bytes) { return address < layout::user_end && bytes <= layout::user_end - address; }

usize copy_in(void* to, u64 from, usize bytes) {
  return is_user(from, bytes) ? hinge_copy(to, reinterpret_cast<void const*>(from), bytes) : bytes;
}
usize copy_out(u64 to, void const* from, usize bytes) {
  return is_user(to, bytes) ? hinge_copy(reinterpret_cast<void*>(to), from, bytes) : bytes;
}
u32 exchange_word(u64 user, u32 expected, u32 desired, u32* old) {
  return is_user(user, 4) && user % 4 == 0 ? hinge_exchange(reinterpret_cast<u32*>(user), expected, desired, old) : 1;
}

}  // namespace

extern "C" constinit Table const hinge_process_table = {
    {
#define X(name, group) stub<native::Number::name>,
        HINGE_NATIVE_CALLS(X)
#undef X
    },
    hinge_process_call, copy_in, copy_out, exchange_word};

}  // namespace hinge::host
