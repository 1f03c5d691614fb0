// errno: the numbers that Linux programs see for failures, and nowhere else in Hinge. Handlers of the personality
// return Attempt<T> (or Value); what comes from below as Error is translated by from().
#pragma once

#include "base/result.hpp"

namespace hinge::linux_service {

/// Numbers as in Linux' asm-generic/errno.h; the comment is the name that programs know.
enum class Errno : u16 {
  not_permitted = 1,       ///< EPERM
  no_entry = 2,            ///< ENOENT
  no_process = 3,          ///< ESRCH
  interrupted = 4,         ///< EINTR
  io = 5,                  ///< EIO
  no_device_or_address = 6,  ///< ENXIO
  too_big = 7,             ///< E2BIG
  bad_executable = 8,      ///< ENOEXEC
  bad_descriptor = 9,      ///< EBADF
  no_child = 10,           ///< ECHILD
  again = 11,              ///< EAGAIN, EWOULDBLOCK
  no_memory = 12,          ///< ENOMEM
  access = 13,             ///< EACCES
  bad_address = 14,        ///< EFAULT
  not_block_device = 15,   ///< ENOTBLK
  busy = 16,               ///< EBUSY
  exists = 17,             ///< EEXIST
  cross_device = 18,       ///< EXDEV
  no_device = 19,          ///< ENODEV
  not_directory = 20,      ///< ENOTDIR
  is_directory = 21,       ///< EISDIR
  invalid = 22,            ///< EINVAL
  file_table_full = 23,    ///< ENFILE
  too_many_files = 24,     ///< EMFILE
  not_terminal = 25,       ///< ENOTTY
  text_busy = 26,          ///< ETXTBSY
  file_too_big = 27,       ///< EFBIG
  no_space = 28,           ///< ENOSPC
  illegal_seek = 29,       ///< ESPIPE
  read_only = 30,          ///< EROFS
  too_many_links = 31,     ///< EMLINK
  broken_pipe = 32,        ///< EPIPE
  domain = 33,             ///< EDOM
  range = 34,              ///< ERANGE
  deadlock = 35,           ///< EDEADLK
  name_too_long = 36,      ///< ENAMETOOLONG
  no_locks = 37,           ///< ENOLCK
  no_system_call = 38,     ///< ENOSYS
  not_empty = 39,          ///< ENOTEMPTY
  loop = 40,               ///< ELOOP
  no_message = 42,         ///< ENOMSG
  identifier_removed = 43, ///< EIDRM
  no_data = 61,            ///< ENODATA
  overflow = 75,           ///< EOVERFLOW
  bad_library = 80,        ///< ELIBBAD
  not_socket = 88,         ///< ENOTSOCK
  destination_required = 89,  ///< EDESTADDRREQ
  message_size = 90,       ///< EMSGSIZE
  wrong_socket_type = 91,  ///< EPROTOTYPE
  no_protocol_option = 92, ///< ENOPROTOOPT
  no_protocol = 93,        ///< EPROTONOSUPPORT
  no_socket_type = 94,     ///< ESOCKTNOSUPPORT
  not_supported = 95,      ///< EOPNOTSUPP, ENOTSUP
  no_address_family = 97,  ///< EAFNOSUPPORT
  address_in_use = 98,     ///< EADDRINUSE
  connection_reset = 104,  ///< ECONNRESET
  no_buffers = 105,        ///< ENOBUFS
  connected = 106,         ///< EISCONN
  not_connected = 107,     ///< ENOTCONN
  too_many_references = 109,  ///< ETOOMANYREFS
  timed_out = 110,         ///< ETIMEDOUT
  connection_refused = 111,   ///< ECONNREFUSED
  structure_needs_cleaning = 117,  ///< EUCLEAN
  quota = 122,             ///< EDQUOT
  owner_dead = 130,        ///< EOWNERDEAD

  // Never seen by programs: what becomes of a call that a signal interrupted. The signal check at the end of the call
  // turns them into interrupted, or into the call being made again (signal/deliver.cpp).
  restart = 512,           ///< Again after a handler with SA_RESTART, or without any handler. (Linux: ERESTARTSYS)
  restart_always = 513,    ///< Again in every case. (ERESTARTNOINTR)
  restart_unhandled = 514, ///< Again only when no handler ran. (ERESTARTNOHAND)
  restart_relative = 516,  ///< As restart_unhandled, but continues as restart_syscall with what is left of the time.
};

constexpr bool is_restart(Errno e) { return e >= Errno::restart; }

/// What a program finds for a failure further down. Each call site with a better answer gives it before this one.
constexpr Errno from(Error e) {
  switch (e) {
    case Error::none: case Error::count_: return Errno::io;
    case Error::invalid: return Errno::invalid;
    case Error::bad_handle: case Error::no_rights: return Errno::io;
    case Error::not_found: return Errno::no_entry;
    case Error::exists: return Errno::exists;
    case Error::no_memory: case Error::quota: return Errno::no_memory;
    case Error::bad_address: case Error::not_present: return Errno::bad_address;
    case Error::busy: return Errno::busy;
    case Error::peer_died:
    case Error::peer_restarts: return Errno::io;
    case Error::timed_out: return Errno::timed_out;
    case Error::cancelled: return Errno::interrupted;
    case Error::blocked: case Error::would_block: return Errno::again;
    case Error::not_supported: return Errno::not_supported;
    case Error::io: case Error::corrupt: return Errno::io;
    case Error::no_space: return Errno::no_space;
    case Error::read_only: return Errno::read_only;
    case Error::not_directory: return Errno::not_directory;
    case Error::is_directory: return Errno::is_directory;
    case Error::not_empty: return Errno::not_empty;
    case Error::name_too_long: return Errno::name_too_long;
    case Error::too_many_links: return Errno::too_many_links;
    case Error::access: return Errno::access;
    case Error::not_permitted: return Errno::not_permitted;
    case Error::too_big: return Errno::file_too_big;
    case Error::cross_device: return Errno::cross_device;
    case Error::loop: return Errno::loop;
  }
  return Errno::io;
}
constexpr Errno from(Errno e) { return e; }

/// A result or the errno for the program.
template <class T = Unit>
using Attempt = std::expected<T, Errno>;

constexpr std::unexpected<Errno> fail(Errno e) { return std::unexpected<Errno>{e}; }
using hinge::fail;

}  // namespace hinge::linux_service

/// TRY for functions that return Attempt<T> or Value: takes an Attempt or a Result, passes a failure on as Errno.
#define ATTEMPT(...)                                                                                       \
  ({                                                                                                       \
    auto attempt_ = (__VA_ARGS__);                                                                         \
    if (!attempt_) return ::hinge::linux_service::fail(::hinge::linux_service::from(attempt_.error()));    \
    *static_cast<decltype(attempt_)&&>(attempt_);                                                          \
  })
