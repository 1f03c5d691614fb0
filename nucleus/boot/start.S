// Where the machine enters: the boot CPU by the PVH protocol (Xen's docs/misc/pvh.pandoc) in 32-bit mode with paging
// off and ebx = start information; the others by SIPI in real mode, on a copy of the trampoline below 1 MiB. Both reach
// 64-bit mode on the static tables here, which map the first GiB at 0, at the direct map and at -2 GiB.

#define IMAGE_OFFSET 0xffffffff80000000
#define CODE 0x10
#define STACK 0x18
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define CR0_PG_WP_ET_PE 0x80010011
#define CR4_PAE 0x20
#define PRESENT_WRITABLE 3
#define PRESENT_WRITABLE_LARGE 0x83

.section .note.pvh, "a", @note
  .align 4
  .long 4, 8, 18          // Name and descriptor lengths, XEN_ELFNOTE_PHYS32_ENTRY.
  .asciz "Xen"
  .quad pvh_start         // QEMU reads eight bytes from a 64-bit image.

.section .boot, "ax", @progbits
.code32
.globl pvh_start
pvh_start:
  cli
  cld
  mov $CR4_PAE, %eax
  mov %eax, %cr4
  mov $(boot_root - IMAGE_OFFSET), %eax
  mov %eax, %cr3
  mov $MSR_EFER, %ecx
  rdmsr
  or $EFER_LME_NXE, %eax
  wrmsr
  mov $CR0_PG_WP_ET_PE, %eax
  mov %eax, %cr0
  lgdt boot_gdt_register
  ljmp $CODE, $1f
.code64
1:
  mov $STACK, %eax
  mov %eax, %ss
  movabs $boot_stack_end, %rsp
  mov %ebx, %edi
  xor %ebp, %ebp
  movabs $boot_main, %rax
  call *%rax
  ud2

.align 8
boot_gdt:
  .quad 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_register:
  .word . - boot_gdt - 1
  .long boot_gdt

// Copied to a page below 1 MiB; `code16` and what follows address it relative to that page's start.
.section .rodata.trampoline, "a", @progbits
.globl trampoline_begin, trampoline_end, trampoline_parameters
.align 16
.code16
trampoline_begin:
  cli
  cld
  mov %cs, %ax
  mov %ax, %ds
  mov $CR4_PAE, %eax
  mov %eax, %cr4
  mov parameter_boot_root - trampoline_begin, %eax
  mov %eax, %cr3
  mov $MSR_EFER, %ecx
  rdmsr
  or $EFER_LME_NXE, %eax
  wrmsr
  lgdtl parameter_gdt_register - trampoline_begin
  mov $CR0_PG_WP_ET_PE, %eax
  mov %eax, %cr0
  ljmpl *(parameter_entry - trampoline_begin)
.code64
trampoline_entry:
  mov $STACK, %eax
  mov %eax, %ss
  mov parameter_root(%rip), %rax
  mov parameter_stack(%rip), %rbx
  mov parameter_cpu(%rip), %rdi
  movabs $ap_start, %rcx
  jmp *%rcx

// struct TrampolineParameters in smp.cpp.
.align 8
trampoline_parameters:
parameter_root: .quad 0
parameter_stack: .quad 0
parameter_cpu: .quad 0
parameter_boot_root: .long boot_root - IMAGE_OFFSET
parameter_entry: .long trampoline_entry - trampoline_begin
  .word CODE
parameter_gdt_register:
  .word 4 * 8 - 1
  .long trampoline_gdt - trampoline_begin
.align 8
trampoline_gdt:
  .quad 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
trampoline_end:

.section .text.ap_start, "ax", @progbits
ap_start:
  mov %rax, %cr3
  mov %rbx, %rsp
  xor %ebp, %ebp
  call ap_main
  ud2

// Leaves the start-up stack for good: rdi = the new stack's top, rsi = where to go on. Never returns.
.globl continue_on_stack
continue_on_stack:
  mov %rdi, %rsp
  xor %ebp, %ebp
  call *%rsi
  ud2

.section .data.boot_tables, "aw", @progbits
.globl boot_root
.align 4096
boot_root:
  .quad boot_low - IMAGE_OFFSET + PRESENT_WRITABLE
  .fill 255, 8, 0
  .quad boot_low - IMAGE_OFFSET + PRESENT_WRITABLE
  .fill 254, 8, 0
  .quad boot_high - IMAGE_OFFSET + PRESENT_WRITABLE
boot_low:
  .quad boot_gigabyte - IMAGE_OFFSET + PRESENT_WRITABLE
  .fill 511, 8, 0
boot_high:
  .fill 510, 8, 0
  .quad boot_gigabyte - IMAGE_OFFSET + PRESENT_WRITABLE
  .fill 1, 8, 0
boot_gigabyte:
  .set page, 0
  .rept 512
  .quad page + PRESENT_WRITABLE_LARGE
  .set page, page + 0x200000
  .endr

.section .bss.boot_stack, "aw", @nobits
.align 16
  .skip 16384
boot_stack_end:
