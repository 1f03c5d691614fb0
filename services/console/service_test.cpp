// links: services/console/service.cpp services/console/uart.cpp services/console/line_books.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "services/console/service.hpp"

#include <gtest/gtest.h>

#include "services/console/fake_uart.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::console {
namespace {

constexpr Handle first_ports{100}, second_ports{101}, first_interrupt{200}, second_interrupt{201}, ready{300};

FakeUart uarts[2]{{.base = 0x3f8}, {.base = 0x2f8}};
u32 acknowledged[2], signals, bound[2];

FakeUart* find(u64 handle, u64 port) {
  for (auto& u : uarts)
    if (handle == (&u == uarts ? first_ports : second_ports).raw() && port >= u.base && port < u.base + 8u) return &u;
  return nullptr;
}

class ConsoleTest : public testing::Test {
 protected:
  void SetUp() override {
    uarts[0] = {.base = 0x3f8};
    uarts[1] = {.base = 0x2f8};
    for (auto* counters : {acknowledged, bound}) counters[0] = counters[1] = 0;
    signals = 0;
    ASSERT_TRUE(host::memory_release(no_handle, host::own_slot_base() + layout::slot_vault, 16 * page_bytes));
    using enum native::Number;
    fake_host::replace(port_read, [](u64 handle, u64 port, u64 width, u64 to, u64 count, u64 moved) -> i64 {
      FakeUart* const u = find(handle, port);
      if (u && width == 1 && count) {
        for (u64 i = 0; i < count; ++i) reinterpret_cast<u8*>(to)[i] = u->read(u16(port - u->base));
        *reinterpret_cast<u64*>(moved) += count;
        return 0;
      }
      return u && width == 1 ? i64(u->read(u16(port - u->base))) : -i64(Error::no_rights);
    });
    fake_host::replace(port_write, [](u64 handle, u64 port, u64 width, u64 value, u64 count, u64 moved) -> i64 {
      FakeUart* const u = find(handle, port);
      if (!u || width != 1) return -i64(Error::no_rights);
      if (count) {
        for (u64 i = 0; i < count; ++i) u->write(u16(port - u->base), reinterpret_cast<u8 const*>(value)[i]);
        *reinterpret_cast<u64*>(moved) += count;
        return 0;
      }
      u->write(u16(port - u->base), u8(value));
      return 0;
    });
    fake_host::replace(interrupt_ack, [](u64 handle, u64, u64, u64, u64, u64) -> i64 { return ++acknowledged[handle - 200], 0; });
    fake_host::replace(interrupt_bind, [](u64 handle, u64, u64, u64, u64, u64) -> i64 { return ++bound[handle - 200], 0; });
    fake_host::replace(portal_create, [](u64, u64, u64, u64, u64, u64) -> i64 { return 400; });
    fake_host::replace(event_bind, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
    fake_host::replace(event_signal, [](u64 handle, u64, u64, u64, u64, u64) -> i64 { return signals += handle == ready.raw(), 0; });
    host::hinge_image.provided = provided;
    host::hinge_image.provided_count = 1;
  }
  void start() {
    service.handles = {LineHandles{first_ports, first_interrupt}, LineHandles{second_ports, second_interrupt}};
    service.ready = ready;
    ASSERT_TRUE(service.on(Lifecycle::Start{}, caller));
  }
  Result<u64> write(std::string_view text, u64 line = 0) {
    return console.on(Console::Write{{reinterpret_cast<u64>(text.data()), u32(text.size()), 0}, line}, caller);
  }
  std::string read(u64 line = 0, u32 room = 100) {
    std::string text(room, 0);
    auto const got = console.on(Console::Read{{reinterpret_cast<u64>(text.data()), room, 1}, line}, caller);
    text.resize(got.value_or(0));
    return text;
  }
  /// What the interrupt controller and the nucleus do.
  void interrupts() {
    while (uarts[0].asserted() || uarts[1].asserted()) ASSERT_TRUE(service.on(Interrupts::Fired{1}, caller));
  }

  Service service;
  image::Provided provided[1] = {provide<Interrupts>(service, "interrupts")};
  Port<Console> console{service};
  Caller caller{};
};

TEST_F(ConsoleTest, SendsAFifoAtATimeAndTellsWhenRoomIsMade) {
  start();
  EXPECT_EQ(bound[0], 1u);
  EXPECT_EQ(write("0123456789abcdefghij"), 20u);
  EXPECT_EQ(uarts[0].fifo.size(), uart::fifo_bytes);
  EXPECT_EQ(console.on(Console::Drained{0}, caller).error(), Error::would_block);
  uarts[0].emit();
  interrupts();
  uarts[0].emit();
  interrupts();
  EXPECT_EQ(uarts[0].outgoing, "0123456789abcdefghij");
  EXPECT_EQ(uarts[0].overruns, 0u);
  EXPECT_TRUE(console.on(Console::Drained{0}, caller));
  EXPECT_GT(signals, 0u);
  EXPECT_EQ(uarts[0].enable & uart::enable_transmit, 0);
}

TEST_F(ConsoleTest, DrainedAsksForTheLastInterrupt) {
  start();
  write("x");
  EXPECT_EQ(console.on(Console::Drained{0}, caller).error(), Error::would_block);
  uarts[0].emit();
  interrupts();
  EXPECT_EQ(signals, 1u);
  EXPECT_TRUE(console.on(Console::Drained{0}, caller));
}

TEST_F(ConsoleTest, AnInstantTransmitterNeedsNoInterrupt) {
  uarts[1].instant = true;
  start();
  std::string const text(1000, 'y');
  EXPECT_EQ(write(text, 1), 1000u);
  EXPECT_EQ(uarts[1].outgoing, text);
  EXPECT_FALSE(uarts[1].asserted());
}

TEST_F(ConsoleTest, FullQueueBlocksAndDiscardForgets) {
  start();
  std::string const text(10000, 'z');
  u64 const taken = write(text).value();
  EXPECT_EQ(taken + write(text).value_or(0), 8192u + uart::fifo_bytes);
  EXPECT_EQ(write("q").error(), Error::would_block);
  EXPECT_TRUE(console.on(Console::Discard{0}, caller));
  EXPECT_EQ(write("q"), 1u);
}

TEST_F(ConsoleTest, ReceivesRawBytesAndSignals) {
  start();
  EXPECT_EQ(read(), "");
  uarts[0].type(std::string{"\0\r\n\xff\x03", 5});
  interrupts();
  EXPECT_EQ(signals, 1u);
  EXPECT_EQ(acknowledged[0], 1u);
  EXPECT_EQ(read(0, 3), (std::string{"\0\r\n", 3}));
  EXPECT_EQ(read(), "\xff\x03");
}

TEST_F(ConsoleTest, HoldsTheOtherEndUpInsteadOfDropping) {
  start();
  std::string sent;
  for (int i = 0; i < 10000; ++i) sent += char('a' + i % 26);
  uarts[0].type(sent);
  interrupts();
  EXPECT_EQ(uarts[0].incoming.size(), 10000u - 4096u);
  std::string got;
  for (std::string piece; !(piece = read(0, 333)).empty();) {
    got += piece;
    interrupts();
  }
  EXPECT_EQ(got, sent);
}

TEST_F(ConsoleTest, WhatItHasAcceptedOutlivesIt) {
  start();
  caller = {.thread = 7, .sequence = 3};
  std::string const text = "accepted, but the transmitter is slow";
  EXPECT_EQ(write(text), text.size());
  uarts[0].type("typed");
  interrupts();

  Service next;   // its vault is the other's
  next.handles = service.handles;
  next.ready = ready;
  caller.reason = Reason::repeated;
  ASSERT_TRUE(next.on(Lifecycle::Start{0, 0, 0, 0, 1}, caller));
  EXPECT_GT(signals, 0u);
  Console::Write const again{{reinterpret_cast<u64>(text.data()), u32(text.size()), 0}, 0};
  EXPECT_EQ(next.on(again, caller), text.size()) << "asked again, it is answered again";
  for (int i = 0; i < 8; ++i) {
    uarts[0].emit();
    while (uarts[0].asserted()) ASSERT_TRUE(next.on(Interrupts::Fired{1}, caller));
  }
  EXPECT_EQ(uarts[0].outgoing, text) << "and sent once";
  char got[8] = {};
  Console::Read const read_request{{reinterpret_cast<u64>(got), sizeof got, 1}, 0};
  EXPECT_EQ(next.on(read_request, caller), 5u);
  EXPECT_EQ(next.on(read_request, caller), 5u) << "its answer was lost";
  EXPECT_STREQ(got, "typed");
  caller.reason = Reason::first;
  EXPECT_EQ(next.on(read_request, caller).error(), Error::would_block);
}

TEST_F(ConsoleTest, AMissingUartIsNotThere) {
  uarts[1].present = false;
  start();
  EXPECT_EQ(console.on(Console::Lines{}, caller)->present, 1u);
  EXPECT_EQ(bound[1], 0u);
  EXPECT_EQ(write("x", 1).error(), Error::not_found);
  EXPECT_EQ(write("x", 77).error(), Error::not_found);
}

TEST_F(ConsoleTest, WithoutAnyUartItStillStarts) {
  uarts[0].present = uarts[1].present = false;
  start();
  EXPECT_EQ(console.on(Console::Lines{}, caller)->present, 0u);
}

TEST_F(ConsoleTest, ReadIntoAReadOnlyBufferTakesNothing) {
  start();
  uarts[0].type("a");
  interrupts();
  char c = 0;
  EXPECT_EQ(console.on(Console::Read{{reinterpret_cast<u64>(&c), 1, 0}, 0}, caller).error(), Error::no_rights);
  EXPECT_EQ(read(), "a");
}

}  // namespace
}  // namespace hinge::console
