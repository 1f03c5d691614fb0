// From a place back to its text: getcwd, /proc/PID/exe and fd, /proc/mounts.
#include <cstring>

#include "services/linux/files/walk.hpp"

namespace hinge::linux_service {

Attempt<usize> text_of(Path const& place, Path const& root, char* to, usize room, bool mark_removed) {
  constexpr std::string_view mark = " (deleted)";
  Path at = place;
  usize begin = room;
  auto const prepend = [&](std::string_view text) {
    if (text.size() > begin) return false;
    begin -= text.size();
    std::memcpy(to + begin, text.data(), text.size());
    return true;
  };
  if (mark_removed && place.name->removed() && !prepend(mark)) return fail(Errno::name_too_long);
  usize const end_of_names = begin;
  while (!(at == root)) {
    if (at.name == at.mount->root()) {
      if (!MountTable::ascend(at)) break;
      continue;
    }
    char text[Name::max_bytes];
    usize const bytes = at.name->copy_text(text);
    if (!prepend({text, bytes}) || !prepend("/")) return fail(Errno::name_too_long);
    Ref<Name> parent = at.name->parent();
    if (!parent) break;
    at.name = std::move(parent);
  }
  if (begin == end_of_names && !prepend("/")) return fail(Errno::name_too_long);
  std::memmove(to, to + begin, room - begin);
  return room - begin;
}

}  // namespace hinge::linux_service
