// The fast path of a call between two user domains and back: one straight piece each way. It runs when all of this holds,
// and otherwise leaves everything as it was for the general path (message.cpp):
//   call:  at most six words, no buffers, not long; nothing pending on this CPU; the handle's table is that
//          of the slot the caller runs in; the capability is a live portal's and has Right::call; the portal is open (Portal::open_root:
//          admits, its slot is alive on the user side); this CPU's pool has an activation.
//   reply: the activation was entered by the fast path; at most six words; nothing pending; nobody waits for an
//          activation; the caller's domain lives; the status is a known one.
// Every rule of crossing is kept: segment bases and all registers that carry nothing are zero on the other side, rip and
// rsp of the caller are the nucleus' to restore, floating point stays locked (neither side has it), counters count.
// Interrupts are off throughout. Only this CPU's pool and counters are written: no lock, no shared line.
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"

#pragma clang diagnostic ignored "-Winvalid-offsetof"

namespace hinge::nucleus {

namespace {

constexpr u64 slot_counter_fast = offsetof(Slot, counters) + offsetof(Slot::Counters, fast_messages);
static_assert(sizeof(Slot::Counters) == 64, "the counters of a CPU: index << 6");
static_assert(sizeof(Capability) == 64, "an entry of a table: index << 6");
static_assert(u32(Error::count_) <= 0x40);

}  // namespace

extern "C" {

[[gnu::naked]] void native_syscall_fast() {
  asm volatile(R"(
	test %%al, %%al
	jnz 2f
	# ---- call: rax = method << 8 | words << 24, rbx = handle, six words in place; rbp, r12..r15 are free
	mov %%rax, %%rbp
	shr $24, %%rbp
	cmp $6, %%rbp
	ja 9f
	cmpl $0, %%gs:%c[cpu_pending]
	jne 9f
	mov %%gs:%c[cpu_activation], %%r12           # the caller
	mov %%ebx, %%r13d
	shr $24, %%r13d
	cmp %c[activation_slot](%%r12), %%r13d
	jne 9f
	mov %c[activation_home](%%r12), %%r13        # the slot whose table it is
	mov %%ebx, %%r14d
	and $0xffffff, %%r14d
	cmp %c[table_used](%%r13), %%r14d
	ja 9f
	shl $6, %%r14
	add %c[table_entries](%%r13), %%r14          # the capability; entry 0 is never of any kind
	cmpb %[kind_portal], %c[cap_kind](%%r14)
	jne 9f
	testb %[right_call], %c[cap_rights](%%r14)
	jz 9f
	mov %c[cap_object](%%r14), %%r15
	imul %[portal_size], %%r15, %%r15
	add %c[core_portals], %%r15
	mov %c[cap_generation](%%r14), %%ebp
	cmp %c[portal_generation](%%r15), %%ebp
	jne 9f
	mov %c[portal_root](%%r15), %%r13
	test %%r13, %%r13
	jz 9f
	mov %%gs:%c[cpu_id], %%r11d
	mov %c[portal_free](%%r15, %%r11, 4), %%ebp
	test %%ebp, %%ebp
	jz 8f
	# ---- nothing can go wrong any more
	imul %[activation_size], %%rbp, %%rbp
	add %c[core_activations], %%rbp              # the callee
	mov %c[activation_next](%%rbp), %%ebx
	mov %%ebx, %c[portal_free](%%r15, %%r11, 4)
	mov %%rcx, %c[activation_rip](%%rbp)
	mov %%gs:%c[cpu_user_rsp], %%rcx
	mov %%rcx, %c[activation_rsp](%%rbp)
	mov %c[portal_home](%%r15), %%rcx            # the slot that is entered
	shl $6, %%r11d
	incq %c[counter_fast](%%rcx, %%r11)
	mov %c[slot_call_entry](%%rcx), %%rcx
	mov %%gs:%c[cpu_thread], %%rbx
	mov %c[activation_index](%%r12), %%r11d
	mov %%r11d, %c[activation_caller](%%rbp)
	mov %c[activation_index](%%rbp), %%r11d
	mov %%r11d, %c[thread_activation](%%rbx)
	mov %c[thread_index](%%rbx), %%r12d
	mov %%r12d, %c[activation_thread](%%rbp)
	mov %c[activation_kernel_stack](%%rbp), %%r11
	mov %%r11, %%gs:%c[cpu_kernel_stack]
	mov %%r11, %%gs:%c[cpu_rsp0]
	mov %%rbp, %%gs:%c[cpu_activation]
	mov %%r13, %c[activation_root](%%rbp)
	mov %%r13, %%gs:%c[cpu_root]
	mov %c[activation_user_stack](%%rbp), %%rsp
	mov %%r13, %%cr3
	mov %c[thread_sequence](%%rbx), %%r13
	mov %c[cap_badge](%%r14), %%rbx
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

	# ---- reply: rax = 1 | words << 24, rbx = status, six words in place
2:	cmp $1, %%al
	ja 9f
	mov %%rax, %%rbp
	shr $24, %%rbp
	cmp $6, %%rbp
	ja 9f
	cmp %[error_count], %%rbx
	jae 9f
	cmpl $0, %%gs:%c[cpu_pending]
	jne 9f
	mov %%gs:%c[cpu_activation], %%r12           # leaves
	cmpq $0, %c[activation_caller_rsp](%%r12)
	jne 9f
	mov %c[activation_caller](%%r12), %%r13d
	test %%r13d, %%r13d
	jz 9f
	imul %[activation_size], %%r13, %%r13
	add %c[core_activations], %%r13              # goes on
	cmpb $0, %c[activation_dead](%%r13)
	jne 9f
	mov %c[activation_portal](%%r12), %%r14d
	imul %[portal_size], %%r14, %%r14
	add %c[core_portals], %%r14
	cmpl $0, %c[portal_waiting](%%r14)
	jne 9f
	# ---- nothing can go wrong any more
	shl $8, %%rbp
	lea (%%rbp, %%rbx), %%rax
	mov %%gs:%c[cpu_thread], %%r15
	mov %c[activation_index](%%r13), %%ebp
	mov %%ebp, %c[thread_activation](%%r15)
	xor %%r15d, %%r15d
	mov %%r15d, %c[activation_thread](%%r12)
	mov %%r15d, %c[activation_caller](%%r12)
	mov %%gs:%c[cpu_id], %%ebx
	mov %c[portal_free](%%r14, %%rbx, 4), %%ebp
	mov %%ebp, %c[activation_next](%%r12)
	mov %c[activation_index](%%r12), %%ebp
	mov %%ebp, %c[portal_free](%%r14, %%rbx, 4)
	mov %%r13, %%gs:%c[cpu_activation]
	mov %c[activation_kernel_stack](%%r13), %%rbp
	mov %%rbp, %%gs:%c[cpu_kernel_stack]
	mov %%rbp, %%gs:%c[cpu_rsp0]
	mov %c[activation_root](%%r13), %%rbp
	mov %%rbp, %%gs:%c[cpu_root]
	mov %c[activation_rip](%%r12), %%rcx
	mov %c[activation_rsp](%%r12), %%rsp
	mov %%rbp, %%cr3
	xor %%ebx, %%ebx
	xor %%ebp, %%ebp
	xor %%r12d, %%r12d
	xor %%r13d, %%r13d
	xor %%r14d, %%r14d
	mov $0x202, %%r11d
	wrfsbase %%r15
	swapgs
	wrgsbase %%r15
	sysretq

8:	mov $0x202, %%r11d                           # the general path wants flags there
9:	jmp native_syscall_target
)"
               :
               : [cpu_pending] "i"(offsetof(Cpu, pending)), [cpu_activation] "i"(offsetof(Cpu, activation)),
                 [cpu_id] "i"(offsetof(Cpu, id)), [cpu_user_rsp] "i"(offsetof(Cpu, user_rsp)), [cpu_thread] "i"(offsetof(Cpu, thread)),
                 [cpu_kernel_stack] "i"(offsetof(Cpu, kernel_stack)), [cpu_rsp0] "i"(offsetof(Cpu, tss) + 4),
                 [cpu_root] "i"(offsetof(Cpu, root)), [core_portals] "i"(&core.portals), [core_activations] "i"(&core.activations),
                 [slot_call_entry] "i"(offsetof(Slot, call_entry)), [counter_fast] "i"(slot_counter_fast),
                 [table_used] "i"(offsetof(Slot, table) + offsetof(CapabilityTable, used)),
                 [table_entries] "i"(offsetof(Slot, table) + offsetof(CapabilityTable, entries)),
                 [cap_kind] "i"(offsetof(Capability, kind)), [cap_rights] "i"(offsetof(Capability, rights)),
                 [cap_object] "i"(offsetof(Capability, object)), [cap_generation] "i"(offsetof(Capability, generation)),
                 [cap_badge] "i"(offsetof(Capability, badge)), [kind_portal] "i"(u32(Kind::portal)),
                 [right_call] "i"(u32(Right::call)), [portal_size] "i"(sizeof(Portal)),
                 [portal_generation] "i"(offsetof(Portal, generation)), [portal_root] "i"(offsetof(Portal, open_root)),
                 [portal_free] "i"(offsetof(Portal, free)), [portal_home] "i"(offsetof(Portal, home)),
                 [portal_cookie] "i"(offsetof(Portal, cookie)), [portal_waiting] "i"(offsetof(Portal, waiting)),
                 [activation_size] "i"(sizeof(Activation)), [activation_slot] "i"(offsetof(Activation, slot)),
                 [activation_home] "i"(offsetof(Activation, home)),
                 [activation_next] "i"(offsetof(Activation, next)), [activation_rip] "i"(offsetof(Activation, return_rip)),
                 [activation_rsp] "i"(offsetof(Activation, return_rsp)), [activation_index] "i"(offsetof(Activation, index)),
                 [activation_caller] "i"(offsetof(Activation, caller)), [activation_thread] "i"(offsetof(Activation, thread)),
                 [activation_kernel_stack] "i"(offsetof(Activation, kernel_stack)),
                 [activation_user_stack] "i"(offsetof(Activation, user_stack)), [activation_root] "i"(offsetof(Activation, root)),
                 [activation_caller_rsp] "i"(offsetof(Activation, caller_rsp)), [activation_dead] "i"(offsetof(Activation, dead)),
                 [activation_portal] "i"(offsetof(Activation, portal)), [thread_activation] "i"(offsetof(Thread, activation)),
                 [thread_index] "i"(offsetof(Thread, index)), [thread_sequence] "i"(offsetof(Thread, sequence)),
                 [error_count] "i"(u32(Error::count_)));
}

}  // extern "C"

}  // namespace hinge::nucleus
