#include "services/linux/files/permissions.hpp"

namespace hinge::linux_service {

Attempt<> check_permission_as(Credentials const& who, u32 user, u32 group, bool privileged, Inode const& inode, u32 wanted) {
  u32 const mode = inode.mode();
  u32 granted = mode & 7;
  bool const in_group = group == who.fsgid ? who.in_group(inode.group()) : inode.group() == group || [&] {
    for (u32 i = 0; i < who.group_count; ++i)
      if (who.groups[i] == inode.group()) return true;
    return false;
  }();
  if (user == inode.owner()) granted = mode >> 6 & 7;
  else if (in_group) granted = mode >> 3 & 7;
  if ((granted & wanted) == wanted) return ok;
  if (!privileged) return fail(Errno::access);
  // CAP_DAC_OVERRIDE: anything, except to execute what nobody may execute. CAP_DAC_READ_SEARCH: reading.
  bool const executable = inode.is_directory() || (mode & 0111);
  if (who.has(Capability::dac_override) && (!(wanted & may::execute) || executable)) return ok;
  u32 const readable = inode.is_directory() ? may::read | may::execute : may::read;
  if (who.has(Capability::dac_read_search) && !(wanted & ~readable)) return ok;
  return fail(Errno::access);
}

Attempt<> check_permission(Credentials const& who, Inode const& inode, u32 wanted) {
  return check_permission_as(who, who.fsuid, who.fsgid, true, inode, wanted);
}

bool owns(Credentials const& who, Inode const& inode) { return who.fsuid == inode.owner() || who.has(Capability::fowner); }

bool sticky_forbids(Credentials const& who, Inode const& directory, Inode const& victim) {
  constexpr u32 sticky = 01000;
  return (directory.mode() & sticky) && who.fsuid != victim.owner() && who.fsuid != directory.owner() && !who.has(Capability::fowner);
}

}  // namespace hinge::linux_service
