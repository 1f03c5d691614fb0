// links: services/linux/tty/discipline.cpp services/linux/tty/editing.cpp services/linux/tty/output.cpp
// What is typed, what is echoed, what reads return, what signals are raised. The table's values are checked against a
// pseudo-terminal of the Linux that the test itself runs on, and so is random typing under random settings.
#include "services/linux/tty/discipline.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace hinge::linux_service {
namespace {

using namespace std::string_literals;
using Lines = std::vector<std::string>;

struct Case {
  char const* name;
  std::function<void(Termios&)> tweak;
  std::string typed;
  std::string echoed;
  Lines read;              ///< Each read with a large buffer; "<eof>" for the end of file.
  std::string signals = {};
};

std::string drain(Discipline& d) {
  std::string text(20000, 0);
  text.resize(d.output.pop({reinterpret_cast<u8*>(text.data()), text.size()}));
  return text;
}

Lines reads(Discipline& d, usize room = 5000) {
  Lines lines;
  while (d.readable()) {
    std::string text(room, 0);
    auto const taken = d.take({reinterpret_cast<u8*>(text.data()), text.size()});
    text.resize(taken.bytes);
    lines.push_back(taken.bytes == 0 && taken.complete ? "<eof>" : text);
  }
  return lines;
}

std::string type(Discipline& d, std::string const& text) {
  Discipline::Effects e;
  std::span<u8 const> const bytes{reinterpret_cast<u8 const*>(text.data()), text.size()};
  EXPECT_EQ(d.receive(bytes, e), bytes.size());
  return (e.interrupt ? "INT "s : "") + (e.quit ? "QUIT " : "") + (e.suspend ? "TSTP " : "");
}

void off(Termios& t, u32 flags) { t.local &= ~flags; }
void raw(Termios& t) {
  t.input = t.output = 0;
  t.local = 0;
}

using namespace local_flag;
namespace in = input_flag;
namespace out = output_flag;

Case const cases[] = {
    {"line", {}, "abc\r", "abc\r\n", {"abc\n"}},
    {"two lines", {}, "a\nb\n", "a\r\nb\r\n", {"a\n", "b\n"}},
    {"incomplete", {}, "abc", "abc", {}},
    {"erase", {}, "ab\x7f" "c\n", "ab\b \bc\r\n", {"ac\n"}},
    {"erase at start", {}, "\x7f" "a\n", "a\r\n", {"a\n"}},
    {"erase control", {}, "a\x01\x7f\n", "a^A\b \b\b \b\r\n", {"a\n"}},
    {"erase tab", {}, "ab\t\x7f" "c\n", "ab\t\b\b\b\b\b\bc\r\n", {"abc\n"}},
    {"erase second tab", {}, "\t\t\x7f\n", "\t\t\b\b\b\b\b\b\b\b\r\n", {"\t\n"}},
    {"erase without echoe", [](Termios& t) { off(t, echo_erase); }, "ab\x7f\n", "ab^?\r\n", {"a\n"}},
    {"erase without echo", [](Termios& t) { off(t, echo); }, "ab\x7f\n", "", {"a\n"}},
    {"echo newline only", [](Termios& t) { off(t, echo); t.local |= echo_nl; }, "ab\n", "\r\n", {"ab\n"}},
    {"erase printing", [](Termios& t) { t.local |= echo_printed; }, "abc\x7f\x7f" "d\n", "abc\\cb/d\r\n", {"ad\n"}},
    {"erase utf8", [](Termios& t) { t.input |= in::utf8; }, "a\xc3\xa9\x7f\n", "a\xc3\xa9\b \b\r\n", {"a\n"}},
    {"erase bytes", {}, "a\xc3\xa9\x7f\n", "a\xc3\xa9\b \b\r\n", {"a\xc3\n"}},
    {"kill", {}, "abc\x15" "d\n", "abc\b \b\b \b\b \bd\r\n", {"d\n"}},
    {"kill without echoke", [](Termios& t) { off(t, echo_kill_erase); }, "abc\x15" "d\n", "abc^U\r\nd\r\n", {"d\n"}},
    {"word erase", {}, "foo bar \x17\n", "foo bar \b \b\b \b\b \b\b \b\r\n", {"foo \n"}},
    {"word erase to start", {}, "foo\x17x\n", "foo\b \b\b \b\b \bx\r\n", {"x\n"}},
    {"no word erase without iexten", [](Termios& t) { off(t, extended); }, "a\x17\n", "a^W\r\n", {"a\x17\n"}},
    {"reprint", {}, "ab\x12" "c\n", "ab^R\r\nabc\r\n", {"abc\n"}},
    {"literal next", {}, "a\x16\x03" "b\n", "a^\b^Cb\r\n", {"a\x03" "b\n"}},
    {"literal erase", {}, "a\x16\x7f\n", "a^\b^?\r\n", {"a\x7f\n"}},
    {"end of file alone", {}, "\x04", "", {"<eof>"}},
    {"end of file pushes", {}, "abc\x04", "abc", {"abc"}},
    {"end of file twice", {}, "abc\x04\x04", "abc", {"abc", "<eof>"}},
    {"end of file then line", {}, "\x04x\n", "x\r\n", {"<eof>", "x\n"}},
    {"end of line character", [](Termios& t) { t.characters[u32(ControlCharacter::end_of_line)] = ';'; }, "ab;c\n", "ab;c\r\n", {"ab;", "c\n"}},
    {"zero is data", {}, "a\0b\n"s, "a^@b\r\n", {"a\0b\n"s}},
    {"interrupt", {}, "abc\x03" "d\n", "^Cd\r\n", {"d\n"}, "INT "},
    {"interrupt without flush", [](Termios& t) { t.local |= no_flush; }, "abc\x03" "d\n", "abc^Cd\r\n", {"abcd\n"}, "INT "},
    {"quit and suspend", {}, "\x1c\x1a", "^Z", {}, "QUIT TSTP "},
    {"no signals without isig", [](Termios& t) { off(t, signals); }, "\x03\n", "^C\r\n", {"\x03\n"}},
    {"control without echoctl", [](Termios& t) { off(t, echo_control); }, "\x01\n", "\x01\r\n", {"\x01\n"}},
    {"icrnl off", [](Termios& t) { t.input &= ~in::cr_to_nl; }, "a\r\n", "a^M\r\n", {"a\r\n"}},
    {"igncr", [](Termios& t) { t.input |= in::ignore_cr; }, "a\rb\n", "ab\r\n", {"ab\n"}},
    {"inlcr", [](Termios& t) { t.input = in::nl_to_cr; }, "a\nb", "a^Mb", {}},
    {"istrip", [](Termios& t) { t.input |= in::strip; }, "\xe1\n", "a\r\n", {"a\n"}},
    {"onlcr off", [](Termios& t) { t.output &= ~out::nl_to_crnl; }, "a\n", "a\n", {"a\n"}},
    {"opost off", [](Termios& t) { t.output = 0; }, "a\n", "a\n", {"a\n"}},
    {"flow characters vanish", {}, "a\x13\x11" "b\n", "ab\r\n", {"ab\n"}},
    {"flow characters without ixon", [](Termios& t) { t.input &= ~in::flow_out; }, "\x13\n", "^S\r\n", {"\x13\n"}},
    {"disabled character", [](Termios& t) { t.characters[u32(ControlCharacter::interrupt)] = 0; }, "\x03\n", "^C\r\n", {"\x03\n"}},
    {"raw", raw, "a\x03\x7f\r\x04\0"s, "", {"a\x03\x7f\r\x04\0"s}},
    {"raw with echo", [](Termios& t) { raw(t); t.local = echo; }, "a\n\x01", "a\n\x01", {"a\n\x01"}},
    {"cbreak", [](Termios& t) { off(t, canonical); }, "ab\x7f\r", "ab^?\r\n", {"ab\x7f\n"}},
    {"cbreak interrupt", [](Termios& t) { off(t, canonical | echo); }, "ab\x03" "c", "", {"c"}, "INT "},
};

TEST(Discipline, Table) {
  for (auto const& c : cases) {
    SCOPED_TRACE(c.name);
    Termios t = initial_termios(pty_control);
    if (c.tweak) c.tweak(t);
    Discipline d{t};
    EXPECT_EQ(type(d, c.typed), c.signals);
    EXPECT_EQ(drain(d), c.echoed);
    EXPECT_EQ(reads(d), c.read);
  }
}

TEST(Discipline, TheSameByteByByte) {
  for (auto const& c : cases) {
    SCOPED_TRACE(c.name);
    Termios t = initial_termios(pty_control);
    if (c.tweak) c.tweak(t);
    Discipline d{t};
    std::string echoed, raised;
    for (char byte : c.typed) {
      std::string const now = type(d, std::string(1, byte));
      if (!now.empty() && !t.has(no_flush)) echoed.clear();
      raised += now;
      echoed += drain(d);
    }
    EXPECT_EQ(raised, c.signals);
    EXPECT_EQ(echoed, c.echoed);
    EXPECT_EQ(reads(d), c.read);
  }
}

TEST(Discipline, ASmallBufferReadsALineInPieces) {
  Discipline d{initial_termios(pty_control)};
  type(d, "abcde\nx\n");
  EXPECT_EQ(reads(d, 2), (Lines{"ab", "cd", "e\n", "x\n"}));
}

TEST(Discipline, AnEndOfFileRightBehindAFullBufferIsTaken) {
  Discipline d{initial_termios(pty_control)};
  type(d, "abc\x04");
  EXPECT_EQ(reads(d, 3), (Lines{"abc"}));
}

TEST(Discipline, ALongLineKeeps4095BytesAndItsEnd) {
  Discipline d{initial_termios(pty_control)};
  std::string const text(6000, 'x');
  type(d, text + "\n");
  drain(d);
  EXPECT_EQ(reads(d), (Lines{std::string(4095, 'x') + "\n"}));
}

TEST(Discipline, UnreadLinesHoldTheTyperUp) {
  Discipline d{initial_termios(pty_control)};
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a\n";
  std::span<u8 const> rest{reinterpret_cast<u8 const*>(text.data()), text.size()};
  usize lines = 0;
  while (!rest.empty()) {
    Discipline::Effects e;
    usize const taken = d.receive(rest, e);
    rest = rest.subspan(taken);
    drain(d);
    for (auto const& line : reads(d)) lines += line == "a\n";
    ASSERT_GT(taken, 0u);
  }
  EXPECT_EQ(lines, 3000u);
}

TEST(Discipline, ChangingModesKeepsWhatIsThere) {
  Discipline d{initial_termios(pty_control)};
  type(d, "ab\ncd");
  Termios t = d.settings();
  off(t, canonical);
  d.set(t);
  EXPECT_EQ(d.readable_bytes(), 5u);
  t.local |= canonical;
  d.set(t);
  EXPECT_EQ(reads(d), (Lines{"ab\ncd"}));
  type(d, "e\n");
  EXPECT_EQ(reads(d), (Lines{"e\n"}));
}

TEST(Discipline, MinimumAndCounts) {
  Termios t = initial_termios(pty_control);
  off(t, canonical);
  Discipline d{t};
  EXPECT_FALSE(d.readable(0));
  type(d, "abc");
  EXPECT_TRUE(d.readable(3));
  EXPECT_FALSE(d.readable(4));
}

TEST(Discipline, StopHoldsUntilStartOrSignalOrNewSettings) {
  Discipline d{initial_termios(pty_control)};
  type(d, "\x13");
  EXPECT_TRUE(d.stopped());
  type(d, "\x11");
  EXPECT_FALSE(d.stopped());
  type(d, "\x13\x03");
  EXPECT_FALSE(d.stopped());
  type(d, "\x13");
  Termios t = d.settings();
  t.input |= in::any_restarts;
  d.set(t);
  type(d, "a");
  EXPECT_FALSE(d.stopped());
  type(d, "\x13");
  t.input &= ~in::flow_out;
  d.set(t);
  EXPECT_FALSE(d.stopped());
}

TEST(TerminalOutput, ProcessesWhatIsWritten) {
  struct { u32 flags; std::string written, out; } const table[] = {
      {out::process | out::nl_to_crnl, "a\nb", "a\r\nb"},
      {out::process, "a\nb", "a\nb"},
      {out::process | out::cr_to_nl, "a\rb", "a\nb"},
      {out::process | out::no_cr_at_start, "\ra\r", "a\r"},
      {out::process | out::expand_tabs, "a\tb\t\n", "a       b       \n"},
      {out::process | out::to_upper, "az{", "AZ{"},
      {0, "a\n\t", "a\n\t"},
  };
  for (auto const& c : table) {
    Termios t = initial_termios(pty_control);
    t.output = c.flags;
    Discipline d{t};
    EXPECT_EQ(d.output.write({reinterpret_cast<u8 const*>(c.written.data()), c.written.size()}, t), c.written.size());
    EXPECT_EQ(drain(d), c.out);
  }
}

TEST(TerminalOutput, WritersLeaveRoomForEcho) {
  Discipline d{initial_termios(pty_control)};
  std::string const text(20000, 'w');
  usize const taken = d.output.write({reinterpret_cast<u8 const*>(text.data()), text.size()}, d.settings());
  EXPECT_LT(taken, 8192u);
  EXPECT_FALSE(d.output.writable());
  type(d, "abc");
  EXPECT_EQ(drain(d), text.substr(0, taken) + "abc");
}

TEST(Discipline, AnythingTypedKeepsTheBooks) {
  std::mt19937 random{7};
  u8 const likely[] = {'a', ' ', '\t', 0x7f, 0x15, 0x17, 0x16, 0x12, 4, '\n', '\r', 3, 0x13, 0x11, 0xc3, 0xa9, 0};
  for (int round = 0; round < 300; ++round) {
    Termios t = initial_termios(pty_control);
    t.input ^= random() & 077777;
    t.local ^= random() & 0107777;
    t.output ^= random() & 014077;
    Discipline d{t};
    for (int step = 0; step < 200; ++step) {
      std::vector<u8> bytes(random() % 60);
      for (u8& b : bytes) b = random() % 8 ? likely[random() % sizeof likely] : u8(random());
      Discipline::Effects e;
      usize const taken = d.receive(bytes, e);
      ASSERT_TRUE(taken == bytes.size() || d.full());
      if (random() % 3 == 0) drain(d);
      if (random() % 3 == 0) reads(d, 1 + random() % 100);
      ASSERT_LE(d.readable_bytes(), 4096u);
      if (random() % 20 == 0) {
        t.local ^= canonical;
        d.set(t);
      }
    }
  }
}

/// A pseudo-terminal of the system below, with the same verbs.
class Peer {
 public:
  explicit Peer(Termios const& t) : master_{posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)} {
    if (master_ < 0 || grantpt(master_) || unlockpt(master_)) return;
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_NONBLOCK);
    set(t);
  }
  ~Peer() {
    if (slave_ >= 0) close(slave_);
    if (master_ >= 0) close(master_);
  }
  [[nodiscard]] bool usable() const { return slave_ >= 0; }
  void set(Termios const& t) {
    constexpr unsigned long tcsets = 0x5402;
    if (slave_ >= 0) ioctl(slave_, tcsets, &t);
  }
  void type(std::string const& text) {
    EXPECT_EQ(write(master_, text.data(), text.size()), ssize_t(text.size()));
  }
  /// Its line discipline runs in a worker: waits until as much is there as is expected, within a limit.
  std::string drain(usize expected) {
    std::string all;
    for (int i = 0; i < 300; ++i) {
      usleep(1000);
      all += take(master_).first;
      if (i >= 2 && all.size() >= expected) break;
    }
    return all;
  }
  Lines reads() {
    Lines lines;
    while (lines.size() < 100) {
      auto const [text, got] = take(slave_);
      if (got < 0) break;
      lines.push_back(got == 0 ? "<eof>" : text);
    }
    return lines;
  }

 private:
  static std::pair<std::string, ssize_t> take(int from) {
    std::string text(20000, 0);
    ssize_t const got = read(from, text.data(), text.size());
    text.resize(got < 0 ? 0 : got);
    return {text, got};
  }
  int master_, slave_ = -1;
};

TEST(AgainstLinux, Table) {
  for (auto const& c : cases) {
    SCOPED_TRACE(c.name);
    Termios t = initial_termios(pty_control);
    if (c.tweak) c.tweak(t);
    Peer peer{t};
    if (!peer.usable()) GTEST_SKIP() << "no pseudo-terminals here";
    // Without data a raw terminal would make the read of a non-blocking file return 0.
    t.characters[u32(ControlCharacter::minimum)] = 1;
    peer.type(c.typed);
    EXPECT_EQ(peer.drain(c.echoed.size()), c.echoed);
    EXPECT_EQ(peer.reads(), c.read);
  }
}

TEST(AgainstLinux, RandomTyping) {
  std::mt19937 random{11};
  u8 const likely[] = {'a', 'b', ' ', '\t', 0x7f, 0x15, 0x17, 0x16, 0x12, 4, '\n', '\r', 0xc3, 0xa9, 0, 1, '_'};
  // Without the case mappings: Linux applies them to Latin-1, too.
  constexpr u32 inputs = in::strip | in::nl_to_cr | in::ignore_cr | in::cr_to_nl | in::utf8;
  constexpr u32 locals = canonical | echo | echo_erase | echo_kill | echo_nl | echo_control | echo_printed | echo_kill_erase | extended;
  constexpr u32 outputs = 075 | out::expand_tabs;
  for (int round = 0; round < 400; ++round) {
    Termios t = initial_termios(pty_control);
    auto flips = [&](u32 of) { return random() & random() & of; };
    t.input ^= flips(inputs);
    t.local ^= flips(locals);
    t.output ^= flips(outputs);
    if ((t.output & out::tab_delay) != out::expand_tabs) t.output &= ~out::tab_delay;
    Peer peer{t};
    if (!peer.usable()) GTEST_SKIP() << "no pseudo-terminals here";
    Discipline d{t};
    std::string typed;
    for (u32 i = 5 + random() % 40; i; --i) typed += char(likely[random() % sizeof likely]);
    type(d, typed);
    peer.type(typed);
    std::string shown;
    for (u8 c : typed) shown += "\\x" + std::string{"0123456789abcdef"[c >> 4]} + "0123456789abcdef"[c & 15];
    SCOPED_TRACE("round " + std::to_string(round) + " typed " + shown);
    std::string const echoed = drain(d);
    EXPECT_EQ(echoed, peer.drain(echoed.size())) << std::oct << t.input << ' ' << t.output << ' ' << t.local;
    EXPECT_EQ(reads(d), peer.reads());
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace hinge::linux_service
