#include "tests/nucleus/user_mode.hpp"

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/boot/early.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {
namespace {

constexpr u64 user_page = 0x40'0000;
constexpr u64 odd_gs = layout::direct_map + 0x1234;
// xor eax, eax; 1: inc rbx; test eax, eax; jz 1b; ud2
constexpr u8 count_until_eax[] = {0x31, 0xc0, 0x48, 0xff, 0xc3, 0x85, 0xc0, 0x74, 0xf9, 0x0f, 0x0b};
// mov al, [rdi]; ud2
constexpr u8 read_rdi[] = {0x8a, 0x07, 0x0f, 0x0b};

struct Excursion {
  u64 kernel_rsp;
  TrapFrame seen;
  u8 vector;
  u32 user_works;
};
constinit Excursion out{};

u64 flags_now() {
  u64 flags;
  asm volatile("pushfq; pop %0" : "=r"(flags));
  return flags;
}

/// Maps a fresh page for ring 3: the tables above it have to say so, too.
void* map_user_page() {
  early_map(user_page, early_frame(), pte::user);
  auto* table = direct<u64>(boot_info().root);
  for (u32 level = 3; level > 0; --level) {
    u64& entry = table[user_page >> (page_shift + 9 * level) & 511];
    entry |= pte::user;
    table = direct<u64>(PhysAddr{entry & pte::frame_mask});
  }
  write_cr3(read_cr3());
  return direct(PhysAddr{table[user_page >> page_shift & 511] & pte::frame_mask});
}

/// Enters ring 3 with `frame`; comes back when user_exception sees the thread fault.
extern "C" void excursion(TrapFrame const& frame, u64& kernel_rsp);
extern "C" char const back_from_user[];
asm(R"(
.pushsection .text.excursion, "ax", @progbits
excursion:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rsi)
  mov %rdi, %rsp
  jmp trap_return
back_from_user:
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
.popsection
)");

void expect(bool holds, char const* what) {
  if (!holds) panic("user mode: {}", what);
}

}  // namespace

bool user_exception(TrapFrame& frame, u8 v) {
  if (!frame.from_user()) return false;
  expect(cpu().self == &cpu_by_id(cpu().id), "the kernel's GS base in a trap");
  expect((flags_now() & rflags::alignment) == 0, "AC is clear in a trap");
  expect(reinterpret_cast<u64>(&frame + 1) == whole_cpu().tss.rsp0(), "the frame ends at the kernel stack's top");
  out.seen = frame;
  out.vector = v;
  frame.cs = kernel_cs;
  frame.ss = kernel_ss;
  frame.rflags = rflags::fixed;
  frame.rip = reinterpret_cast<u64>(back_from_user);
  frame.rsp = out.kernel_rsp;
  return true;
}

void note_timer_in_user_mode() {
  expect((flags_now() & rflags::alignment) == 0, "AC is clear in an interrupt");
  cpu().pending |= 1;
}

void user_work(TrapFrame& frame) {
  ++out.user_works;
  cpu().pending = 0;
  frame.rax = 1;
}

void check_user_mode() {
  early_map_stack(first_free_kernel_stack);
  set_kernel_stack(kernel_stack_top(first_free_kernel_stack));
  auto* const code = static_cast<u8*>(map_user_page());
  write_user_gs_base(odd_gs);
  TrapFrame f{};
  f.rip = user_page;
  f.cs = user_cs;
  f.ss = user_ss;
  f.rsp = user_page + page_bytes;
  f.rflags = rflags::fixed | rflags::interrupts | rflags::alignment;

  memory::copy(code, count_until_eax, sizeof count_until_eax);
  arm_timer(now_ns() + 30'000'000);
  excursion(f, out.kernel_rsp);
  expect(out.vector == vector::undefined && out.seen.rip == user_page + sizeof count_until_eax - 2, "ends at its ud2");
  expect(out.user_works == 1 && out.seen.rax == 1, "before_user ran once");
  expect(out.seen.original_rax == ~u64{0} && (out.seen.rflags & rflags::alignment) != 0, "the frame is whole");
  expect(read_user_gs_base() == odd_gs && cpu().self == &cpu_by_id(cpu().id), "both GS bases are back");
  log("user mode counted to {}", out.seen.rbx);

  memory::copy(code, read_rdi, sizeof read_rdi);
  f.rdi = layout::direct_map + 0x10'0000;
  excursion(f, out.kernel_rsp);
  expect(out.vector == vector::page_fault && out.seen.rip == user_page && out.seen.vector_error == 5, "kernel memory faults");

  bool const smap = features().smap;
  u64 readable = 1;
  asm volatile("1: movb (%1), %%al\n movl $0, %k0\n 2:\n" HINGE_FIXUP("1b", "2b") : "+r"(readable) : "r"(user_page) : "rax");
  expect((readable == 1) == smap, "ring 0 reads user memory only without SMAP");
  UserAccess const access;
  asm volatile("movb (%0), %%al" : : "r"(user_page) : "rax");
}

}  // namespace hinge::nucleus
