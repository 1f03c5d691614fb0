#include "services/linux/dev/log_lines.hpp"

#include <algorithm>

namespace hinge::linux_service {

u64 log_end() {
  host::SystemInfo info{};
  return host::system_info(&info) ? info.log_end : 0;
}

LogLines::LogLines(From from) : position_{log_end()} {
  if (from == From::newest) return;
  // How much the ring holds is its own business: the furthest power of two that can still be read, then line by line.
  u64 const end = position_;
  char probe;
  for (u64 back = u64{1} << 24; back; back /= 2) {
    u64 const at = end - std::min(end, back);
    if (!host::log_read(at, &probe, 1)) continue;
    position_ = at;
    break;
  }
  // The first of them may have lost its beginning.
  std::string_view cut;
  if (position_ != 0 && position_ != end) (void)next(cut);
}

/// Bytes at position_ into line_, however far the ring has moved on.
Result<u64> LogLines::read() {
  for (;;) {
    auto const got = host::log_read(position_, line_, sizeof line_);
    if (got || got.error() != Error::not_found) return got;
    if (position_ >= log_end()) return u64{0};
    position_ += sizeof line_;
  }
}

bool LogLines::next(std::string_view& line) {
  auto const got = read();
  if (!got || *got == 0) return false;
  std::string_view const there{line_, std::min<u64>(*got, sizeof line_)};
  usize const end = there.find('\n');
  if (end == there.npos && there.size() < sizeof line_) return false;
  line = there.substr(0, end);
  position_ += end == there.npos ? there.size() : end + 1;
  return true;
}

LogLine::LogLine(std::string_view line) : text{line} {
  if (line.empty() || line[0] != '[') return;
  u64 seconds = 0, fraction = 0;
  u32 decimals = 0;
  usize i = 1;
  while (i < line.size() && line[i] == ' ') ++i;
  for (; i < line.size() && line[i] >= '0' && line[i] <= '9'; ++i) seconds = seconds * 10 + u64(line[i] - '0');
  if (i == line.size() || line[i] != '.') return;
  for (++i; i < line.size() && line[i] >= '0' && line[i] <= '9' && decimals < 6; ++i, ++decimals) fraction = fraction * 10 + u64(line[i] - '0');
  if (i == line.size() || line[i] != ']') return;
  for (; decimals < 6; ++decimals) fraction *= 10;
  micros = seconds * 1'000'000 + fraction;
  text = line.substr(std::min(i + 2, line.size()));
}

}  // namespace hinge::linux_service
