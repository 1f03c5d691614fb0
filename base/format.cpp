#include "base/format.hpp"

namespace hinge::detail {
namespace {

class Writer {
 public:
  explicit Writer(std::span<char> to) : to_{to} {}
  [[nodiscard]] usize written() const { return used_; }

  void put(char c) {
    if (used_ < to_.size()) to_[used_++] = c;
  }
  void fill(char c, usize columns, usize taken) {
    for (; taken < columns; ++taken) put(c);
  }
  void text(std::string_view s, FormatSpec const& spec) {
    for (char c : s) put(c);
    fill(' ', spec.width, s.size());
  }
  void number(u64 v, bool negative, std::string_view prefix, FormatSpec const& spec) {
    char digits[20];
    usize n = 0;
    u64 const base = spec.hex ? 16 : 10;
    do digits[n++] = "0123456789abcdef"[v % base];
    while ((v /= base) != 0);
    usize const taken = n + prefix.size() + (negative ? 1 : 0);
    if (!spec.zeros) fill(' ', spec.width, taken);
    if (negative) put('-');
    for (char c : prefix) put(c);
    if (spec.zeros) fill('0', spec.width, taken);
    while (n != 0) put(digits[--n]);
  }
  void argument(FormatArgument const& a, FormatSpec spec) {
    using Kind = FormatArgument::Kind;
    switch (a.kind) {
      case Kind::unsigned_number: return number(a.value, false, {}, spec);
      case Kind::signed_number: {
        bool const negative = !spec.hex && static_cast<i64>(a.value) < 0;
        return number(negative ? -a.value : a.value, negative, {}, spec);
      }
      case Kind::boolean: return text(a.value != 0 ? "true" : "false", spec);
      case Kind::character: {
        char const c = char(a.value);
        return text({&c, 1}, spec);
      }
      case Kind::text: return text({reinterpret_cast<char const*>(a.value), a.length}, spec);
      case Kind::address: {
        std::string_view const prefix = spec.hex ? "" : "0x";
        spec.hex = true;
        return number(a.value, false, prefix, spec);
      }
    }
  }

 private:
  std::span<char> to_;
  usize used_ = 0;
};

}  // namespace

usize format_arguments(std::span<char> to, std::string_view text, std::span<FormatArgument const> arguments) {
  Writer out{to};
  usize next = 0;
  char const* const end = text.data() + text.size();
  for (char const* p = text.data(); p != end;) {
    char const c = *p++;
    if (c != '{' && c != '}') {
      out.put(c);
    } else if (p != end && *p == c) {
      out.put(c);
      ++p;
    } else {  // The template was checked at compile time: a placeholder with an argument.
      FormatSpec spec;
      p = spec.parse(p, end);
      out.argument(arguments[next++], spec);
    }
  }
  return out.written();
}

}  // namespace hinge::detail
