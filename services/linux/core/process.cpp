// Birth and death of the Process object itself; what happens in a process' life stands in process/.
#include "services/linux/core/process.hpp"

#include "services/linux/core/thread.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/fs_context.hpp"

namespace hinge::linux_service {

Process::Process() = default;
Process::~Process() = default;

Ref<AddressSpace> Process::shared_space() const {
  Guard guard{lock};
  return space;
}

Ref<Descriptors> Process::shared_descriptors() const {
  Guard guard{lock};
  return descriptors;
}

Ref<FsContext> Process::shared_fs() const {
  Guard guard{lock};
  return fs;
}

Ref<Credentials> Credentials::copy() const {
  auto other = host::make_ref<Credentials>();
  if (!other) return other;
  other->uid = uid; other->euid = euid; other->suid = suid; other->fsuid = fsuid;
  other->gid = gid; other->egid = egid; other->sgid = sgid; other->fsgid = fsgid;
  other->permitted = permitted; other->effective = effective;
  other->inheritable = inheritable; other->bounding = bounding;
  other->group_count = group_count;
  for (u32 i = 0; i < group_count; ++i) other->groups[i] = groups[i];
  other->no_new_privileges = no_new_privileges;
  other->keep_capabilities = keep_capabilities;
  return other;
}

}  // namespace hinge::linux_service
