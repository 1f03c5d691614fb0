// Who may do what to an inode: mode bits and capabilities (path_resolution(7), capabilities(7)).
#pragma once

#include "services/linux/core/credentials.hpp"
#include "services/linux/files/inode.hpp"

namespace hinge::linux_service {

/// Bits of access(2).
namespace may { inline constexpr u32 execute = 1, write = 2, read = 4; }

/// access when the mode bits (or capabilities) deny any of `wanted`.
Attempt<> check_permission(Credentials const& who, Inode const& inode, u32 wanted);
/// The same for a given user and group instead of the file-system ids: access(2) asks for the real ones.
Attempt<> check_permission_as(Credentials const& who, u32 user, u32 group, bool privileged, Inode const& inode, u32 wanted);
/// The owner, or one with CAP_FOWNER: for chmod, utimes, O_NOATIME.
[[nodiscard]] bool owns(Credentials const& who, Inode const& inode);
/// Whether a sticky directory keeps `who` from removing `victim`.
[[nodiscard]] bool sticky_forbids(Credentials const& who, Inode const& directory, Inode const& victim);

}  // namespace hinge::linux_service
