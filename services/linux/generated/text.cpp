#include "services/linux/generated/text.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::linux_service {

bool Text::grow(usize to) {
  if (to > most) return false;
  usize const room = std::min(most, std::max<usize>({to, room_ * 2, 256}));
  auto* const bigger = static_cast<char*>(host::allocate(room));
  if (!bigger) return false;
  if (bytes_) std::memcpy(bigger, at_, bytes_);
  host::release(at_);
  at_ = bigger;
  room_ = room;
  return true;
}

void Text::append(std::string_view text) {
  if (text.empty() || !complete_) return;
  if (text.size() > room_ - bytes_ && !grow(bytes_ + text.size())) {
    complete_ = false;
    return;
  }
  std::memcpy(at_ + bytes_, text.data(), text.size());
  bytes_ += text.size();
}

void Text::append_escaped(std::string_view text) {
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\\') {
      append(c);
      continue;
    }
    char const octal[4] = {'\\', char('0' + (u8(c) >> 6)), char('0' + (u8(c) >> 3 & 7)), char('0' + (u8(c) & 7))};
    append({octal, sizeof octal});
  }
}

}  // namespace hinge::linux_service
