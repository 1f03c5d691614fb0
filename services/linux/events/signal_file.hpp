// SignalFile: signalfd(2), signals taken by reading. A reader takes its own and its process' signals; readiness is that of
// the process that made the file.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class SignalFile final : public File {
 public:
  SignalFile(u32 flags, SignalSet mask, Ref<Process> process)
      : File{flags | open_flag::read_write, Path{}}, mask_{mask.bits()}, process_{std::move(process)} {}
  void dispose() override { host::destroy(this); }
  Value read(Thread& self, Transfer& into, u64) override;
  u32 ready() override;
  PollSource* poll_source() override { return &process_->signal_source; }
  SignalFile* signals() override { return this; }
  usize describe(char* to, usize room) override { return describe_as("anon_inode:[signalfd]", to, room); }

  void set_mask(SignalSet mask);

 private:
  /// Takes one signal; false: none.
  [[nodiscard]] bool take(Thread& self, SignalInfo& info) const;
  [[nodiscard]] SignalSet mask() const { return SignalSet{mask_.load(std::memory_order_relaxed)}; }
  std::atomic<u64> mask_;
  Ref<Process> const process_;
};

}  // namespace hinge::linux_service
