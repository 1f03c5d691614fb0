// The body of every call into a service that came as words: checks method and lengths against the interface's shapes,
// then calls the handler in place. Called by the nucleus (service on the kernel side) and by call_entry (user side).
// The method index and every word come from the other side; only the cookie is placement's, stamped by the nucleus.
#include "base/result.hpp"
#include "host/image.hpp"

namespace hinge::host {
/// `words` holds the request and has room for 64 words if bit 16 of `words_in` says so, else for 6. The handler writes
/// the reply into it at its very end. Returns status | reply words << 8; bytes past the reply's end are zero.
u64 handle_message(image::Provided const* cookie, u32 method, u32 words_in, u64* words, Caller const& caller) {
  if (method >= cookie->method_count) return u64(Error::not_supported);
  auto const& shape = cookie->shapes[method];
  bool const fits = shape.reply_words <= native::register_words || words_in >> 16;
  if (u16(words_in) != shape.request_words || !fits) return u64(Error::invalid);
  Error const status = cookie->methods[method](cookie->instance, words, words, caller);
  if (status != Error::none) return u64(status);
  if (shape.reply_tail) words[shape.reply_words - 1] &= (u64{1} << shape.reply_tail * 8) - 1;
  return u64{shape.reply_words} << 8;
}

}  // namespace hinge::host
