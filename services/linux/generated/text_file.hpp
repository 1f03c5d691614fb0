// TextFile: an open generated file. Its text is made by the first read and again by each read from the start, so that one
// pass through it sees one state; writes are taken whole, one call each.
#pragma once

#include "services/linux/files/file.hpp"
#include "services/linux/generated/entry.hpp"

namespace hinge::linux_service::generated {

class TextFile final : public File {
 public:
  TextFile(Entry const& entry, Subject const& subject, u32 flags, Path path)
      : File{flags, std::move(path), Offsets::seekable}, entry_{entry}, subject_{subject} {}
  /// no_process or the like when the subject is gone already.
  static Attempt<Ref<File>> open(Thread& self, Entry const& entry, Subject const& subject, Path const& path, u32 flags);
  void dispose() override { host::destroy(this); }

  Value read(Thread& self, Transfer& into, u64 offset) override;
  Value write(Thread& self, Transfer& from, u64 offset) override;
  Attempt<> truncate(Thread&, u64) override { return ok; }

 private:
  struct Rank { static constexpr u32 level = rank::FileState::level; };
  static constexpr usize most_written = 4096;

  Entry const& entry_;
  Subject const subject_;
  Mutex<Rank> lock_;
  Text text_ HINGE_GUARDED_BY(lock_);
};

}  // namespace hinge::linux_service::generated
