#include "examples/message_read/message.hpp"

#include <algorithm>

namespace hinge::message_read {

constinit open_file files[most_files] = {};

void ipc_call(cap_t server, msg_t* req) {
  open_file& file = files[req->fd];
  u64 const len = std::min(req->len, sizeof req->payload);
  // A request is its struct's words; the first two are the buffer that goes with it as a grant.
  u64 words[native::register_words] = {reinterpret_cast<u64>(req->payload), len | u64{1} << 32, file.inode.raw(), file.offset};
  constexpr u32 words_in = 4, buffers = 1;
  u64 const status = host::table().call(server, req->op, words_in | buffers << 8, words, Caller{});
  constexpr u64 one_word_and_no_error = u64{1} << 8;
  req->reply_len = status == one_word_and_no_error ? std::min(words[0], len) : 0;
  file.offset += req->reply_len;
}

}  // namespace hinge::message_read
