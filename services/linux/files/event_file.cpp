#include "services/linux/files/event_file.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::linux_service {

Value EventFile::read(Thread& self, Transfer& into, u64) {
  if (into.left() < sizeof(u64)) return Errno::invalid;
  bool waits = false;
  u64 value = 0;
  {
    Guard guard{lock_};
    if (count_ == 0) {
      if (nonblocking()) return Errno::again;
      ATTEMPT(waiting_.enqueue(self));
      waits = true;
    } else {
      value = semaphore_ ? 1 : count_;
      count_ -= value;
      waiting_.wake_all();
      source_.notify(ready::writable);
    }
  }
  if (waits) return self.block();
  for (usize done = 0; done < sizeof value;) {
    done += into.put(reinterpret_cast<char const*>(&value) + done, sizeof value - done);
    if (done < sizeof value) ATTEMPT(into.populate(self, true));
  }
  return sizeof value;
}

Value EventFile::write(Thread& self, Transfer& from, u64) {
  if (from.left() < sizeof(u64)) return Errno::invalid;
  u64 value = 0;
  for (usize done = 0; done < sizeof value;) {
    done += from.take(reinterpret_cast<char*>(&value) + done, sizeof value - done);
    if (done < sizeof value) ATTEMPT(from.populate(self, false));
  }
  if (value == ~u64{0}) return Errno::invalid;
  {
    Guard guard{lock_};
    if (value <= most - count_) {
      count_ += value;
      if (value) {
        waiting_.wake_all();
        source_.notify(ready::readable);
      }
      return sizeof value;
    }
    if (nonblocking()) return Errno::again;
    ATTEMPT(waiting_.enqueue(self));
  }
  return self.block();
}

u32 EventFile::ready() {
  Guard guard{lock_};
  return (count_ ? ready::readable : 0) | (count_ < most ? ready::writable : 0);
}

usize EventFile::describe(char* to, usize room) {
  constexpr std::string_view text = "anon_inode:[eventfd]";
  usize const n = std::min(room, text.size());
  std::memcpy(to, text.data(), n);
  return n;
}

}  // namespace hinge::linux_service
