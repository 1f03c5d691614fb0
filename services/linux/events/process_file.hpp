// ProcessFile: pidfd_open(2), a process that a number cannot mistake for another. Readable once it has ended.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class ProcessFile final : public File {
 public:
  static Attempt<Ref<File>> make(Ref<Process> process, u32 flags);
  ProcessFile(Ref<Process> process, u32 flags) : File{flags | open_flag::read_write, Path{}}, process_{std::move(process)} {}
  void dispose() override { host::destroy(this); }
  u32 ready() override { return process_->life.load(std::memory_order_acquire) >= Life::zombie ? ready::readable : 0; }
  PollSource* poll_source() override { return &process_->end_source; }
  Process* process() override { return process_.get(); }
  usize describe(char* to, usize room) override { return describe_as("anon_inode:[pidfd]", to, room); }

 private:
  Ref<Process> const process_;
};

}  // namespace hinge::linux_service
