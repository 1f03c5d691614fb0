// What is wrong with a manifest or an image, in words for the person who wrote it: file, line, reason.
#pragma once

#include <expected>
#include <initializer_list>
#include <string_view>

#include "base/result.hpp"

namespace hinge::placement {

class Problem {
 public:
  /// `line` 0: the file as a whole. The parts become one text; what does not fit is cut off.
  constexpr Problem(std::string_view file, u32 line, std::initializer_list<std::string_view> parts) : file_{file}, line_{line} {
    for (std::string_view part : parts)
      for (char c : part)
        if (length_ < sizeof text_) text_[length_++] = c >= ' ' && c < 127 ? c : '?';
  }
  [[nodiscard]] constexpr std::string_view file() const { return file_; }
  [[nodiscard]] constexpr u32 line() const { return line_; }
  [[nodiscard]] constexpr std::string_view text() const { return {text_, length_}; }

 private:
  std::string_view file_;
  u32 line_;
  u32 length_ = 0;
  char text_[160];
};

/// A value, or what is wrong.
template <class T = Unit>
using Checked = std::expected<T, Problem>;

}  // namespace hinge::placement

/// As TRY, for Checked.
#define CHECK(...)                                          \
  ({                                                        \
    auto checked_ = (__VA_ARGS__);                          \
    if (!checked_) return std::unexpected{checked_.error()}; \
    *static_cast<decltype(checked_)&&>(checked_);           \
  })
