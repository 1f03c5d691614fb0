#include "services/linux/dev/kmsg.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "services/linux/dev/log_lines.hpp"

namespace hinge::linux_service::dev {
namespace {

class Kmsg final : public File {
 public:
  Kmsg(u32 flags, Path path) : File{flags, std::move(path)} {}
  void dispose() override { host::destroy(this); }

  Value read(Thread& self, Transfer& into, u64) override {
    char record[LogLines::most_bytes + 64];
    std::string_view shown;
    {
      Guard guard{lock_};
      u64 const sequence = lines_.position();
      std::string_view line;
      if (!lines_.next(line)) return nonblocking() ? Value{Errno::again} : Value{0};
      LogLine const parts{line};
      shown = format_to(std::span<char>{record}, "6,{},{},-;{}\n", sequence, parts.micros, parts.text);
    }
    if (into.left() < shown.size()) return Errno::invalid;
    while (into.done() < shown.size()) {
      into.put(shown.data() + into.done(), shown.size() - into.done());
      if (into.done() < shown.size()) ATTEMPT(into.populate(self, true));
    }
    return into.done();
  }

  Value write(Thread& self, Transfer& from, u64) override {
    // One line, without the priority that syslog daemons put in front.
    char text[256];
    usize const all = from.left();
    usize const bytes = std::min(all, sizeof text);
    while (from.done() < bytes) {
      from.take(text + from.done(), bytes - from.done());
      if (from.done() < bytes) ATTEMPT(from.populate(self, false));
    }
    std::string_view line{text, bytes};
    if (usize const end = line.find('>'); line.starts_with('<') && end != line.npos && end <= 4) line.remove_prefix(end + 1);
    while (line.ends_with('\n')) line.remove_suffix(1);
    if (!line.empty()) ATTEMPT(host::log_write(line.data(), line.size()));
    return all;
  }

 private:
  struct Rank { static constexpr u32 level = rank::FileState::level; };
  Mutex<Rank> lock_;
  LogLines lines_ HINGE_GUARDED_BY(lock_){LogLines::From::oldest};
};

}  // namespace

Attempt<Ref<File>> open_kmsg(Path const& path, u32 flags) {
  Kmsg* const file = host::make<Kmsg>(flags, path);
  if (!file) return fail(Errno::no_memory);
  return Ref<File>::adopt(file);
}

}  // namespace hinge::linux_service::dev
