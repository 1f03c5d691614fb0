// Text: a growing text, for files whose content is made when they are read. When memory is out it keeps what it has and
// says so once at the end (complete()), so that the makers need not check each line.
#pragma once

#include <span>
#include <string_view>

#include "base/format.hpp"
#include "host/heap.hpp"

namespace hinge::linux_service {

class Text {
 public:
  Text() = default;
  Text(Text const&) = delete;
  Text& operator=(Text const&) = delete;
  ~Text() { host::release(at_); }

  /// Formats at the end; at most 512 bytes a call.
  template <class... A>
  void add(FormatString<A...> format, A const&... arguments) {
    char line[512];
    append(format_to(std::span<char>{line}, format, arguments...));
  }
  void append(std::string_view text);
  void append(char c) { append(std::string_view{&c, 1}); }
  /// `text` with bytes that would confuse a reader (space, tab, newline, backslash) as \ooo, as in /proc/mounts.
  void append_escaped(std::string_view text);
  void swap(Text& other) {
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
    std::swap(room_, other.room_);
    std::swap(complete_, other.complete_);
  }

  [[nodiscard]] std::string_view view() const { return {at_, bytes_}; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  bool grow(usize to);
  static constexpr usize most = 4 << 20;

  char* at_ = nullptr;
  usize bytes_ = 0, room_ = 0;
  bool complete_ = true;
};

}  // namespace hinge::linux_service
