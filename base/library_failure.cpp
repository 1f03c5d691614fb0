// What the headers of libstdc++ and Boost call when a precondition of theirs is broken. There are no exceptions here: it is a bug of
// the program, and ends it where it happened.
namespace std {

[[noreturn]] void __throw_out_of_range_fmt(char const*, ...) { __builtin_trap(); }
[[noreturn]] void __throw_length_error(char const*) { __builtin_trap(); }
[[noreturn]] void __throw_bad_function_call() { __builtin_trap(); }
[[noreturn]] void __glibcxx_assert_fail(char const*, int, char const*, char const*) { __builtin_trap(); }

}  // namespace std

// The nucleus has a better one: it panics (nucleus/debug).
extern "C" [[noreturn, gnu::weak]] void __assert_fail(char const*, char const*, unsigned, char const*) { __builtin_trap(); }

// A virtual function called before its object was complete.
extern "C" [[noreturn]] void __cxa_pure_virtual() { __builtin_trap(); }
