// EventFile: eventfd(2), a counter to wait on.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class EventFile final : public File {
 public:
  EventFile(u32 flags, u64 count, bool semaphore)
      : File{flags | open_flag::read_write, Path{}}, semaphore_{semaphore}, count_{count} {}
  void dispose() override { host::destroy(this); }
  Value read(Thread& self, Transfer& into, u64) override;
  Value write(Thread& self, Transfer& from, u64) override;
  u32 ready() override;
  PollSource* poll_source() override { return &source_; }
  usize describe(char* to, usize room) override;

 private:
  static constexpr u64 most = ~u64{0} - 1;
  bool const semaphore_;
  Mutex<rank::FileState> lock_;
  u64 count_ HINGE_GUARDED_BY(lock_);
  WaitQueue waiting_;
  PollSource source_;
};

}  // namespace hinge::linux_service
