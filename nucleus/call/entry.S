// Where ring 3 enters by SYSCALL, and the two ways a kernel context enters a user-side slot and comes back.
// Offsets into Cpu are asserted in arch/x86_64/cpu.hpp, into Activation in call/call_user.hpp.

#include "nucleus/arch/x86_64/frame.inc"

.set cpu_rsp0, 188
.set cpu_user_rsp, 16
.set cpu_syscall_target, 24
.set number_reply, 1                  // native::Number::reply; `call` is 0. Asserted in call/native.cpp.

.text

// IA32_LSTAR. Interrupts are off (IA32_FMASK), rcx = return address, r11 = flags.
.global syscall_entry
syscall_entry:
	swapgs
	mov %rsp, %gs:cpu_user_rsp
	mov %gs:cpu_rsp0, %rsp
	jmp *%gs:cpu_syscall_target

// Builds a TrapFrame (abi/registers.hpp order) on the empty kernel stack.
.macro push_frame
	push $0x2b
	push %gs:cpu_user_rsp
	push %r11
	push $0x33
	push %rcx
	push $0                       // vector_error
	push %rax                     // original_rax
	push_general
.endm

// Back to a Linux program from the frame at rsp, which is still the one that SYSCALL made (call/linux_path.cpp).
.global linux_sysret
linux_sysret:
	pop_general
	mov 40(%rsp), %rsp            // past original_rax, vector_error, rip, cs, rflags
	swapgs
	sysretq

// A native call from a user-side slot. `call` and `reply` need all registers; the others are C++ functions.
.global native_syscall_target
native_syscall_target:
	cmp $number_reply, %al
	jbe 1f
	push %gs:cpu_user_rsp
	push %rcx
	push %r11
	push %rax                     // seventh argument, on the stack
	mov %r10, %rcx
	call native_dispatch
	add $8, %rsp
	pop %r11
	pop %rcx
	xor %edi, %edi
	xor %esi, %esi
	xor %edx, %edx
	xor %r10d, %r10d
	xor %r8d, %r8d
	xor %r9d, %r9d
	pop %rsp
	swapgs
	sysretq
1:	push_frame
	mov %rsp, %rdi
	call native_call_or_reply
	pop_general
	mov 40(%rsp), %rsp
	swapgs
	sysretq

// u64 enter_user(UserRegisters* r, u64* saved_rsp): continues in ring 3 with the registers in *r; returns when
// resume_kernel(rsp, status) is called with what was stored in *saved_rsp.
.global enter_user
enter_user:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rsi)
	mov %rdi, %rsp                // a read-only walk over *r: interrupts are off and NMI has a stack of its own
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	pop %rax
	pop %rbx
	pop %rbp
	pop %r12
	pop %r13
	pop %r14
	pop %r15
	pop %rcx                      // rip
	pop %rsp
	mov $0x202, %r11d
	swapgs
	sysretq

// [[noreturn]] resume_kernel(u64 rsp, u64 status): makes the enter_user that stored rsp return status.
.global resume_kernel
resume_kernel:
	mov %rdi, %rsp
	mov %rsi, %rax
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

// switch_stacks(u64* save, u64 load): leaves this kernel context, continues in another.
.global switch_stacks
switch_stacks:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

// Where a fresh context begins: rbx = function, r12 = argument.
.global context_begin
context_begin:
	call finish_switch
	xor %ebp, %ebp
	mov %r12, %rdi
	call *%rbx
	ud2

// usize copy_guarded(void* to, void const* from, usize bytes): returns the bytes left when it hits a page that cannot
// be had, else 0. Whoever touches user pages holds a UserAccess.
.global copy_guarded
copy_guarded:
	mov %rdx, %rcx
	shr $3, %rcx
	and $7, %edx
copy_guarded_words:
	rep movsq
	mov %rdx, %rcx
copy_guarded_bytes:
	rep movsb
copy_guarded_done:
	mov %rcx, %rax
	ret
// Part of the word that faulted may lie in the page before: bytes go on up to the page that is missing.
copy_guarded_word_fault:
	lea (%rdx,%rcx,8), %rcx
	jmp copy_guarded_bytes

// STAC or CLAC, as HINGE_SMAP.
.macro smap instruction
1:	\instruction
	.pushsection .smap, "a"
	.quad 1b
	.popsection
.endm

// Nothing of the last page below the middle is ever mapped, so one bit tells.
.macro copy_user user
	mov \user, %rax
	add %rdx, %rax
	jc copy_nothing
	shr $47, %rax
	jnz copy_nothing
	smap stac
	call copy_guarded
	smap clac
	ret
.endm

// usize copy_from_user(void* to, u64 user, usize bytes), usize copy_to_user(u64 user, void const* from, usize bytes)
.global copy_from_user, copy_to_user
copy_from_user:
	copy_user %rsi
copy_to_user:
	copy_user %rdi
copy_nothing:
	mov %rdx, %rax
	ret

// u32 exchange_guarded(u32* user, u32 expected, u32 desired, u32* old): 0 done, 1 faulted.
.global exchange_guarded
exchange_guarded:
	mov %esi, %eax
exchange_guarded_move:
	lock cmpxchg %edx, (%rdi)
	mov %eax, (%rcx)
	xor %eax, %eax
	ret
exchange_guarded_fault:
	mov $1, %eax
	ret

.section .fixups, "a"
	.quad copy_guarded_words, copy_guarded_word_fault
	.quad copy_guarded_bytes, copy_guarded_done
	.quad exchange_guarded_move, exchange_guarded_fault

.section .note.GNU-stack, "", @progbits
