// /sys/devices/system/cpu/cpuN/cache: the processor's caches, as CPUID tells of them: Intel SDM vol. 2, leaf 4; AMD APM vol. 3,
// leaf 8000'001D, which has the same layout, or the older 8000'0005 and 8000'0006. A processor that tells of none has an
// empty directory.
#pragma once

#include "services/linux/generated/entry.hpp"

namespace hinge::linux_service::sysfs {

/// The directory's content, index0 and so on; its Subject's number is the CPU's.
Attempt<generated::Found> find_cache(Thread&, generated::Subject const& of, std::string_view name);
Attempt<> list_caches(Thread&, generated::Subject const& of, u64 from, generated::Names& names);

}  // namespace hinge::linux_service::sysfs
