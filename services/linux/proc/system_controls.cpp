// /proc/sys: what there is to say of the system's settings. Only the names can be changed, by sethostname(2)'s rules.
#include "services/linux/core/machine.hpp"
#include "services/linux/ipc/message_queue.hpp"
#include "services/linux/proc/view.hpp"
#include "services/linux/process/system.hpp"

namespace hinge::linux_service::proc {
namespace {

using generated::directory_mode;
using generated::Entry;
using generated::file_mode;
using generated::Subject;

template <u64 value>
Attempt<> number(Thread&, Subject const&, Text& to) {
  to.add("{}\n", value);
  return ok;
}

using NameField = char (SystemName::*)[SystemName::field_bytes];
template <NameField field>
Attempt<> name(Thread&, Subject const&, Text& to) {
  SystemName const names = system_name();
  to.add("{}\n", std::string_view{names.*field});
  return ok;
}

Attempt<> most_threads(Thread&, Subject const&, Text& to) {
  to.add("{}\n", machine().most_processes);
  return ok;
}

void add_uuid(Text& to, u64 high, u64 low) {
  // RFC 9562, 5.4: version 4, variant 10.
  high = (high & ~u64{0xf000}) | 0x4000;
  low = (low & ~(u64{3} << 62)) | u64{2} << 62;
  to.add("{08x}-{04x}-{04x}-{04x}-{012x}\n", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

Attempt<> fresh_uuid(Thread&, Subject const&, Text& to) {
  u64 high, low;
  if (!random_word(high) || !random_word(low)) return fail(Errno::io);
  add_uuid(to, high, low);
  return ok;
}

/// Made when first asked for; the same until the next boot.
Attempt<> boot_uuid(Thread&, Subject const&, Text& to) {
  static constinit Mutex<rank::Leaf> lock;
  static constinit u64 high = 0, low = 0;
  Guard guard{lock};
  if (!high && (!random_word(high) || !random_word(low))) {
    high = 0;
    return fail(Errno::io);
  }
  add_uuid(to, high, low);
  return ok;
}

Attempt<> entropy(Thread&, Subject const&, Text& to) {
  to.append(machine().has_rdrand ? "256\n" : "0\n");
  return ok;
}

constexpr Entry random_files[] = {
    {.name = "boot_id", .mode = file_mode, .read = boot_uuid},
    {.name = "uuid", .mode = file_mode, .read = fresh_uuid},
    {.name = "entropy_avail", .mode = file_mode, .read = entropy},
    {.name = "poolsize", .mode = file_mode, .read = number<256>},
};
constexpr Entry kernel_files[] = {
    {.name = "hostname", .mode = file_mode, .read = name<&SystemName::node>},
    {.name = "domainname", .mode = file_mode, .read = name<&SystemName::domain>},
    {.name = "ostype", .mode = file_mode, .read = name<&SystemName::system>},
    {.name = "osrelease", .mode = file_mode, .read = name<&SystemName::release>},
    {.name = "version", .mode = file_mode, .read = name<&SystemName::version>},
    {.name = "pid_max", .mode = file_mode, .read = number<32768>},
    {.name = "threads-max", .mode = file_mode, .read = most_threads},
    {.name = "ngroups_max", .mode = file_mode, .read = number<Credentials::max_groups>},
    {.name = "cap_last_cap", .mode = file_mode, .read = number<u64(Capability::last)>},
    {.name = "shmmax", .mode = file_mode, .read = number<u64{1} << 40>},
    {.name = "shmall", .mode = file_mode, .read = number<(u64{1} << 40) / page_bytes>},
    {.name = "shmmni", .mode = file_mode, .read = number<4096>},
    {.name = "msgmax", .mode = file_mode, .read = number<8192>},
    {.name = "msgmnb", .mode = file_mode, .read = number<16384>},
    {.name = "msgmni", .mode = file_mode, .read = number<4096>},
    {.name = "random", .mode = directory_mode, .children = random_files},
};
constexpr Entry memory_files[] = {
    // Memory is promised without keeping account of it, and there is no swap.
    {.name = "overcommit_memory", .mode = file_mode, .read = number<1>},
    {.name = "drop_caches", .mode = u32(FileType::regular) | 0200, .write = drop_caches},
    {.name = "swappiness", .mode = file_mode, .read = number<0>},
    {.name = "mmap_min_addr", .mode = file_mode, .read = number<layout::user_begin>},
};
constexpr Entry queue_files[] = {
    {.name = "queues_max", .mode = file_mode, .read = number<ipc::most_queues>},
    {.name = "msg_max", .mode = file_mode, .read = number<ipc::most_messages>},
    {.name = "msgsize_max", .mode = file_mode, .read = number<ipc::most_message_bytes>},
    {.name = "msg_default", .mode = file_mode, .read = number<ipc::most_messages>},
    {.name = "msgsize_default", .mode = file_mode, .read = number<ipc::most_message_bytes>},
};
constexpr Entry file_files[] = {
    {.name = "file-max", .mode = file_mode, .read = number<(~u64{0} >> 1)>},
    {.name = "pipe-max-size", .mode = file_mode, .read = number<1048576>},
    {.name = "nr_open", .mode = file_mode, .read = number<Descriptors::most>},
    {.name = "mqueue", .mode = directory_mode, .children = queue_files},
};
}  // namespace

constinit Entry const system_controls[3] = {
    {.name = "kernel", .mode = directory_mode, .children = kernel_files},
    {.name = "vm", .mode = directory_mode, .children = memory_files},
    {.name = "fs", .mode = directory_mode, .children = file_files},
};

}  // namespace hinge::linux_service::proc
