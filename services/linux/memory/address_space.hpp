// AddressSpace: a process' memory as the personality sees it. Regions live in the nucleus; here is what Linux adds: the
// break, where the program's parts are, which files are mapped (so that they live as long as their mappings may).
#pragma once

#include <atomic>

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/core/lock_ranks.hpp"

namespace hinge::linux_service {

class File;  // services/linux/files
class Thread;

/// A file that is mapped somewhere in a space. Regions name the File in their first opaque word.
struct MappedFile {
  MappedFile* next;
  Ref<File> file;
  bool written;                  ///< Some region shares it and could write it: the file knows (File::begin_shared_writing).
  bool seen = false, seen_written = false;  ///< Marks of sweep_files.
};

/// Where exec put things; for brk, /proc and ps.
struct ProgramLayout {
  u64 code_begin = 0, code_end = 0;
  u64 data_begin = 0, data_end = 0;
  u64 break_begin = 0;
  u64 stack_top = 0;
  u64 vdso = 0;                  ///< Where its image begins.
  u64 arguments_begin = 0, arguments_end = 0;
  u64 environment_begin = 0, environment_end = 0;
  u64 vector[2 * 24] = {};       ///< The auxiliary vector, for /proc/PID/auxv.
  u32 vector_words = 0;
};

class AddressSpace : public host::Shared<AddressSpace> {
 public:
  explicit AddressSpace(Handle space);
  ~AddressSpace();

  /// An empty one; null when memory is out.
  [[nodiscard]] static Attempt<Ref<AddressSpace>> create();
  /// What fork makes.
  [[nodiscard]] Attempt<Ref<AddressSpace>> clone();

  /// Keeps `file` alive while a region of this space may show it; `written`: shares it and could write it. not_permitted.
  [[nodiscard]] Attempt<> keep(Ref<File> file, bool written = false) HINGE_REQUIRES(lock);
  /// A reference to the mapped file that a region names, or null.
  [[nodiscard]] Ref<File> mapped_file(u64 word);
  /// Takes out the files that no region shows any more; let_go() them without the lock.
  [[nodiscard]] MappedFile* sweep_files() HINGE_REQUIRES(lock);
  static void let_go(MappedFile* files);
  /// Bytes that are present, of all regions.
  [[nodiscard]] u64 resident_bytes() const;
  /// Bytes of [begin, end) that are mapped.
  [[nodiscard]] u64 mapped_in(u64 begin, u64 end) HINGE_REQUIRES(lock);

  Handle const handle;           ///< The nucleus' space.
  Mutex<rank::Space> lock;       ///< Makes changes of regions and of the fields below one step.
  u64 break_end HINGE_GUARDED_BY(lock) = 0;
  u64 mapped_bytes HINGE_GUARDED_BY(lock) = 0;  ///< For RLIMIT_AS and /proc.
  std::atomic<bool> wants_barriers{false}, wants_global_barriers{false};  ///< membarrier(2): registered for its own, for everybody's.
  ProgramLayout program;         ///< Written by exec, before anybody else has the space.
  Ref<File> executable;          ///< /proc/PID/exe; files::path_of tells its path.

 private:
  /// For a fresh copy that nobody else knows.
  Attempt<> start_as(AddressSpace const& from) __attribute__((no_thread_safety_analysis));
  MappedFile* files_ HINGE_GUARDED_BY(lock) = nullptr;
};

namespace memory {

/// What became of an attempt to make a page there.
enum class Populated : u8 { done, no_region, no_access, beyond_file, no_memory };

/// Makes the page at `address` present, for reading or writing, asking files for what the nucleus cannot fill.
/// `self` asks; it need not live in `space`. Takes locks of files: call it without any.
Populated populate(Thread& self, AddressSpace& space, UserAddr address, bool write);

/// A name for anonymous memory that spaces share: a region's second opaque word, by which futexes know it.
u64 new_identity();

/// Copies to or from any space, making pages as needed. bad_address when there is no such memory.
Attempt<> copy_to_space(Thread& self, AddressSpace& space, UserAddr to, void const* from, usize bytes);
Attempt<> copy_from_space(Thread& self, AddressSpace& space, void* to, UserAddr from, usize bytes);

}  // namespace memory
}  // namespace hinge::linux_service
