// poll, select and their kin: the thread goes on the wait queue of every file it asks about, then looks; if nothing is
// ready it waits, and looks again when it is issued again.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/wait_time.hpp"

namespace hinge::linux_service {
namespace {

/// What one file has to say about `events`. Enqueues unless something was found before.
Attempt<u32> look(Thread& self, File& file, u32 events, bool enqueue) {
  constexpr u32 always = ready::error | ready::hang_up;
  if (PollSource* const source = file.poll_source(); source && enqueue) ATTEMPT(source->waiters.enqueue(self));
  return file.ready() & (events | always);
}

// ---- poll

struct PollEntry { i32 fd; std::int16_t events, returned; };

Value poll_wait(Thread& self, UserAddr entries, u32 count, Errno interrupted) {
  constexpr u32 piece = 32;
  if (count > self.process().limit(Resource::descriptors)) return Errno::invalid;
  bool const waits = self.request.deadline_ns != 0 && !self.request.timed_out();
  u32 found = 0;
  PollEntry some[piece];
  for (u32 done = 0; done < count; done += piece) {
    u32 const n = std::min(piece, count - done);
    UserAddr const at = entries + u64{done} * sizeof(PollEntry);
    ATTEMPT(copy_from_user(self, some, at, n * sizeof(PollEntry)));
    for (u32 i = 0; i < n; ++i) {
      PollEntry& e = some[i];
      e.returned = 0;
      if (e.fd < 0) continue;
      auto const file = file_in_use(self, e.fd);
      u32 const bits = file && !(*file)->is_path() ? ATTEMPT(look(self, **file, u16(e.events), waits && !found)) : u32{ready::invalid};
      e.returned = std::int16_t(bits);
      found += bits != 0;
    }
    ATTEMPT(copy_to_user(self, at, some, n * sizeof(PollEntry)));
  }
  if (found || !waits) {
    self.leave_all();
    return found;
  }
  return self.block(self.request.deadline_ns, interrupted);
}

Value poll_again(Thread& self, Args const& words) {
  if (self.request.first()) self.request.deadline_ns = words[2];
  return poll_wait(self, UserAddr{words[0]}, u32(words[1]), Errno::restart_relative);
}

// ---- select

using Sets = u64[3][16];  ///< Read, write, exceptional: 1024 descriptors.

constexpr u32 read_bits = ready::readable | ready::read_band | ready::hang_up | ready::error;
constexpr u32 write_bits = ready::writable | ready::write_band | ready::error;
constexpr u32 except_bits = ready::priority;
constexpr u32 bits_of[3] = {read_bits, write_bits, except_bits};

Value select_wait(Thread& self, u32 count, UserAddr const (&at)[3]) {
  Sets in{}, out{};
  usize const bytes = (count + 63) / 64 * 8;
  for (u32 s = 0; s < 3; ++s)
    if (at[s].raw()) ATTEMPT(copy_from_user(self, in[s], at[s], bytes));
  bool const waits = self.request.deadline_ns != 0 && !self.request.timed_out();
  u32 found = 0;
  for (u32 fd = 0; fd < count; ++fd) {
    u64 const bit = u64{1} << fd % 64;
    u32 wanted = 0;
    for (u32 s = 0; s < 3; ++s)
      if (in[s][fd / 64] & bit) wanted |= bits_of[s];
    if (!wanted) continue;
    FileInUse const file = ATTEMPT(file_in_use(self, i32(fd)));
    u32 const bits = ATTEMPT(look(self, *file, wanted, waits && !found));
    for (u32 s = 0; s < 3; ++s)
      if ((in[s][fd / 64] & bit) && (bits & bits_of[s])) out[s][fd / 64] |= bit, ++found;
  }
  if (!found && waits) return self.block(self.request.deadline_ns, Errno::restart_unhandled);
  self.leave_all();
  for (u32 s = 0; s < 3; ++s)
    if (at[s].raw()) ATTEMPT(copy_to_user(self, at[s], out[s], bytes));
  return found;
}

Attempt<u32> descriptors_asked(Args const& a) {
  constexpr i32 most = 1024;
  if (a.integer(0) < 0) return fail(Errno::invalid);
  return u32(std::min(a.integer(0), most));
}

}  // namespace

Value sys_poll(Thread& self, Args const& a) {
  constexpr i64 millisecond_ns = 1'000'000;
  if (self.request.first()) self.request.deadline_ns = a.integer(2) < 0 ? no_deadline : deadline_in(a.integer(2) * millisecond_ns);
  self.restart.continue_with = poll_again;
  self.restart.words[0] = a[0], self.restart.words[1] = a[1], self.restart.words[2] = self.request.deadline_ns;
  return poll_wait(self, a.address(0), a.word(1), Errno::restart_relative);
}

Value sys_ppoll(Thread& self, Args const& a) {
  if (self.request.first()) {
    self.request.deadline_ns = ATTEMPT(deadline_from<WaitSpec>(self, a.address(2)));
    ATTEMPT(take_mask(self, a.address(3), a[4]));
  }
  Value const result = poll_wait(self, a.address(0), a.word(1), Errno::restart_unhandled);
  write_remaining<WaitSpec>(self, a.address(2), result);
  return result;
}

Value sys_select(Thread& self, Args const& a) {
  if (self.request.first()) self.request.deadline_ns = ATTEMPT(deadline_from<WaitVal>(self, a.address(4)));
  UserAddr const sets[3] = {a.address(1), a.address(2), a.address(3)};
  Value const result = select_wait(self, ATTEMPT(descriptors_asked(a)), sets);
  write_remaining<WaitVal>(self, a.address(4), result);
  return result;
}

Value sys_pselect6(Thread& self, Args const& a) {
  if (self.request.first()) {
    self.request.deadline_ns = ATTEMPT(deadline_from<WaitSpec>(self, a.address(4)));
    // The sixth argument points to {mask, size}.
    u64 mask[2] = {};
    if (a[5]) ATTEMPT(copy_from_user(self, mask, a.address(5)));
    if (mask[0]) ATTEMPT(take_mask(self, UserAddr{mask[0]}, mask[1]));
  }
  UserAddr const sets[3] = {a.address(1), a.address(2), a.address(3)};
  Value const result = select_wait(self, ATTEMPT(descriptors_asked(a)), sets);
  write_remaining<WaitSpec>(self, a.address(4), result);
  return result;
}

}  // namespace hinge::linux_service
