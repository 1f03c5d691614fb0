// Registers as tracers see them (struct user_regs_struct of Linux' uapi/asm/user.h on x86-64).
#pragma once

#include "abi/registers.hpp"

namespace hinge::linux_service::trace {

struct UserRegisters {
  u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, original_rax, rip, cs, rflags, rsp, ss, fs_base, gs_base,
      ds, es, fs, gs;
};
static_assert(sizeof(UserRegisters) == 27 * 8);

constexpr UserRegisters to_user(Registers const& r) {
  return {r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11, r.r10, r.r9, r.r8, r.rax, r.rcx, r.rdx, r.rsi, r.rdi, r.original_rax,
          r.rip, user_cs, r.rflags, r.rsp, user_ss, r.fs_base, r.gs_base, 0, 0, 0, 0};
}

/// What a tracer may set; segments stay as they are.
constexpr void from_user(UserRegisters const& u, Registers& r) {
  r.r15 = u.r15; r.r14 = u.r14; r.r13 = u.r13; r.r12 = u.r12; r.rbp = u.rbp; r.rbx = u.rbx;
  r.r11 = u.r11; r.r10 = u.r10; r.r9 = u.r9; r.r8 = u.r8; r.rax = u.rax; r.rcx = u.rcx;
  r.rdx = u.rdx; r.rsi = u.rsi; r.rdi = u.rdi; r.original_rax = u.original_rax;
  r.rip = u.rip; r.rflags = u.rflags; r.rsp = u.rsp; r.fs_base = u.fs_base; r.gs_base = u.gs_base;
}

}  // namespace hinge::linux_service::trace
