// The fake host: memory by mprotect, sleeping words by futex, events by counters, the log to standard error.
// What a unit test has no business calling answers not_supported.
#include "tests/support/fake_host.hpp"

#include "host/fault_point.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <set>

#include "host/image.hpp"

namespace hinge::fake_host {
namespace {

std::mutex lock;
std::set<u64> committed;
u64 frame_limit = ~u64{0};
std::vector<std::string> lines;
constexpr u32 max_events = 4096;
std::atomic<u32> events[max_events];
std::atomic<u32> event_count{1};

i64 error(Error e) { return -i64(e); }

i64 refuse(u64, u64, u64, u64, u64, u64) { return error(Error::not_supported); }

i64 commit(u64, u64 address, u64 bytes, u64 protection, u64, u64) {
  std::lock_guard guard{lock};
  if (address % page_bytes || bytes % page_bytes) return error(Error::invalid);
  for (u64 page = address; page < address + bytes; page += page_bytes) {
    if (committed.contains(page)) continue;
    if (committed.size() >= frame_limit) return error(Error::quota);
    committed.insert(page);
    if (mprotect(reinterpret_cast<void*>(page), page_bytes, int(protection & 3))) std::abort();
  }
  return 0;
}

i64 release(u64, u64 address, u64 bytes, u64, u64, u64) {
  std::lock_guard guard{lock};
  if (address % page_bytes || bytes % page_bytes) return error(Error::invalid);
  for (u64 page = address; page < address + bytes; page += page_bytes) committed.erase(page);
  madvise(reinterpret_cast<void*>(address), bytes, MADV_DONTNEED);
  return mprotect(reinterpret_cast<void*>(address), bytes, PROT_NONE) ? error(Error::bad_address) : 0;
}

i64 word_wait(u64 word, u64 expected, u64 deadline, u64, u64, u64) {
  // Polls its deadline, so that the absolute clock needs no conversion.
  timespec const tick{0, 20'000'000};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, u32(expected), &tick, nullptr, 0);
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return u64(now.tv_sec) * 1'000'000'000 + u64(now.tv_nsec) >= deadline ? error(Error::timed_out) : 0;
}

i64 word_wake(u64 word, u64 threads, u64, u64, u64, u64) {
  return syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, u32(threads), nullptr, nullptr, 0);
}

i64 event_create(u64, u64, u64, u64, u64, u64) {
  u32 const index = event_count.fetch_add(1);
  return index < max_events ? i64(index) : error(Error::quota);
}

i64 event_signal(u64 event, u64, u64, u64, u64, u64) {
  if (event == 0 || event >= max_events) return error(Error::bad_handle);
  events[event].fetch_add(1);
  return word_wake(reinterpret_cast<u64>(&events[event]), 1, 0, 0, 0, 0);
}

i64 event_wait(u64 event, u64 seen, u64 deadline, u64, u64, u64) {
  if (event == 0 || event >= max_events) return error(Error::bad_handle);
  while (events[event].load() == seen)
    if (i64 const r = word_wait(reinterpret_cast<u64>(&events[event]), seen, deadline, 0, 0, 0); r < 0) return r;
  return events[event].load();
}

i64 buffer_copy(u64 grant, u64 own, u64 bytes, u64 out, u64, u64) {
  void* const there = reinterpret_cast<void*>(grant);
  void* const here = reinterpret_cast<void*>(own);
  std::memcpy(out ? there : here, out ? here : there, bytes);
  return 0;
}

i64 log_write(u64, u64 text, u64 bytes, u64, u64, u64) {
  std::lock_guard guard{lock};
  lines.emplace_back(reinterpret_cast<char const*>(text), bytes);
  std::fprintf(stderr, "log: %s\n", lines.back().c_str());
  return 0;
}

i64 clock(u64 kind, u64, u64, u64, u64, u64) {
  timespec now;
  clock_gettime(kind == u64(host::ClockKind::wall) ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

host::Table make_table() {
  host::Table t{};
  for (auto& operation : t.operations) operation = refuse;
  auto set = [&](native::Number n, host::Operation f) { t.operations[u32(n)] = f; };
  using enum native::Number;
  set(memory_commit, commit);
  set(memory_release, release);
  set(native::Number::word_wait, fake_host::word_wait);
  set(native::Number::word_wake, fake_host::word_wake);
  set(native::Number::event_create, fake_host::event_create);
  set(native::Number::event_signal, fake_host::event_signal);
  set(native::Number::event_wait, fake_host::event_wait);
  set(native::Number::buffer_copy, fake_host::buffer_copy);
  set(native::Number::log_write, fake_host::log_write);
  set(native::Number::clock, fake_host::clock);
  t.call = [](Handle, u32, u32, u64*, Caller const&) { return u64(Error::peer_died); };
  t.copy_in = [](void* to, u64 from, usize bytes) -> usize {
    std::memcpy(to, reinterpret_cast<void*>(from), bytes);
    return 0;
  };
  t.copy_out = [](u64 to, void const* from, usize bytes) -> usize {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return 0;
  };
  t.exchange_word = [](u64 user, u32 expected, u32 desired, u32* old) -> u32 {
    *old = expected;
    __atomic_compare_exchange_n(reinterpret_cast<u32*>(user), old, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return 0;
  };
  return t;
}

host::Table table = make_table();

}  // namespace

u64 committed_frames() {
  std::lock_guard guard{lock};
  return committed.size();
}
void limit_frames(u64 frames) { frame_limit = frames; }
std::vector<std::string> const& log_lines() { return lines; }
void replace(native::Number number, host::Operation operation) { table.operations[u32(number)] = operation; }
void replace_copy_in(usize (*copy)(void* to, u64 from, usize bytes)) { table.copy_in = copy; }

}  // namespace hinge::fake_host

namespace hinge::host {

extern "C" {
image::Header hinge_image = [] {
  image::Header h{};
  h.magic = image::magic;
  h.host = &fake_host::table;
  return h;
}();
}

/// None is ever armed here.
void reach_fault() { std::abort(); }

u64 own_slot_base() {
  static u64 const base = [] {
    u64 const bytes = 2 * layout::entry_bytes;
    void* const at = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) std::abort();
    return align_up(reinterpret_cast<u64>(at), layout::entry_bytes);
  }();
  return base;
}

}  // namespace hinge::host
