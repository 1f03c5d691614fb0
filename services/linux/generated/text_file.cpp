#include "services/linux/generated/text_file.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::linux_service::generated {

Attempt<Ref<File>> TextFile::open(Thread&, Entry const& entry, Subject const& subject, Path const& path, u32 flags) {
  TextFile* const file = host::make<TextFile>(entry, subject, flags, path);
  if (!file) return fail(Errno::no_memory);
  return Ref<File>::adopt(file);
}

Value TextFile::read(Thread& self, Transfer& into, u64 offset) {
  if (!entry_.read) return Errno::invalid;
  Text fresh;
  if (offset == 0) {
    // Made without the lock: the makers take locks of their own, of any rank.
    ATTEMPT(entry_.read(self, subject_, fresh));
    if (!fresh.complete()) return Errno::no_memory;
  }
  for (bool first = true;; first = false) {
    bool faulted;
    {
      Guard guard{lock_};
      if (first && offset == 0) text_.swap(fresh);
      std::string_view const text = text_.view();
      u64 const at = offset + into.done();
      if (at >= text.size()) break;
      usize const wanted = std::min<u64>(text.size() - at, into.left());
      faulted = into.put(text.data() + at, wanted) < wanted;
    }
    if (!faulted) break;
    if (!into.populate(self, true)) return into.done() ? Value{into.done()} : Value{Errno::bad_address};
  }
  return into.done();
}

Value TextFile::write(Thread& self, Transfer& from, u64) {
  if (!entry_.write) return Errno::invalid;
  usize const bytes = std::min(from.left(), most_written);
  auto* const text = static_cast<char*>(host::allocate(bytes ? bytes : 1));
  if (!text) return Errno::no_memory;
  Value result = 0;
  while (from.done() < bytes) {
    from.take(text + from.done(), bytes - from.done());
    if (from.done() < bytes && !from.populate(self, false)) break;
  }
  if (from.done() < bytes) {
    result = Errno::bad_address;
  } else {
    Attempt<> const taken = entry_.write(self, subject_, {text, bytes});
    result = taken ? Value{bytes} : Value{taken.error()};
  }
  host::release(text);
  return result;
}

}  // namespace hinge::linux_service::generated
