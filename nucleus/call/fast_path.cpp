// The fast path of a call between two user domains and back: one straight piece each way. It runs when all of this holds,
// and otherwise leaves everything as it was for the general path (message.cpp):
//   call:  at most six words, no buffers, not long; the handle's table is that of the slot the caller runs in; the
//          capability is a portal's and has Right::call; the portal is open (Portal::open_root: admits, its slot is alive
//          on the user side); this CPU's pool has an activation.
//   reply: the activation was entered by the fast path; nobody waits for an activation; the caller's domain lives.
// Nothing is pending: what sets Cpu::pending in ring 0 serves it on its own way out, and interrupts are off here.
// Every rule of crossing is kept: segment bases and all registers that carry nothing are zero on the other side, the
// caller's own come back from the nucleus, floating point stays locked (neither side has it), counters count.
// Interrupts are off throughout. Only this CPU's pool and counters are written: no lock, no shared line.
#include "abi/linux_entry.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"

#pragma clang diagnostic ignored "-Winvalid-offsetof"

namespace hinge::nucleus {

namespace {

constexpr u64 slot_counter_fast = offsetof(Slot, counters) + offsetof(Slot::Counters, fast_messages);
static_assert(sizeof(Slot::Counters) == 64, "the counters of a CPU: index << 6");
static_assert(sizeof(Portal::Own) == 64 && offsetof(Portal::Own, free) == 0, "the free activations of a CPU: index << 6");
static_assert(sizeof(Capability) == 64, "an entry of a table: index << 6");
static_assert(offsetof(Activation, seen_ms) == offsetof(Activation, thread) + 4, "one store for both");

}  // namespace

extern "C" {

[[gnu::naked]] void native_syscall_fast() {
  asm volatile(R"(
	test %%al, %%al
	jnz 2f
	# ---- call: rax = method << 8 | words << 24, rbx = handle, six words in place. How the caller goes on stays on its
	# kernel stack (Resume): nobody else uses that until the reply.
	push %%gs:%c[cpu_user_rsp]
	push %%rcx
	push %%rbx
	push %%rbp
	push %%r12
	push %%r13
	push %%r14
	push %%r15
	mov %%rax, %%rbp
	shr $24, %%rbp
	cmp $6, %%rbp
	ja 8f
	mov %%gs:%c[cpu_activation], %%r12           # the caller
	mov %%ebx, %%r13d
	shr $24, %%r13d
	cmp %c[activation_slot](%%r12), %%r13d
	jne 8f
	mov %c[activation_home](%%r12), %%r13        # the slot whose table it is
	and $0xffffff, %%ebx
	cmp %c[table_used](%%r13), %%ebx
	ja 8f
	shl $6, %%rbx
	add %c[table_entries](%%r13), %%rbx          # the capability; entry 0 is never of any kind
	mov %c[cap_callable](%%rbx), %%r15           # 0: not a portal, or not to be called
	test %%r15, %%r15
	jz 8f
	mov %c[portal_root](%%r15), %%r13
	test %%r13, %%r13
	jz 8f
	mov %%gs:%c[cpu_id], %%r11d
	shl $6, %%r11d
	mov %c[portal_free](%%r15, %%r11), %%ebp
	test %%ebp, %%ebp
	jz 7f
	# ---- nothing can go wrong any more
	imul %[activation_size], %%rbp, %%rbp
	add %c[core_activations], %%rbp              # the callee
	mov %c[activation_next](%%rbp), %%ecx
	mov %%ecx, %c[portal_free](%%r15, %%r11)
	mov %c[portal_home](%%r15), %%rcx            # the slot that is entered
	incq %c[counter_fast](%%rcx, %%r11)
	mov %c[slot_call_entry](%%rcx), %%rcx
	mov %c[activation_index](%%r12), %%r11d
	mov %%r11d, %c[activation_caller](%%rbp)
	mov %%gs:%c[cpu_thread], %%r14
	mov %c[thread_index](%%r14), %%r12d
	mov %%r12, %c[activation_thread](%%rbp)      # and seen_ms = 0
	mov %c[activation_kernel_stack](%%rbp), %%r11
	mov %%r11, %%gs:%c[cpu_rsp0]
	mov %%rbp, %%gs:%c[cpu_activation]
	mov %%r13, %c[activation_root](%%rbp)
	mov %%r13, %%gs:%c[cpu_root]
	mov %c[activation_user_stack](%%rbp), %%rsp
	mov %%r13, %%cr3
	mov %c[thread_sequence](%%r14), %%r13
	mov %c[cap_badge](%%rbx), %%rbx
	mov %c[portal_cookie](%%r15), %%r14
	shr $8, %%eax
	mov %%r12d, %%ebp
	mov $-1, %%r12
	xor %%r15d, %%r15d
	mov $0x202, %%r11d
	wrfsbase %%r15
	swapgs
	wrgsbase %%r15
	sysretq

	# ---- reply: rax = 1 | words << 8, rbx = status, six words in place. What the callee says of status and words
	# goes to the caller as it is: its proxy compares the whole of rax.
2:	cmp $1, %%al
	ja 9f
	mov %%gs:%c[cpu_activation], %%r12           # leaves
	cmpq $0, %c[activation_caller_rsp](%%r12)
	jne 3f
	mov %c[activation_caller](%%r12), %%r13d
	imul %[activation_size], %%r13, %%r13
	add %c[core_activations], %%r13              # goes on
	cmpb $0, %c[activation_dead](%%r13)
	jne 9f
	mov %c[activation_entrance](%%r12), %%r14
	cmpl $0, %c[portal_waiting](%%r14)
	jne 9f
	# ---- nothing can go wrong any more
	mov %%bl, %%al
	xor %%r11d, %%r11d
	mov %%r11, %c[activation_thread](%%r12)
	mov %%gs:%c[cpu_id], %%ebx
	shl $6, %%ebx
	mov %c[portal_free](%%r14, %%rbx), %%ebp
	mov %%ebp, %c[activation_next](%%r12)
	mov %c[activation_index](%%r12), %%ebp
	mov %%ebp, %c[portal_free](%%r14, %%rbx)
	mov %%r13, %%gs:%c[cpu_activation]
	mov %c[activation_kernel_stack](%%r13), %%rsp
	mov %%rsp, %%gs:%c[cpu_rsp0]
	mov %c[activation_root](%%r13), %%rbp
	mov %%rbp, %%gs:%c[cpu_root]
	mov %%rbp, %%cr3
	wrfsbase %%r11
	sub %[resume_size], %%rsp
	pop %%r15
	pop %%r14
	pop %%r13
	pop %%r12
	pop %%rbp
	pop %%rbx
	pop %%rcx
	pop %%rsp
	swapgs
	wrgsbase %%r11
	mov $0x202, %%r11d
	sysretq

	# ---- reply to a program's request (personality_by_message): rbx = value, rdi = action. Whatever else was asked for lies
	# in the thread. In a program's place nobody dies: its base is of no domain.
3:	cmpb $0, %c[activation_lower_half](%%r12)
	je 9f
	mov %c[activation_entrance](%%r12), %%r14
	cmpl $0, %c[portal_waiting](%%r14)
	jne 9f
	mov %%gs:%c[cpu_thread], %%r13
	testl %[other_flags], %c[thread_flags](%%r13)
	jnz 9f
	cmp %[action_end], %%rdi
	ja 9f
	test %%dil, %%dil
	jnz 9f
	# ---- nothing can go wrong any more
	mov %%rbx, %%rax
	test %%edi, %%edi
	jnz 5f
4:	xor %%r11d, %%r11d
	mov %%r11, %c[activation_thread](%%r12)
	mov %%gs:%c[cpu_id], %%ebx
	shl $6, %%ebx
	mov %c[portal_free](%%r14, %%rbx), %%ebp
	mov %%ebp, %c[activation_next](%%r12)
	mov %c[activation_index](%%r12), %%ebp
	mov %%ebp, %c[portal_free](%%r14, %%rbx)
	mov %c[activation_caller_rsp](%%r12), %%rsp
	mov %c[activation_caller](%%r12), %%ebp
	imul %[activation_size], %%rbp, %%rbp
	add %c[core_activations], %%rbp              # goes on
	mov %%rbp, %%gs:%c[cpu_activation]
	mov %c[activation_kernel_stack](%%rbp), %%rbx
	mov %%rbx, %%gs:%c[cpu_rsp0]
	mov %c[activation_root](%%rbp), %%rbx
	mov %%rbx, %%gs:%c[cpu_root]
	mov %%rbx, %%cr3
	movq $linux_syscall_target, %%gs:%c[cpu_syscall_target]
	clts
	movb $0, %%gs:%c[cpu_task_switched]
	mov %c[thread_fs_base](%%r13), %%rbx
	wrfsbase %%rbx
	mov %c[thread_gs_base](%%r13), %%rbx
	swapgs
	wrgsbase %%rbx
	swapgs
	mov %%edi, %%edx
	add $56, %%rsp                               # what resume_kernel would have popped
	pop %%r15
	pop %%r14
	pop %%r13
	pop %%r12
	pop %%rbx
	pop %%rbp
	ret
5:	mov %%rsi, %c[thread_reply]+8(%%r13)         # a Wait, if it blocks
	mov %%rdx, %c[thread_reply]+16(%%r13)
	mov %%r10, %c[thread_reply]+24(%%r13)
	cmp %[action_block], %%edi
	jne 4b
	lea %c[thread_reply]+8(%%r13), %%rax
	jmp 4b

	# The general path wants everything as it came, and some flags.
7:	mov $0x202, %%r11d
8:	pop %%r15
	pop %%r14
	pop %%r13
	pop %%r12
	pop %%rbp
	pop %%rbx
	pop %%rcx
	add $8, %%rsp
9:	jmp native_syscall_target
)"
               :
               : [cpu_activation] "i"(offsetof(Cpu, activation)), [cpu_id] "i"(offsetof(Cpu, id)),
                 [cpu_user_rsp] "i"(offsetof(Cpu, user_rsp)), [cpu_thread] "i"(offsetof(Cpu, thread)),
                 [cpu_rsp0] "i"(offsetof(Cpu, tss) + 4),
                 [cpu_root] "i"(offsetof(Cpu, root)), [core_activations] "i"(&core.activations), [slot_call_entry] "i"(offsetof(Slot, call_entry)),
                 [counter_fast] "i"(slot_counter_fast),
                 [table_used] "i"(offsetof(Slot, table) + offsetof(CapabilityTable, used)),
                 [table_entries] "i"(offsetof(Slot, table) + offsetof(CapabilityTable, entries)),
                 [cap_callable] "i"(offsetof(Capability, callable)), [cap_badge] "i"(offsetof(Capability, badge)),
                 [portal_root] "i"(offsetof(Portal, open_root)),
                 [portal_free] "i"(offsetof(Portal, own)), [portal_home] "i"(offsetof(Portal, home)),
                 [portal_cookie] "i"(offsetof(Portal, cookie)), [portal_waiting] "i"(offsetof(Portal, waiting)),
                 [activation_size] "i"(sizeof(Activation)), [activation_slot] "i"(offsetof(Activation, slot)),
                 [activation_home] "i"(offsetof(Activation, home)), [activation_next] "i"(offsetof(Activation, next)),
                 [activation_index] "i"(offsetof(Activation, index)), [activation_caller] "i"(offsetof(Activation, caller)),
                 [activation_thread] "i"(offsetof(Activation, thread)),
                 [activation_kernel_stack] "i"(offsetof(Activation, kernel_stack)),
                 [activation_user_stack] "i"(offsetof(Activation, user_stack)),
                 [activation_root] "i"(offsetof(Activation, root)),
                 [activation_caller_rsp] "i"(offsetof(Activation, caller_rsp)),
                 [activation_dead] "i"(offsetof(Activation, dead)), [activation_entrance] "i"(offsetof(Activation, entrance)),
                 [activation_lower_half] "i"(offsetof(Activation, lower_half)),
                 [cpu_syscall_target] "i"(offsetof(Cpu, syscall_target)), [cpu_task_switched] "i"(offsetof(Cpu, task_switched)),
                 [other_flags] "i"(~u32{flag_cancel}), [thread_flags] "i"(offsetof(Thread, flags)),
                 [thread_reply] "i"(offsetof(Thread, reply)), [thread_fs_base] "i"(offsetof(Thread, fs_base)),
                 [thread_gs_base] "i"(offsetof(Thread, gs_base)), [action_end] "i"(u64(linux_entry::Action::end)),
                 [action_block] "i"(u64(linux_entry::Action::block)),
                 [thread_index] "i"(offsetof(Thread, index)),
                 [thread_sequence] "i"(offsetof(Thread, sequence)), [resume_size] "i"(sizeof(Resume)));
}

}  // extern "C"

}  // namespace hinge::nucleus
