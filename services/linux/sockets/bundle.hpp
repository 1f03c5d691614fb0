// FileBundle: open files on their way from one process to another (SCM_RIGHTS). A bundle in a socket's queue may be all
// that keeps another socket alive, and that one's queue the first: collector.hpp finds such rings.
#pragma once

#include <span>

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class FileBundle : public Counted {
 public:
  static constexpr u32 most = 253;  ///< SCM_MAX_FD.

  /// The files of these descriptors of the caller (at most `most`): bad_descriptor, no_memory; too_many_references when
  /// more are on their way already than the caller, who is not privileged, may have open.
  static Attempt<Ref<FileBundle>> make(Thread& self, std::span<i32 const> descriptors);
  /// Ends it and, one after the other, those that this ends: a chain of sockets in queues of sockets needs no deep stack.
  void dispose();

  [[nodiscard]] std::span<File* const> files() const { return {files_, count_}; }

 private:
  friend class Collector;
  friend void host::destroy<FileBundle>(FileBundle*);
  ~FileBundle();

  File** files_ = nullptr;     ///< Each holds a reference.
  u32 count_ = 0;
  bool in_flight_ = false;     ///< Under the collector's lock.
  FileBundle* next_ended_ = nullptr;
};

}  // namespace hinge::linux_service
