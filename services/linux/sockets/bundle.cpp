#include "services/linux/sockets/bundle.hpp"

#include "services/linux/files/user_path.hpp"
#include "services/linux/sockets/collector.hpp"

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::FileState> ended_lock;
constinit FileBundle* ended HINGE_GUARDED_BY(ended_lock) = nullptr;
constinit bool ending HINGE_GUARDED_BY(ended_lock) = false;  ///< Somebody works the list off.

}  // namespace

FileBundle::~FileBundle() {
  for (File* const file : files()) (void)Ref<File>::adopt(file);
  host::release(files_);
}

Attempt<Ref<FileBundle>> FileBundle::make(Thread& self, std::span<i32 const> descriptors) {
  auto bundle = host::make_ref<FileBundle>();
  if (!bundle) return fail(Errno::no_memory);
  bundle->files_ = static_cast<File**>(host::allocate(descriptors.size() * sizeof(File*)));
  if (!bundle->files_) return fail(Errno::no_memory);
  for (i32 const fd : descriptors) bundle->files_[bundle->count_++] = ATTEMPT(file_at(self, fd)).leak();
  bool const privileged = self.credentials->has(Capability::sys_resource) || self.credentials->has(Capability::sys_admin);
  if (!privileged && Collector::in_flight() + bundle->count_ > self.process().limit(Resource::descriptors))
    return fail(Errno::too_many_references);
  return bundle;
}

void FileBundle::dispose() {
  {
    Guard guard{ended_lock};
    next_ended_ = std::exchange(ended, this);
    if (std::exchange(ending, true)) return;
  }
  for (;;) {
    FileBundle* next;
    {
      Guard guard{ended_lock};
      next = ended;
      if (!next) {
        ending = false;
        return;
      }
      ended = next->next_ended_;
    }
    host::destroy(next);
  }
}

}  // namespace hinge::linux_service
