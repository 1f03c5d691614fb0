// The straight ways of a Linux system call. linux_syscall_target: from ring 3 to the portal's way in (Portal::way_in), and
// back. What the way in is tells where the personality is:
//   kernel side   its own handler, on this stack;
//   user side     personality_by_message below, into the service view of the caller's space;
//   closed        nobody gets in now, or the fuzzer wants every call to itself (linux.cpp goes on).
// Saved is what a program may count on, once: what C++ keeps stays in registers on the way back. Of the frame the words that
// say nothing after SYSCALL are left out: whole_user_frame fills them in for whoever wants all of it (Thread::whole_frame).
// One test on the way back finds the personality's wishes and the nucleus' own (abi/linux_entry.hpp, Action).
//
// personality_by_message runs when the portal is open to ring 3, this CPU's pool has an activation and the thread knows its
// service view; else it answers `closed`. Its reply (fast_path.cpp) comes back straight when nobody waits for an activation
// and the thread has no flags; otherwise, and when the personality dies, finish_by_message ends the call.
// What crosses: the six arguments, the number, the cookie; all else is zero, floating point is locked.
#include "abi/linux_entry.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/linux.hpp"

#pragma clang diagnostic ignored "-Winvalid-offsetof"

namespace hinge::nucleus {

extern "C" {

[[gnu::naked]] void linux_syscall_target() {
  asm volatile(R"(
	sub %[frame], %%rsp
	mov %%rdi, %c[rdi](%%rsp)
	mov %%rsi, %c[rsi](%%rsp)
	mov %%rdx, %c[rdx](%%rsp)
	mov %%r10, %c[r10](%%rsp)
	mov %%r8, %c[r8](%%rsp)
	mov %%r9, %c[r9](%%rsp)
	mov %%rax, %c[rax](%%rsp)
	mov %%rbx, %c[rbx](%%rsp)
	mov %%rbp, %c[rbp](%%rsp)
	mov %%r12, %c[r12](%%rsp)
	mov %%r13, %c[r13](%%rsp)
	mov %%r14, %c[r14](%%rsp)
	mov %%r15, %c[r15](%%rsp)
	mov %%rcx, %c[rip](%%rsp)
	mov %%r11, %c[rflags](%%rsp)
	mov %%gs:%c[user_rsp], %%rcx
	mov %%rcx, %c[rsp](%%rsp)
	mov %%gs:%c[thread], %%rcx
	mov %%eax, %%esi
	mov %%rsp, %%rdx
	mov %c[cookie](%%rcx), %%rdi
	incq %c[sequence](%%rcx)                 # odd: with its personality
	mov %c[entrance](%%rcx), %%rcx
	incq %%gs:%c[program_calls]
	sti
	call *%c[way_in](%%rcx)
	cli
	or %%gs:%c[pending], %%edx
	jnz 1f
	mov %%gs:%c[thread], %%rcx               # on another CPU, perhaps
	incq %c[sequence](%%rcx)
	mov %c[rdi](%%rsp), %%rdi
	mov %c[rsi](%%rsp), %%rsi
	mov %c[rdx](%%rsp), %%rdx
	mov %c[r10](%%rsp), %%r10
	mov %c[r8](%%rsp), %%r8
	mov %c[r9](%%rsp), %%r9
	mov %c[rip](%%rsp), %%rcx                # of a SYSCALL instruction in the lower half: canonical
	mov %c[rflags](%%rsp), %%r11
	mov %c[rsp](%%rsp), %%rsp
	swapgs
	sysretq
1:	mov %%rax, %%rdi
	mov %%rdx, %%rsi
	mov %%rsp, %%rdx
	call linux_answered
	test %%eax, %%eax
	jnz trap_return
	jmp linux_sysret
)"
               :
               : [frame] "i"(sizeof(TrapFrame)), [rdi] "i"(offsetof(TrapFrame, rdi)), [rsi] "i"(offsetof(TrapFrame, rsi)),
                 [rdx] "i"(offsetof(TrapFrame, rdx)), [r10] "i"(offsetof(TrapFrame, r10)), [r8] "i"(offsetof(TrapFrame, r8)),
                 [r9] "i"(offsetof(TrapFrame, r9)), [rax] "i"(offsetof(TrapFrame, rax)), [rbx] "i"(offsetof(TrapFrame, rbx)),
                 [rbp] "i"(offsetof(TrapFrame, rbp)), [r12] "i"(offsetof(TrapFrame, r12)), [r13] "i"(offsetof(TrapFrame, r13)),
                 [r14] "i"(offsetof(TrapFrame, r14)), [r15] "i"(offsetof(TrapFrame, r15)), [rip] "i"(offsetof(TrapFrame, rip)),
                 [rflags] "i"(offsetof(TrapFrame, rflags)), [rsp] "i"(offsetof(TrapFrame, rsp)),
                 [user_rsp] "i"(offsetof(Cpu, user_rsp)), [thread] "i"(offsetof(Cpu, thread)),
                 [pending] "i"(offsetof(Cpu, pending)), [program_calls] "i"(offsetof(Cpu, program_calls)),
                 [cookie] "i"(offsetof(Thread, cookie)), [sequence] "i"(offsetof(Thread, sequence)),
                 [entrance] "i"(offsetof(Thread, entrance)), [way_in] "i"(offsetof(Portal, way_in)));
}

// A linux_entry::Handle: rdi = cookie, rsi = number, rdx = the six arguments.
[[gnu::naked]] void personality_by_message() {
  asm volatile(R"(
	push %%rbp
	push %%rbx
	push %%r12
	push %%r13
	push %%r14
	push %%r15
	cli
	mov %%gs:%c[cpu_thread], %%rbx
	mov %c[thread_entrance](%%rbx), %%r15
	cmpq $0, %c[portal_root](%%r15)
	je 8f
	mov %c[thread_view](%%rbx), %%r13
	test %%r13, %%r13
	jz 8f
	mov %%gs:%c[cpu_id], %%r11d
	shl $6, %%r11d
	mov %c[portal_free](%%r15, %%r11), %%ebp
	test %%ebp, %%ebp
	jz 8f
	# ---- nothing can go wrong any more
	decq %%gs:%c[program_calls]                  # a message
	imul %[activation_size], %%rbp, %%rbp
	add %c[core_activations], %%rbp              # the callee
	mov %c[activation_next](%%rbp), %%eax
	mov %%eax, %c[portal_free](%%r15, %%r11)
	mov %c[portal_home](%%r15), %%r14            # the slot that is entered
	incq %c[counter_fast](%%r14, %%r11)
	mov %%gs:%c[cpu_activation], %%r12
	mov %c[activation_index](%%r12), %%eax
	mov %%eax, %c[activation_caller](%%rbp)
	mov %c[thread_index](%%rbx), %%eax
	mov %%rax, %c[activation_thread](%%rbp)      # and seen_ms = 0
	movb $1, %c[activation_lower_half](%%rbp)
	push $linux_message_back                     # what resume_kernel expects: six registers and where to go on
	sub $48, %%rsp
	mov %%rsp, %c[activation_caller_rsp](%%rbp)
	mov %%rbp, %%gs:%c[cpu_activation]
	mov %c[activation_kernel_stack](%%rbp), %%rax
	mov %%rax, %%gs:%c[cpu_rsp0]
	mov %%r13, %c[activation_root](%%rbp)
	mov %%r13, %%gs:%c[cpu_root]
	mov %%r13, %%cr3
	movb $1, %%gs:%c[cpu_task_switched]
	mov %%cr0, %%rax
	or $8, %%eax
	mov %%rax, %%cr0
	cmpb $0, %c[has_bases]
	je 7f
	rdfsbase %%rax
	mov %%rax, %c[thread_fs_base](%%rbx)
	xor %%r12d, %%r12d
	wrfsbase %%r12
	movq $native_syscall_fast, %%gs:%c[cpu_syscall_target]
	swapgs
	rdgsbase %%rax
	mov %%rax, %c[thread_gs_base](%%rbx)
	wrgsbase %%r12
6:	mov %%rdi, %%rbx
	mov %%rsi, %%rax
	mov %c[activation_user_stack](%%rbp), %%rsp
	mov %c[slot_linux_entry](%%r14), %%rcx
	mov 0(%%rdx), %%rdi
	mov 8(%%rdx), %%rsi
	mov 24(%%rdx), %%r10
	mov 32(%%rdx), %%r8
	mov 40(%%rdx), %%r9
	mov 16(%%rdx), %%rdx
	xor %%ebp, %%ebp
	xor %%r13d, %%r13d
	xor %%r14d, %%r14d
	xor %%r15d, %%r15d
	mov $0x202, %%r11d
	sysretq

	# Segment bases by model-specific registers. The three words may lie on this stack: it is this thread's alone.
7:	push %%rdi
	push %%rsi
	push %%rdx
	call park_segment_bases
	pop %%rdx
	pop %%rsi
	pop %%rdi
	xor %%r12d, %%r12d
	movq $native_syscall_target, %%gs:%c[cpu_syscall_target]
	swapgs
	jmp 6b

8:	mov %[closed], %%edx
	jmp 9f
.global linux_message_back
linux_message_back:                              # rax = what resume_kernel was given
	mov %%rax, %%rdi
	call finish_by_message
9:	pop %%r15
	pop %%r14
	pop %%r13
	pop %%r12
	pop %%rbx
	pop %%rbp
	ret
)"
               :
               : [cpu_thread] "i"(offsetof(Cpu, thread)), [cpu_id] "i"(offsetof(Cpu, id)), [cpu_root] "i"(offsetof(Cpu, root)),
                 [cpu_rsp0] "i"(offsetof(Cpu, tss) + 4), [cpu_activation] "i"(offsetof(Cpu, activation)),
                 [cpu_task_switched] "i"(offsetof(Cpu, task_switched)), [cpu_syscall_target] "i"(offsetof(Cpu, syscall_target)),
                 [program_calls] "i"(offsetof(Cpu, program_calls)), [has_bases] "i"(&features().fsgsbase),
                 [core_activations] "i"(&core.activations), [thread_entrance] "i"(offsetof(Thread, entrance)),
                 [thread_view] "i"(offsetof(Thread, view)), [thread_index] "i"(offsetof(Thread, index)),
                 [thread_fs_base] "i"(offsetof(Thread, fs_base)), [thread_gs_base] "i"(offsetof(Thread, gs_base)),
                 [portal_root] "i"(offsetof(Portal, open_root)), [portal_free] "i"(offsetof(Portal, own)),
                 [portal_home] "i"(offsetof(Portal, home)), [activation_size] "i"(sizeof(Activation)),
                 [activation_next] "i"(offsetof(Activation, next)), [activation_index] "i"(offsetof(Activation, index)),
                 [activation_caller] "i"(offsetof(Activation, caller)), [activation_thread] "i"(offsetof(Activation, thread)),
                 [activation_lower_half] "i"(offsetof(Activation, lower_half)),
                 [activation_caller_rsp] "i"(offsetof(Activation, caller_rsp)),
                 [activation_kernel_stack] "i"(offsetof(Activation, kernel_stack)),
                 [activation_user_stack] "i"(offsetof(Activation, user_stack)), [activation_root] "i"(offsetof(Activation, root)),
                 [counter_fast] "i"(offsetof(Slot, counters) + offsetof(Slot::Counters, fast_messages)),
                 [slot_linux_entry] "i"(offsetof(Slot, linux_entry)), [closed] "i"(u64(action_closed)));
}

[[gnu::used]] void park_segment_bases() {
  current().fs_base = read_user_fs_base();
  current().gs_base = read_user_gs_base();
  write_user_fs_base(0);
  write_user_gs_base(0);
}

}  // extern "C"

}  // namespace hinge::nucleus
