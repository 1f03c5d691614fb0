#include "services/linux/sockets/control.hpp"

#include <algorithm>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {
namespace {

enum class Kind : i32 { files = 1, identity = 2 };

/// struct cmsghdr. The next one follows at a multiple of 8.
struct Header {
  u64 bytes;                   ///< With the header.
  i32 level;
  i32 kind;
};
static_assert(sizeof(Header) == 16);
constexpr u64 align = 8;
constexpr u64 most_control = 20480;  // optmem_max

Attempt<> read_files(Thread& self, UserAddr at, u64 bytes, Sending& what) {
  i32 descriptors[FileBundle::most];
  u64 const count = bytes / sizeof(i32);
  if (count > FileBundle::most || what.files) return fail(Errno::invalid);
  if (!count) return ok;
  ATTEMPT(copy_from_user(self, descriptors, at, count * sizeof(i32)));
  what.files = ATTEMPT(FileBundle::make(self, {descriptors, count}));
  return ok;
}

/// Who is privileged may say anything, others only what they are.
Attempt<> read_identity(Thread& self, UserAddr at, u64 bytes, Sending& what) {
  if (bytes != sizeof(Identity)) return fail(Errno::invalid);
  ATTEMPT(copy_from_user(self, what.identity, at));
  Credentials const& c = *self.credentials;
  auto const [pid, uid, gid] = what.identity;
  bool const own_pid = pid == self.process().pid, own_uid = uid == c.uid || uid == c.euid || uid == c.suid;
  bool const own_gid = gid == c.gid || gid == c.egid || gid == c.sgid;
  if ((!own_pid && !c.has(Capability::sys_admin)) || (!own_uid && !c.has(Capability::setuid)) || (!own_gid && !c.has(Capability::setgid)))
    return fail(Errno::not_permitted);
  if (!own_pid && !find_process(pid)) return fail(Errno::no_process);
  what.has_identity = true;
  return ok;
}

/// One header with its content; what does not fit is cut. Returns the room it took.
Attempt<u64> write_one(Thread& self, UserAddr at, u64 room, Kind kind, void const* content, u64 bytes, Receiving& what) {
  if (room < sizeof(Header) + bytes) what.told |= message_flag::control_truncated;
  if (room < sizeof(Header)) return u64{0};
  bytes = std::min(bytes, room - sizeof(Header));
  ATTEMPT(copy_to_user(self, at, Header{sizeof(Header) + bytes, socket_level, i32(kind)}));
  ATTEMPT(copy_to_user(self, at + sizeof(Header), content, bytes));
  return std::min(room, (sizeof(Header) + bytes + align - 1) / align * align);
}

Attempt<u64> write_files(Thread& self, UserAddr at, u64 room, Receiving& what) {
  i32 descriptors[FileBundle::most];
  u64 const fit = room < sizeof(Header) ? 0 : (room - sizeof(Header)) / sizeof(i32);
  u64 made = 0;
  Process& process = self.process();
  for (File* const file : what.files->files().first(std::min<u64>(fit, what.files->files().size()))) {
    auto const fd = process.descriptors->install(Ref<File>{*file}, what.flags & message_flag::close_on_exec, process.limit(Resource::descriptors));
    if (!fd) break;
    descriptors[made++] = *fd;
  }
  if (made < what.files->files().size()) what.told |= message_flag::control_truncated;
  if (!made) return u64{0};
  return write_one(self, at, room, Kind::files, descriptors, made * sizeof(i32), what);
}

}  // namespace

Attempt<> read_control(Thread& self, UserAddr control, u64 bytes, Sending& what) {
  if (bytes > most_control) return fail(Errno::no_buffers);
  while (bytes >= sizeof(Header)) {
    Header header;
    ATTEMPT(copy_from_user(self, header, control));
    if (header.bytes < sizeof(Header) || header.bytes > bytes) return fail(Errno::invalid);
    u64 const content = header.bytes - sizeof(Header);
    if (header.level == socket_level) {
      switch (Kind(header.kind)) {
        case Kind::files: ATTEMPT(read_files(self, control + sizeof(Header), content, what)); break;
        case Kind::identity: ATTEMPT(read_identity(self, control + sizeof(Header), content, what)); break;
        default: return fail(Errno::invalid);
      }
    }
    u64 const step = (header.bytes + align - 1) / align * align;
    if (step >= bytes) break;
    control = control + step;
    bytes -= step;
  }
  return ok;
}

Attempt<u64> write_control(Thread& self, UserAddr control, u64 room, Receiving& what) {
  if (!control.raw()) room = 0;
  u64 used = 0;
  if (what.has_identity) used = ATTEMPT(write_one(self, control, room, Kind::identity, &what.identity, sizeof what.identity, what));
  if (what.files) used += ATTEMPT(write_files(self, control + used, room - used, what));
  return used;
}

}  // namespace hinge::linux_service
