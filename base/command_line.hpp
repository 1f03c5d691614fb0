// The kernel command line: words separated by blanks, `key=value` or plain; double quotes keep blanks together. After a
// word `--` the rest belongs to the first program. Views into the text; nothing is copied, so quotes stand around a
// whole word or a whole value.
#pragma once

#include <string_view>

#include "base/types.hpp"

namespace hinge {

class CommandLine {
 public:
  constexpr explicit CommandLine(std::string_view text) : text_{text} {}

  /// Iterates over words; the view is empty at the end. Stops before `--`.
  class Words {
   public:
    constexpr explicit Words(std::string_view text) : rest_{text} {}
    constexpr std::string_view next() {
      while (!rest_.empty() && is_blank(rest_[0])) rest_.remove_prefix(1);
      usize length = 0;
      for (bool quoted = false; length < rest_.size() && (quoted || !is_blank(rest_[length])); ++length)
        quoted ^= rest_[length] == '"';
      std::string_view const word = rest_.substr(0, length);
      rest_.remove_prefix(length);
      if (word == "--") {
        after_ = rest_;
        rest_ = {};
        return {};
      }
      return word;
    }
    /// What follows `--`, once next() has returned an empty view.
    constexpr std::string_view after() const { return after_; }

   private:
    std::string_view rest_, after_;
  };

  /// The last `key=value`'s value without its quotes, or `fallback`.
  [[nodiscard]] constexpr std::string_view value(std::string_view key, std::string_view fallback = {}) const {
    std::string_view found = fallback;
    Words words{text_};
    for (auto word = words.next(); !word.empty(); word = words.next())
      if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') found = unquoted(word.substr(key.size() + 1));
    return found;
  }
  /// Whether the plain word stands there.
  [[nodiscard]] constexpr bool has(std::string_view flag) const {
    Words words{text_};
    for (auto word = words.next(); !word.empty(); word = words.next())
      if (unquoted(word) == flag) return true;
    return false;
  }
  /// Everything after `--`, without leading blanks.
  [[nodiscard]] constexpr std::string_view arguments() const {
    Words words{text_};
    while (!words.next().empty()) {}
    std::string_view rest = words.after();
    while (!rest.empty() && is_blank(rest[0])) rest.remove_prefix(1);
    return rest;
  }

 private:
  static constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }
  static constexpr std::string_view unquoted(std::string_view word) {
    if (word.size() >= 2 && word.front() == '"' && word.back() == '"') return word.substr(1, word.size() - 2);
    return word;
  }

  std::string_view text_;
};

}  // namespace hinge
