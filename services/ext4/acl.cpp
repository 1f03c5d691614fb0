// POSIX ACLs: short entries on the disk, entries of one size in getxattr(2).
#include <algorithm>

#include "services/ext4/attributes_change.hpp"

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

Result<u64> acl_to_disk(Bytes from, std::span<u8> to) {
  using namespace format;
  if (from.size() < sizeof(AclHeader) || (from.size() - sizeof(AclHeader)) % sizeof(AclEntry) != 0) return fail(Error::invalid);
  if (load<AclHeader>(from, 0).version != acl_user_version) return fail(Error::invalid);
  store(to, 0, AclHeader{acl_disk_version});
  usize at = sizeof(AclHeader);
  for (usize i = sizeof(AclHeader); i < from.size(); i += sizeof(AclEntry)) {
    auto const e = load<AclEntry>(from, i);
    store(to, at, AclShortEntry{e.tag, e.permissions});
    at += sizeof(AclShortEntry);
    if (e.tag != acl_user && e.tag != acl_group) continue;
    store(to, at, e.number);
    at += sizeof e.number;
  }
  return at;
}

bool is_acl_name(std::string_view name) { return name == "system.posix_acl_access" || name == "system.posix_acl_default"; }

}  // namespace hinge::ext4
