// Text from values: format_to(buffer, "text {} {x}", ...), for the nucleus and the services. The template is checked
// against its arguments at compile time; what does not fit the buffer is cut. No allocation, no locale, no floats.
//
//   {}     integers in decimal, bool, char, text, pointers and addresses in hex with 0x, Error by name
//   {x}    hex without 0x           {5}  at least five columns, right-aligned; text left-aligned
//   {08x}  padded with zeros        {{ and }} are the braces themselves
#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"
#include "base/types.hpp"

namespace hinge {

namespace detail {

struct FormatArgument {
  enum class Kind : u8 { unsigned_number, signed_number, boolean, character, text, address };
  Kind kind;
  u64 value;     ///< The number, or where the text lies.
  usize length;  ///< Of the text.
};

template <class T>
concept StrongType = requires(T t) { typename T::Representation; t.raw(); };
template <class T>
concept AddressType = !StrongType<T> && requires(T t) { { t.raw() } -> std::same_as<u64>; };

template <class T>
FormatArgument format_argument(T const& v) {
  using Kind = FormatArgument::Kind;
  if constexpr (std::same_as<T, bool>) return {Kind::boolean, v, 0};
  else if constexpr (std::same_as<T, char>) return {Kind::character, u64(u8(v)), 0};
  else if constexpr (std::same_as<T, Error>) return format_argument(std::string_view{to_string(v)});
  else if constexpr (std::is_enum_v<T>) return format_argument(static_cast<std::underlying_type_t<T>>(v));
  else if constexpr (std::signed_integral<T>) return {Kind::signed_number, static_cast<u64>(i64{v}), 0};
  else if constexpr (std::unsigned_integral<T>) return {Kind::unsigned_number, v, 0};
  else if constexpr (AddressType<T>) return {Kind::address, v.raw(), 0};
  else if constexpr (StrongType<T>) return format_argument(v.raw());
  else if constexpr (std::convertible_to<T const&, std::string_view>) {
    std::string_view const text = v;
    return {Kind::text, reinterpret_cast<u64>(text.data()), text.size()};
  } else {
    static_assert(std::is_pointer_v<T>, "no text form for this type");
    return {Kind::address, reinterpret_cast<u64>(v), 0};
  }
}

/// What stands between braces.
struct FormatSpec {
  u32 width = 0;
  bool zeros = false, hex = false;
  /// Reads up to the closing brace; returns what follows it, null when malformed.
  constexpr char const* parse(char const* at, char const* end) {
    if (at != end && *at == '0') zeros = true, ++at;
    for (; at != end && *at >= '0' && *at <= '9'; ++at) width = width * 10 + u32(*at - '0');
    if (at != end && *at == 'x') hex = true, ++at;
    return at != end && *at == '}' && width <= 64 ? at + 1 : nullptr;
  }
};

/// The number of arguments a template takes; -1 when malformed.
constexpr int format_placeholders(std::string_view text) {
  int n = 0;
  char const* const end = text.data() + text.size();
  for (char const* p = text.data(); p != end;) {
    char const c = *p++;
    if (c != '{' && c != '}') continue;
    if (p != end && *p == c) ++p;
    else if (c == '}') return -1;
    else if (FormatSpec s; (p = s.parse(p, end)) != nullptr) ++n;
    else return -1;
  }
  return n;
}

void format_string_does_not_match_its_arguments();  // Not defined: its name is the compiler's message.

/// Returns the number of characters written to `to`.
usize format_arguments(std::span<char> to, std::string_view text, std::span<FormatArgument const> arguments);

}  // namespace detail

template <class... A>
class CheckedFormat {
 public:
  template <class S>
    requires std::convertible_to<S const&, std::string_view>
  consteval CheckedFormat(S const& text) : text_{text} {  // Implicit: a literal is the argument.
    if (detail::format_placeholders(text_) != int(sizeof...(A))) detail::format_string_does_not_match_its_arguments();
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};
template <class... A>
using FormatString = CheckedFormat<std::type_identity_t<A>...>;

/// Writes to the front of `to` and returns what was written. Not zero-terminated.
template <class... A>
std::string_view format_to(std::span<char> to, FormatString<A...> format, A const&... arguments) {
  detail::FormatArgument const list[sizeof...(A) + 1] = {detail::format_argument(arguments)..., {}};
  return {to.data(), detail::format_arguments(to, format.text(), {list, sizeof...(A)})};
}

}  // namespace hinge
