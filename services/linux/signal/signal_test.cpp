// Sets of signals, the order in which pending ones are taken, and the place and content of frames.
// links: services/linux/signal/pending.cpp services/linux/signal/frame.cpp services/linux/signal/handlers.cpp
// links: services/linux/signal/exception_signal.cpp host/heap.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include <gtest/gtest.h>

#include "services/linux/signal/exception.hpp"
#include "services/linux/signal/frame.hpp"
#include "services/linux/signal/pending.hpp"

namespace hinge::linux_service {
namespace {

TEST(SignalSet, IsLinuxLayout) {
  EXPECT_EQ(SignalSet::of(Signal::hangup).bits(), 1u);
  EXPECT_EQ(SignalSet::of(Signal::last).bits(), u64{1} << 63);
  EXPECT_EQ((SignalSet::all() - unblockable).has(Signal::kill), false);
  EXPECT_EQ(SignalSet{}.lowest(), Signal::none);
  EXPECT_EQ(SignalSet::of(Signal::user2, Signal::child).lowest(), Signal::user2);
}

TEST(Pending, StandardSignalsOnceRealTimeInOrder) {
  PendingSignals p;
  SignalInfo info;
  EXPECT_TRUE(p.add(from_user(Signal::user1, 0, 10, 0), 8));
  EXPECT_TRUE(p.add(from_user(Signal::user1, 0, 11, 0), 8));
  auto const real_time = Signal(34);
  for (i32 i = 0; i < 3; ++i) EXPECT_TRUE(p.add(from_user(real_time, signal_code::queue, i, 0), 8));
  ASSERT_TRUE(p.take(SignalSet::all(), info));
  EXPECT_EQ(info.number(), Signal::user1);
  EXPECT_EQ(info.fields.sender.pid, 10);
  for (i32 i = 0; i < 3; ++i) {
    ASSERT_TRUE(p.take(SignalSet::all(), info));
    EXPECT_EQ(info.fields.sender.pid, i);
  }
  EXPECT_FALSE(p.take(SignalSet::all(), info));
}

TEST(Pending, FaultsComeFirstAndMasksHold) {
  PendingSignals p;
  SignalInfo info;
  (void)p.add(from_kernel(Signal::hangup), 8);
  (void)p.add(from_fault(Signal::segment, signal_code::segment_unmapped, 0x1234), 8);
  EXPECT_FALSE(p.take(SignalSet::of(Signal::terminate), info));
  ASSERT_TRUE(p.take(SignalSet::all(), info));
  EXPECT_EQ(info.number(), Signal::segment);
  EXPECT_EQ(info.fields.fault.address, 0x1234u);
  p.discard(SignalSet::of(Signal::hangup));
  EXPECT_TRUE(p.set().empty());
}

TEST(Pending, RealTimeSignalsHaveALimit) {
  PendingSignals p;
  EXPECT_TRUE(p.add(from_kernel(Signal(40)), 1));
  EXPECT_EQ(p.add(from_kernel(Signal(40)), 1).error(), Errno::again);
  EXPECT_TRUE(p.add(from_kernel(Signal::interrupt), 1));
}

TEST(Frame, PlaceKeepsRedZoneAndAlignment) {
  for (u64 sp = 0x7000'0000; sp < 0x7000'0100; sp += 8) {
    FramePlace const p = place_frame(sp, {}, false, 512);
    EXPECT_EQ(p.frame % 16, 8u);
    EXPECT_EQ(p.floating % 64, 0u);
    EXPECT_LE(p.floating + 512, sp - 128);
    EXPECT_LE(p.frame + sizeof(SignalFrame), p.floating);
    EXPECT_TRUE(p.fits);
  }
}

TEST(Frame, AlternateStack) {
  AlternateStack const s{.sp = 0x5000'0000, .flags = 0, .bytes = 8192};
  FramePlace p = place_frame(0x7000'0000, s, true, 512);
  EXPECT_GT(p.frame, s.sp);
  EXPECT_LE(p.floating + 512, s.sp + s.bytes);
  p = place_frame(0x5000'1000, s, true, 512);  // Already on it: goes on below.
  EXPECT_LT(p.frame, 0x5000'1000u);
  EXPECT_TRUE(p.fits);
  EXPECT_FALSE(place_frame(0x5000'0200, s, true, 512).fits);
  EXPECT_FALSE(place_frame(0x100, {}, false, 512).fits);
  EXPECT_LT(place_frame(0x7000'0000, s, false, 512).frame, 0x7000'0000u);
}

TEST(Frame, ContextRoundTripKeepsPrivilegedFlags) {
  Registers r{};
  r.rax = 1, r.rdi = 2, r.r15 = 3, r.rip = 0x401000, r.rsp = 0x7000, r.rflags = 0x202;
  SignalContext c;
  to_context(r, c);
  EXPECT_EQ(c.cs, user_cs);
  EXPECT_EQ(c.ss, user_ss);
  c.eflags = ~u64{0};
  Registers back{};
  back.rflags = 0x202;
  from_context(c, back);
  EXPECT_EQ(back.rip, r.rip);
  EXPECT_EQ(back.r15, r.r15);
  EXPECT_EQ(back.rflags & (3 << 12), 0u);      // IOPL
  EXPECT_EQ(back.rflags & (1 << 17), 0u);      // VM
  EXPECT_NE(back.rflags & 0x200, 0u);          // IF stays.
  EXPECT_EQ(back.original_rax, ~u64{0});
}

TEST(Exceptions, BecomeSignals) {
  EXPECT_EQ(signal_for_exception(0, 0x40).number(), Signal::floating);
  EXPECT_EQ(signal_for_exception(0, 0x40).code, signal_code::divide_by_zero);
  EXPECT_EQ(signal_for_exception(0, 0x40).fields.fault.address, 0x40u);
  EXPECT_EQ(signal_for_exception(6, 0).number(), Signal::illegal);
  EXPECT_EQ(signal_for_exception(3, 0).number(), Signal::trap);
  EXPECT_EQ(signal_for_exception(13, 0).number(), Signal::segment);
}

}  // namespace
}  // namespace hinge::linux_service
