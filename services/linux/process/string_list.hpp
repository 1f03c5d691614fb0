// Argument and environment strings on their way from the old program to the new one: packed with their zeros, in blocks
// from the heap.
#pragma once

#include <string_view>

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Thread;

class StringList {
 public:
  StringList() = default;
  StringList(StringList const&) = delete;
  ~StringList();

  /// Appends one string. too_big beyond `limit` bytes in all.
  Attempt<> add(std::string_view text, u64 limit);
  /// Appends the strings of a user's pointer array (null: none), the first `skip` left out.
  Attempt<> add_from_user(Thread& self, UserAddr pointers, u32 skip, u64 limit);

  [[nodiscard]] u64 count() const { return count_; }
  [[nodiscard]] u64 bytes() const { return bytes_; }
  /// Calls f(char const*, usize) for each block in order.
  template <class F>
  void for_each_block(F f) const {
    for (Block* b = first_; b; b = b->next) f(b->text, b->used);
  }

 private:
  static constexpr usize block_room = 4096 - 24;
  struct Block { Block* next; usize used; char text[block_room]; };
  Attempt<> append(char const* text, usize bytes);
  Attempt<> add_one_from_user(Thread& self, UserAddr from, u64 limit);

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  u64 count_ = 0, bytes_ = 0;
};

}  // namespace hinge::linux_service
