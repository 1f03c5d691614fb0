// links: host/message.cpp tests/support/fake_host.cpp
#include <gtest/gtest.h>

#include <cstring>

#include "host/image.hpp"
#include "iface/calls.hpp"

namespace hinge {
namespace {

struct Sums {
  struct Add { using Reply = u64; u64 a, b; };
  struct Short { struct Reply { u32 a, b, c; }; };
  struct Fail { using Reply = Unit; u32 code, reserved; };
  using List = Calls<Add, Short, Fail>;
};

struct Server {
  Result<u64> on(Sums::Add const& r, Caller const&) { return r.a + r.b; }
  Result<Sums::Short::Reply> on(Sums::Short const&, Caller const&) { return Sums::Short::Reply{1, 2, 3}; }
  Result<> on(Sums::Fail const& r, Caller const&) { return fail(Error(u8(r.code))); }
};

class Message : public testing::Test {
 protected:
  u64 send(u32 method, u32 words_in) { return host::handle_message(&provided_, method, words_in, words_, Caller{}); }
  Server server_;
  image::Provided provided_ = provide<Sums>(server_, "sums");
  u64 words_[native::max_words] = {};
};

TEST_F(Message, CarriesRequestAndReply) {
  words_[0] = 40;
  words_[1] = 2;
  EXPECT_EQ(send(0, 2), 1u << 8);
  EXPECT_EQ(words_[0], 42u);
}

TEST_F(Message, ZeroesWhatTheReplyDoesNotFill) {
  std::memset(words_, 0xff, sizeof words_);
  EXPECT_EQ(send(1, 0), 2u << 8);
  EXPECT_EQ(words_[0], u64{2} << 32 | 1);
  EXPECT_EQ(words_[1], 3u);
}

TEST_F(Message, PassesErrorsOn) {
  words_[0] = u64(Error::no_space);
  EXPECT_EQ(send(2, 1), u64(Error::no_space));
}

TEST_F(Message, RefusesWhatTheInterfaceDoesNotHave) {
  EXPECT_EQ(send(3, 0), u64(Error::not_supported));
  EXPECT_EQ(send(~0u, 0), u64(Error::not_supported));
  EXPECT_EQ(send(0, 1), u64(Error::invalid));
  EXPECT_EQ(send(0, ~0u), u64(Error::invalid));
}

}  // namespace
}  // namespace hinge
