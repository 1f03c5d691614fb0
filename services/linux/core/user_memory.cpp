// Copies to and from the calling process, with the pages made that the nucleus cannot make by itself.
#include "services/linux/core/user_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

namespace {

/// A page may be taken away again between being made and being copied; not this often without foul play.
constexpr u32 most_attempts = 16;

template <class Copy>
Attempt<> copy_in_steps(Thread& self, UserAddr user, usize bytes, usize left, bool write, Copy copy) {
  if (!is_user_range(user, bytes)) return fail(Errno::bad_address);
  for (u32 attempt = 0; attempt < most_attempts; ++attempt) {
    usize const done = bytes - left;
    ATTEMPT(make_present(self, user + done, write));
    usize const before = std::exchange(left, copy(user + done, done, left));
    if (left == 0) return ok;
    if (left < before) attempt = 0;
  }
  return fail(Errno::bad_address);
}

}  // namespace

Attempt<> make_present(Thread& self, UserAddr address, bool write) {
  switch (memory::populate(self, self.space(), address, write)) {
    case memory::Populated::done: return ok;
    case memory::Populated::no_memory: return fail(Errno::no_memory);
    default: return fail(Errno::bad_address);
  }
}

Attempt<> copy_rest_from_user(Thread& self, void* to, UserAddr from, usize bytes, usize left) {
  return copy_in_steps(self, from, bytes, left, false, [to](UserAddr at, usize done, usize rest) {
    return copy_from_user_nofault(static_cast<char*>(to) + done, at, rest);
  });
}

Attempt<> copy_rest_to_user(Thread& self, UserAddr to, void const* from, usize bytes, usize left) {
  return copy_in_steps(self, to, bytes, left, true, [from](UserAddr at, usize done, usize rest) {
    return copy_to_user_nofault(at, static_cast<char const*>(from) + done, rest);
  });
}

Attempt<usize> copy_string_from_user(Thread& self, char* to, UserAddr from, usize room) {
  constexpr usize step = 128;
  for (usize done = 0; done < room;) {
    UserAddr const at = from + done;
    usize const to_page_end = page_bytes - at.raw() % page_bytes;
    usize const bytes = std::min({step, room - done, to_page_end});
    ATTEMPT(copy_from_user(self, to + done, at, bytes));
    if (void const* end = memchr(to + done, 0, bytes)) return static_cast<char const*>(end) - to;
    done += bytes;
  }
  return fail(Errno::name_too_long);
}

Attempt<> clear_user(Thread& self, UserAddr to, usize bytes) {
  for (usize done = 0; done < bytes;) {
    usize const step = std::min(sizeof page_of_zeroes, bytes - done);
    ATTEMPT(copy_to_user(self, to + done, page_of_zeroes, step));
    done += step;
  }
  return ok;
}

}  // namespace hinge::linux_service
