// POSIX ACLs: short entries on the disk, entries of one size in getxattr(2).
#include <algorithm>

#include "services/ext4/attributes.hpp"

namespace hinge::ext4 {

using namespace format;

Result<u64> copy_acl(Bytes disk, Buffer into) {
  if (disk.size() < sizeof(AclHeader) || load<AclHeader>(disk, 0).version != acl_disk_version) return fail(Error::invalid);
  u64 length = 0;
  auto const put = [&](auto const& value) -> Result<> {
    u64 const room = length < into.bytes ? into.bytes - length : 0;
    if (room) TRY(into.copy_out(length, &value, std::min<u64>(sizeof value, room)));
    length += sizeof value;
    return ok;
  };
  TRY(put(AclHeader{acl_user_version}));
  for (usize at = sizeof(AclHeader); at < disk.size();) {
    if (disk.size() - at < sizeof(AclShortEntry)) return fail(Error::invalid);
    auto const e = load<AclShortEntry>(disk, at);
    at += sizeof e;
    u32 number = acl_no_number;
    if (e.tag == acl_user || e.tag == acl_group) {
      if (disk.size() - at < sizeof number) return fail(Error::invalid);
      number = load<u32>(disk, at);
      at += sizeof number;
    }
    TRY(put(AclEntry{e.tag, e.permissions, number}));
  }
  return length;
}

}  // namespace hinge::ext4
