// The nucleus' native calls: four groups (address spaces, threads, IPC, scheduling) and nothing else.
//
// Calling convention, user side: SYSCALL with the number in eax, up to six arguments in rdi, rsi, rdx, r10, r8, r9;
// the result comes back in rax: >= 0 a value, < 0 the negated Error. rcx and r11 are clobbered, the argument registers
// come back as zero, all else is kept.
// Kernel side: the same arguments to the same functions through host::Table. `call` and `reply` have conventions of
// their own, see below. Every pointer must lie in the lower half or in a slot of the calling domain.
//
// A Handle names a capability: table in the high half, index in the low half. The table belongs to a slot and travels
// with it, so handles stay valid when the slot moves; a domain may use the tables of the slots mapped in it.
#pragma once

#include "base/types.hpp"

namespace hinge {

/// table << 24 | index. Table 0 is nobody's; index 0 is never used, so 0 is "no handle".
using Handle = Strong<struct HandleTag, u32>;
inline constexpr Handle no_handle{};
/// In calls about threads that say so: the program's thread whose request the caller, its personality, serves.
inline constexpr Handle own_thread{~u32{0}};

namespace native {

// X(name, group): the order is the number. Arguments and results stand in host/host.hpp, one wrapper for each.
#define HINGE_NATIVE_CALLS(X)                                                                                     \
  /* IPC: capabilities, portals, events, the service's sleeping locks, the kernel log */                          \
  X(call, ipc)                                                                                                    \
  X(reply, ipc)                                                                                                   \
  X(cap_mint, ipc)                                                                                                \
  X(cap_give, ipc)                                                                                                \
  X(cap_delete, ipc)                                                                                              \
  X(cap_revoke, ipc)                                                                                              \
  X(portal_create, ipc)                                                                                           \
  X(slot_admit, ipc)                                                                                              \
  X(portal_blame, ipc)                                                                                            \
  X(event_create, ipc)                                                                                            \
  X(event_signal, ipc)                                                                                            \
  X(event_wait, ipc)                                                                                              \
  X(event_bind, ipc)                                                                                              \
  X(word_wait, ipc)                                                                                               \
  X(word_wake, ipc)                                                                                               \
  X(buffer_copy, ipc)                                                                                             \
  X(interrupt_bind, ipc)                                                                                          \
  X(interrupt_ack, ipc)                                                                                           \
  X(interrupt_message, ipc)                                                                                       \
  X(log_write, ipc)                                                                                               \
  X(log_read, ipc)                                                                                                \
  /* address spaces: slots and their memory, memory objects, processes' spaces, device registers */               \
  X(slot_create, space)                                                                                           \
  X(slot_place, space)                                                                                            \
  X(slot_copy, space)                                                                                             \
  X(slot_info, space)                                                                                             \
  X(slot_watch, space)                                                                                            \
  X(slot_kill, space)                                                                                             \
  X(slot_clear, space)                                                                                            \
  X(memory_commit, space)                                                                                         \
  X(memory_release, space)                                                                                        \
  X(window_map, space)                                                                                            \
  X(window_unmap, space)                                                                                          \
  X(object_create, space)                                                                                         \
  X(object_supply, space)                                                                                         \
  X(object_withdraw, space)                                                                                       \
  X(space_create, space)                                                                                          \
  X(space_clone, space)                                                                                           \
  X(space_map, space)                                                                                             \
  X(space_unmap, space)                                                                                           \
  X(space_protect, space)                                                                                         \
  X(space_query, space)                                                                                           \
  X(space_resolve, space)                                                                                         \
  X(space_copy, space)                                                                                            \
  X(space_discard, space)                                                                                         \
  X(space_remap, space)                                                                                           \
  X(port_read, space)                                                                                             \
  X(port_write, space)                                                                                            \
  X(dma_map, space)                                                                                               \
  X(dma_unmap, space)                                                                                             \
  X(dma_reset, space)                                                                                             \
  X(dma_confine, space)                                                                                            \
  /* threads */                                                                                                   \
  X(thread_create, thread)                                                                                        \
  X(thread_start, thread)                                                                                         \
  X(thread_interrupt, thread)                                                                                     \
  X(thread_registers, thread)                                                                                     \
  X(thread_rehome, thread)                                                                                        \
  X(thread_floating, thread)                                                                                      \
  X(thread_end, thread)                                                                                           \
  X(thread_info, thread)                                                                                          \
  /* scheduling: who runs, when, and until when */                                                                \
  X(schedule, scheduling)                                                                                         \
  X(yield, scheduling)                                                                                            \
  X(clock, scheduling)                                                                                            \
  X(timer_set, scheduling)                                                                                        \
  X(system_info, scheduling)                                                                                      \
  X(system_stop, scheduling)

enum class Group : u8 { ipc, space, thread, scheduling };

enum class Number : u32 {
#define X(name, group) name,
  HINGE_NATIVE_CALLS(X)
#undef X
      count
};

inline constexpr u32 count = static_cast<u32>(Number::count);

/// The table as data, for the test that enumerates it and for traces.
struct Entry { char const* name; Group group; };
inline constexpr Entry entries[] = {
#define X(name, group) {#name, Group::group},
    HINGE_NATIVE_CALLS(X)
#undef X
};

/// `call`: rax = Number::call | method << 8 | words_in << 24 | buffers << 32, rbx = handle (zero-extended), request words
/// in rdi, rsi, rdx, r10, r8, r9. With `long_call` set in rax, rdi is the address of the request words instead, and of
/// room for 64 reply words. Without it request and reply have at most 6 words. The first `buffers` (0 to 2) pairs of
/// words are Buffers {address; bytes, writable} and are granted to the callee until the call ends.
/// Back: rax = status (Error) | words_out << 8, reply words in the same six registers or at rdi's address; rcx and r11
/// are clobbered, all else is the caller's own.
/// The callee is entered at its image's call_entry with the six words in place, rax = method | words_in << 16 | long << 24,
/// rbx = badge, rbp = thread | reason << 32, r12 = deadline, r13 = sequence, r14 = the portal's cookie,
/// rsp = the top of its activation stack, all else zero. In a long call the words lie at rsp, with room for 64.
/// `reply`: rax = Number::reply | words_out << 8, rbx = status, words in the six registers, or for a long call at rdi.
/// With `timed_call` set in rax, r12 is when the caller wants to go on at the latest: with timed_out, whatever the callee does.
/// The deadline of the call that the caller itself is in holds too, said or not.
inline constexpr u64 long_call = u64{1} << 40;
inline constexpr u64 timed_call = u64{1} << 41;
/// In rax of `call`: the request was sent before and its answer got lost; the callee is told Reason::repeated.
inline constexpr u64 repeated_call = u64{1} << 42;
inline constexpr u32 register_words = 6;
inline constexpr u32 max_buffers = 2;
inline constexpr u32 max_words = 64;  ///< 512 bytes in a request or a reply.

}  // namespace native

/// What a capability allows. The meaning of a bit is the same for all kinds that know it.
enum class Right : u16 {
  none = 0,
  call = 1,        ///< Portal: call it.
  signal = 2,      ///< Event: add to its count.
  wait = 4,        ///< Event: wait for it, bind it.
  read = 8,        ///< Slot, object, ports, space: look.
  write = 16,      ///< Slot, object, ports, space: change contents.
  map = 32,        ///< Object, space: make mappings of it, in it.
  place = 64,      ///< Slot: change the domain that maps it, give it capabilities.
  control = 128,   ///< Thread, portal, space: everything its creator may do.
  caller_view = 256,  ///< Portal creation: may be of kind caller view. Given to the personality alone.
  all = 511
};
constexpr Right operator|(Right a, Right b) { return Right(u16(a) | u16(b)); }
constexpr Right operator&(Right a, Right b) { return Right(u16(a) & u16(b)); }

/// Why a request is issued.
enum class Reason : u32 {
  first,       ///< For the first time.
  woken,       ///< Again: the event it was blocked on has fired.
  timed_out,   ///< One last time: its deadline has passed. Must finish.
  cancelled,   ///< One last time: its caller is dying or interrupted. Must finish.
  repeated,    ///< Again after a restart of the service: may have had its effect already.
};

/// Why a domain ended.
enum class Death : u32 {
  none,        ///< It lives.
  fault,       ///< It did what a program must not do: a page fault, an undefined instruction.
  kill,        ///< Somebody with the right to place its slots asked for it.
  hang,        ///< A call stayed inside beyond the slot's hang limit.
  quota,       ///< It used up what it may have, and cannot go on.
  garbage,     ///< A caller got an answer from it that makes no sense.
  count_
};
constexpr char const* to_string(Death d) {
  constexpr char const* names[] = {"none", "fault", "kill", "hang", "quota", "garbage"};
  static_assert(sizeof names / sizeof *names == u64(Death::count_));
  return d < Death::count_ ? names[u64(d)] : "?";
}

/// Where a slot is.
enum class Placement : u32 { none, kernel, user };

/// Protection of memory. A mapping that is neither readable, writable nor executable reserves its range.
enum class Protection : u32 { none = 0, read = 1, write = 2, execute = 4 };
constexpr Protection operator|(Protection a, Protection b) { return Protection(u32(a) | u32(b)); }
constexpr bool has(Protection set, Protection one) { return (u32(set) & u32(one)) == u32(one); }

}  // namespace hinge
