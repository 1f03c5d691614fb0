// Messages by hand, as C would write them: a capability, a struct, and a call that the nucleus mediates. Everywhere else in
// this tree a Port<I> does this (iface/calls.hpp), and can also be a function call.
#pragma once

#include "host/host.hpp"
#include "iface/filesystem.hpp"

namespace hinge::message_read {

using cap_t = Handle;

enum { OP_READ = FileSystem::List::index<FileSystem::Read>() };

struct msg_t {
  u32 op;
  int fd;
  usize len;
  usize reply_len;
  char payload[1024];
};

/// What a descriptor stands for: the server knows inodes and offsets.
struct open_file { InodeNumber inode; u64 offset; };
inline constexpr int most_files = 4;
extern open_file files[most_files];

/// Sends a request and waits for its reply; the payload comes back in req->payload, which the server may write to until then.
/// reply_len is 0 at the end of the file, and when the server answers with an error.
void ipc_call(cap_t server, msg_t* req);

}  // namespace hinge::message_read
