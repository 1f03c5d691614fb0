// Entry and exit of exceptions and interrupts. Each vector has a stub that pushes its number where TrapFrame keeps
// original_rax; the rest is common. Word offsets are TrapFrame's (trap.hpp), %gs offsets are Cpu's (cpu.hpp).
//
// GS: from ring 3 it is swapped. NMI, double fault and machine check can hit ring 0 while the user's GS is still or
// already loaded (at SYSCALL, before IRETQ), and with FSGSBASE its value tells nothing; so they run on stacks of their
// own that hold the Cpu's address above the frame, save GS, load it, and put it back. Debug exceptions need no such
// care as long as the debug registers are disarmed.

#include "nucleus/arch/x86_64/frame.inc"

#define ORIGINAL_RAX (15 * 8)
#define RIP (17 * 8)
#define CS (18 * 8)
#define RFLAGS (19 * 8)
#define FRAME_BYTES (22 * 8)
#define CPU_ABOVE_FRAME (FRAME_BYTES + 8)
#define CPU_PENDING 56
#define MSR_GS_BASE 0xc0000101
#define AC_BYTE 2
#define AC_BIT 4

.macro save_registers
  push_general
  cld
  // The gate leaves AC as it was; ring 0 must not run with SMAP suspended. (CLAC does not exist everywhere.)
  testb $AC_BIT, RFLAGS + AC_BYTE(%rsp)
  jz 8f
  pushfq
  andb $~AC_BIT, AC_BYTE(%rsp)
  popfq
8:
.endm

.macro restore_registers
  pop_general
  add $16, %rsp
.endm

// Calls trap(frame, vector), with a link in the frame-pointer chain that leads to what was interrupted.
.macro call_trap
  mov %rsp, %rdi
  movzbl ORIGINAL_RAX(%rsp), %esi
  movq $-1, ORIGINAL_RAX(%rsp)
  pushq RIP(%rsp)
  push %rbp
  mov %rsp, %rbp
  call trap
  add $16, %rsp
.endm

.section .text.trap_entry, "ax", @progbits
.globl trap_return
trap_common:
  save_registers
  testb $3, CS(%rsp)
  jz 1f
2:
  swapgs
3:
  call_trap
trap_return:
  testb $3, CS(%rsp)
  jz 5f
4:
  cmpl $0, %gs:CPU_PENDING
  jne 6f
  swapgs
5:
  restore_registers
trap_iretq:
  iretq
6:
  mov %rsp, %rdi
  xor %ebp, %ebp
  call trap_before_user
  jmp 4b
1:
  // A fault of the IRETQ above: a ring-0 frame, but the user's GS is back already.
  cmpq $trap_iretq, RIP(%rsp)
  je 2b
  jmp 3b

trap_paranoid:
  save_registers
  mov $MSR_GS_BASE, %ecx
  rdmsr
  mov %eax, %r12d
  mov %edx, %r13d
  mov CPU_ABOVE_FRAME(%rsp), %rax
  mov %rax, %rdx
  shr $32, %rdx
  wrmsr
  call_trap
  mov $MSR_GS_BASE, %ecx
  mov %r12d, %eax
  mov %r13d, %edx
  wrmsr
  restore_registers
  iretq

.macro stub number
  // Vectors for which the processor pushes an error code: 8, 10-14, 17, 21, 29, 30.
  9:
  .if (\number >= 32) || (((0x60227d00 >> (\number & 31)) & 1) == 0)
  pushq $0
  .endif
  pushq $\number
  .if (\number == 2) || (\number == 8) || (\number == 18)
  jmp trap_paranoid
  .else
  jmp trap_common
  .endif
  .pushsection .rodata.trap_stubs, "a", @progbits
  .quad 9b
  .popsection
.endm

.pushsection .rodata.trap_stubs, "a", @progbits
.globl trap_stubs
.align 8
trap_stubs:
.popsection

.altmacro
.macro numbered_stub n
  stub \n
.endm
.set number, 0
.rept 256
  numbered_stub %number
  .set number, number + 1
.endr
