// User side: where the nucleus enters this image, and how this image enters the nucleus. Conventions: abi/native.hpp
// and abi/linux_entry.hpp.

.set number_call, 0
.set number_reply, 1
.set max_words_bytes, 512
.set caller_deadline, 16           // in Caller
.set timed_call_bit, 41
.set linux_handle, 104             // in image::Header
.set action_block, 0x200

.text

// rax = method | words_in << 16 | long << 24, rbx = badge, rbp = thread | reason << 32, r12 = deadline, r13 = sequence,
// r14 = cookie, six words in registers, or 64 at rsp in a long call.
// The common case is dispatched here: at most six words each way, the reply in whole words. The rest, and whatever is
// wrong with a request, is host::handle_message's business.
.set provided_methods, 8
.set provided_shapes, 16
.set provided_instance, 24
.set provided_method_count, 32
.global hinge_call_entry
hinge_call_entry:
	push %r9
	push %r8
	push %r10
	push %rdx
	push %rsi
	push %rdi
	mov %rsp, %rsi                // request, and room for the reply
	push %r13                     // Caller
	push %r12
	push %rbp
	push %rbx
	movzwl %ax, %ecx
	shr $16, %eax                 // words_in | long << 8
	cmp provided_method_count(%r14), %ecx
	jae general
	mov provided_shapes(%r14), %rdx
	mov (%rdx,%rcx,4), %r12d      // request_words | reply_words << 8 | reply_tail << 16
	movzbl %r12b, %edx
	cmp %edx, %eax
	jne general
	shr $8, %r12d
	cmp $6, %r12d                 // neither more than six words nor a tail
	ja general
	mov provided_methods(%r14), %rax
	mov provided_instance(%r14), %rdi
	mov %rsi, %rdx
	mov (%rax,%rcx,8), %rax
	mov %rsp, %rcx
	call *%rax
	movzbl %al, %ebx              // status
	mov %r12d, %eax
	test %ebx, %ebx
	jnz failed
answer:
	shl $8, %eax
	or $number_reply, %eax
	add $32, %rsp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %r10
	pop %r8
	pop %r9
	syscall
	ud2

failed:                               // no words
	xor %eax, %eax
	jmp answer

general:                              // ecx = method, eax = words_in | long << 8, rsi = words
	mov %rsi, %r12
	bt $8, %eax
	jnc 1f
	add $48, %r12                 // the 64 words that came lie above the six registers
1:	mov %r14, %rdi
	movzbl %al, %edx
	and $0x100, %eax
	shl $8, %eax                  // bit 16: room for 64 words
	or %eax, %edx
	mov %eax, %r13d
	mov %ecx, %esi
	mov %r12, %rcx
	mov %rsp, %r8
	call hinge_handle_message
	movzbl %al, %ebx
	shr $8, %eax
	test %r13d, %r13d
	jz answer
	shl $8, %eax
	or $number_reply, %eax
	mov %r12, %rdi
	syscall
	ud2

// rdi, rsi, rdx, r10, r8, r9 = arguments, rax = number, rbx = the thread's cookie.
.global hinge_linux_entry
hinge_linux_entry:
	push %r9
	push %r8
	push %r10
	push %rdx
	push %rsi
	push %rdi
	mov %rsp, %rdx
	mov %rbx, %rdi
	mov %rax, %rsi
	call *hinge_image+linux_handle(%rip)
	mov %rax, %rbx
	mov %rdx, %rdi
	cmp $action_block, %edx
	je 1f
2:	mov $number_reply, %eax
	syscall
	ud2
1:	mov 0(%rax), %esi             // Wait
	mov 8(%rax), %rdx
	mov 16(%rax), %r10
	jmp 2b

// u64 hinge_process_call(Handle portal, u32 method, u32 words_in, u64* words, Caller const&); see host::Table::call.
.global hinge_process_call
hinge_process_call:
	push %rbp
	mov %rsp, %rbp
	push %rbx
	push %r12
	push %rcx
	mov %edi, %ebx
	movzbl %dl, %eax
	shl $16, %eax
	or %esi, %eax
	shl $8, %eax                  // method << 8 | words << 24
	mov %edx, %r11d
	shr $8, %r11d
	shl $32, %r11                 // buffers << 32, and the long bit 16 lands on bit 40
	or %r11, %rax
	mov caller_deadline(%r8), %r12
	cmp $-1, %r12
	je 3f
	bts $timed_call_bit, %rax
3:
	mov %rcx, %rdi
	bt $16, %edx
	jc 1f
	mov 8(%rcx), %rsi
	mov 16(%rcx), %rdx
	mov 24(%rcx), %r10
	mov 32(%rcx), %r8
	mov 40(%rcx), %r9
	mov 0(%rcx), %rdi
	syscall
	mov (%rsp), %rcx
	mov %rdi, 0(%rcx)
	mov %rsi, 8(%rcx)
	mov %rdx, 16(%rcx)
	mov %r10, 24(%rcx)
	mov %r8, 32(%rcx)
	mov %r9, 40(%rcx)
	jmp 2f
1:	syscall
2:	pop %rcx
	pop %r12
	pop %rbx
	pop %rbp
	ret

// usize hinge_copy(void* to, void const* from, usize bytes): returns the bytes left when a page cannot be had. Words
// first; where one of them faults, bytes go on up to the page that is missing. r9: the unit that is moved.
.global hinge_copy
hinge_copy:
	mov %rdx, %rcx
	mov %rdx, %r10
	shr $3, %rcx
	and $7, %r10d
	mov $8, %r9d
.global hinge_copy_begin
hinge_copy_begin:
	rep movsq
	mov %r10, %rcx
	mov $1, %r9d
copy_bytes:
	rep movsb
	mov %rcx, %rax
	ret

// u32 hinge_exchange(u32* user, u32 expected, u32 desired, u32* old): 0 done, 1 faulted.
.global hinge_exchange
hinge_exchange:
	mov %rcx, %r8
	mov %esi, %eax
	mov $1, %ecx
	mov $1, %r9d
	lock cmpxchg %edx, (%rdi)
	mov %eax, (%r8)
	xor %eax, %eax
	ret
.global hinge_copy_end
hinge_copy_end:
.global hinge_copy_fixup
hinge_copy_fixup:
	cmp $8, %r9d
	jne 1f
	lea (%r10,%rcx,8), %rcx
	mov $1, %r9d
	jmp copy_bytes
1:	mov %rcx, %rax
	ret

.section .note.GNU-stack, "", @progbits
