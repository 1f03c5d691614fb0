// Tries the edu device and then what confines it, once, when it is started. What the device is to write is a pattern that is
// made here and wiped before the device writes it anywhere, so that tests/system/dma.py can look for it in all of the
// machine's memory from outside. On a trusted device only memory of the driver's own is aimed at.
#include <cstring>

#include "host/image.hpp"
#include "host/log.hpp"
#include "iface/edu.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::edu_check {
namespace {

constexpr u64 bytes = 512;

/// xorshift64; the same in the test.
void fill(u64* words) {
  u64 state = 0x9e37'79b9'7f4a'7c15;
  for (u64 i = 0; i < bytes / 8; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    words[i] = state;
  }
}

struct Service {
  Result<> on(Lifecycle::Start const&, Caller const& caller) {
    auto const done = run(caller);
    if (done) host::log("edu check done");
    else host::log("edu check failed: {}", done.error());
    return ok;
  }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<> run(Caller const& caller) {
    host::log("edu check: 10! is {}", TRY(edu.on(Edu::Factorial{10}, caller)));
    fill(words_);
    u64 const address = reinterpret_cast<u64>(words_);
    TRY(edu.on(Edu::Load{{address, bytes, 0}}, caller));
    std::memset(words_, 0, bytes);
    TRY(edu.on(Edu::Store{{address, bytes, 1}}, caller));
    host::log("edu check: {} of {} bytes came back", same(words_), bytes);
    std::memset(words_, 0, bytes);
    bool const confined = TRY(edu.on(Edu::Info{}, caller)).confined;
    for (u64 kind = 0; kind < (confined ? Edu::Misuse::count_ : Edu::Misuse::beyond); ++kind)
      host::log("edu check: misuse {} changed {} bytes", kind, TRY(edu.on(Edu::Misuse{kind}, caller)));
    if (confined) TRY(wild(caller));
    return ok;
  }

 private:
  /// Writes at places all over physical memory, the nucleus' image at 1 MiB first, and one read.
  Result<> wild(Caller const& caller) {
    constexpr u64 first = u64{1} << 20, step = 0xa3'd000 + 0x340;
    constexpr u32 places = 16;
    for (u32 i = 0; i < places; ++i) TRY(edu.on(Edu::Wild{first + i * step, bytes, 0}, caller));
    TRY(edu.on(Edu::Wild{first, bytes, 1}, caller));
    host::log("edu check: {} wild writes, 1 wild read", places);
    return ok;
  }
  static u64 same(u64 const* words) {
    u64 expected[bytes / 8];
    fill(expected);
    u64 count = 0;
    for (u64 i = 0; i < bytes / 8; ++i) count += words[i] == expected[i] ? 8 : 0;
    std::memset(expected, 0, sizeof expected);
    asm volatile("" : : "r"(expected) : "memory");   // The wiping is to happen: the test looks for the pattern everywhere.
    return count;
  }

  u64 words_[bytes / 8] = {};

 public:
  Port<Edu> edu;
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle")};
constinit image::Required required[] = {require(service.edu, "edu")};

}  // namespace
}  // namespace hinge::edu_check

HINGE_IMAGE("edu_check", hinge::edu_check::provided, hinge::edu_check::required, hinge::host::nothing)
