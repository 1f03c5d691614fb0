#include "services/hostile/raw.hpp"

#include <cstddef>

namespace hinge::hostile {

static_assert(sizeof(Registers) == 104 && offsetof(Raw, flags) == 104 && offsetof(Raw, above) == 112);
static_assert(offsetof(Raw, out) == 120 && offsetof(Raw, rcx) == 224 && offsetof(Raw, flags_after) == 248);

extern "C" {
[[gnu::used]] constinit Seen hostile_seen{};
[[gnu::used]] constinit u64 hostile_place = 0, hostile_stack = 0, hostile_rdi = 0;

[[gnu::naked]] void hostile_raw(Raw*) {
  asm volatile(R"(
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rdi, hostile_place(%rip)
	mov %rsp, hostile_stack(%rip)
	lea 104(%rdi), %rsp
	mov 0(%rdi), %rax
	mov 8(%rdi), %rbx
	mov 16(%rdi), %rdx
	mov 24(%rdi), %rsi
	mov 40(%rdi), %rbp
	mov 48(%rdi), %r8
	mov 56(%rdi), %r9
	mov 64(%rdi), %r10
	mov 72(%rdi), %r12
	mov 80(%rdi), %r13
	mov 88(%rdi), %r14
	mov 96(%rdi), %r15
	mov 32(%rdi), %rdi
	popfq
	syscall
	mov %rdi, hostile_rdi(%rip)
	mov hostile_place(%rip), %rdi
	mov %rsp, 240(%rdi)
	mov hostile_stack(%rip), %rsp
	pushfq
	popq 248(%rdi)
	push $0x202
	popfq
	mov %rcx, 224(%rdi)
	mov %r11, 232(%rdi)
	mov %rax, 120(%rdi)
	mov %rbx, 128(%rdi)
	mov %rdx, 136(%rdi)
	mov %rsi, 144(%rdi)
	mov %rbp, 160(%rdi)
	mov %r8, 168(%rdi)
	mov %r9, 176(%rdi)
	mov %r10, 184(%rdi)
	mov %r12, 192(%rdi)
	mov %r13, 200(%rdi)
	mov %r14, 208(%rdi)
	mov %r15, 216(%rdi)
	mov hostile_rdi(%rip), %rax
	mov %rax, 152(%rdi)
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
)");
}

[[gnu::naked]] void hostile_call_entry() {
  asm volatile(R"(
	mov %rcx, hostile_seen(%rip)
	mov %r11, 8+hostile_seen(%rip)
	mov %r15, 16+hostile_seen(%rip)
	pushfq
	popq 24+hostile_seen(%rip)
	rdfsbase %rcx
	mov %rcx, 32+hostile_seen(%rip)
	rdgsbase %rcx
	mov %rcx, 40+hostile_seen(%rip)
	jmp hinge_call_entry
)");
}
}

}  // namespace hinge::hostile
