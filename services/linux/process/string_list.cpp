// Limits are Linux': 128 KiB for one string (MAX_ARG_STRLEN), the sum given by the caller; pointers count with 8 bytes.
#include "services/linux/process/string_list.hpp"

#include <algorithm>
#include <cstring>

#include "host/heap.hpp"
#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

namespace {
constexpr usize longest_string = 128 * 1024;
}

StringList::~StringList() {
  while (Block* const b = first_) {
    first_ = b->next;
    host::release(b);
  }
}

Attempt<> StringList::append(char const* text, usize bytes) {
  while (bytes) {
    if (!last_ || last_->used == block_room) {
      Block* const b = static_cast<Block*>(host::allocate(sizeof(Block)));
      if (!b) return fail(Errno::no_memory);
      b->next = nullptr;
      b->used = 0;
      (last_ ? last_->next : first_) = b;
      last_ = b;
    }
    usize const step = std::min(bytes, block_room - last_->used);
    memcpy(last_->text + last_->used, text, step);
    last_->used += step;
    bytes_ += step;
    text += step;
    bytes -= step;
  }
  return ok;
}

Attempt<> StringList::add(std::string_view text, u64 limit) {
  if (text.size() >= longest_string || bytes_ + text.size() + 1 + (count_ + 1) * 8 > limit) return fail(Errno::too_big);
  ATTEMPT(append(text.data(), text.size()));
  ATTEMPT(append("", 1));
  ++count_;
  return ok;
}

Attempt<> StringList::add_one_from_user(Thread& self, UserAddr from, u64 limit) {
  char step[256];
  for (usize done = 0; done < longest_string;) {
    u64 const to_page_end = page_bytes - (from.raw() + done) % page_bytes;
    usize const bytes = std::min<u64>(sizeof step, to_page_end);
    ATTEMPT(copy_from_user(self, step, from + done, bytes));
    void const* const end = memchr(step, 0, bytes);
    usize const take = end ? usize(static_cast<char const*>(end) - step) + 1 : bytes;
    if (bytes_ + take + (count_ + 1) * 8 > limit) return fail(Errno::too_big);
    ATTEMPT(append(step, take));
    if (end) {
      ++count_;
      return ok;
    }
    done += bytes;
  }
  return fail(Errno::too_big);
}

Attempt<> StringList::add_from_user(Thread& self, UserAddr pointers, u32 skip, u64 limit) {
  if (pointers.raw() == 0) return ok;
  for (u64 i = 0;; ++i) {
    u64 pointer;
    ATTEMPT(copy_from_user(self, pointer, pointers + i * 8));
    if (pointer == 0) return ok;
    if (i >= skip) ATTEMPT(add_one_from_user(self, UserAddr{pointer}, limit));
  }
}

}  // namespace hinge::linux_service
