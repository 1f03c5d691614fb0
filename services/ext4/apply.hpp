// The single changes, by what they change. Each checks the rules of its request (iface/filesystem.hpp) and carries it out in
// the Change; what fails is undone with the Change. All but their choices follows from request and state.
#pragma once

#include "services/ext4/change.hpp"

namespace hinge::ext4 {

// apply_names.cpp
Result<> apply(Change& change, FileSystem::Create const& m, Outcome& outcome);
Result<> apply(Change& change, FileSystem::Symlink const& m, std::string_view target, Outcome& outcome);
Result<> apply(Change& change, FileSystem::Link const& m, Outcome& outcome);
Result<> apply(Change& change, FileSystem::Unlink const& m, Outcome& outcome);
Result<> apply(Change& change, FileSystem::RemoveDirectory const& m, Outcome& outcome);
// apply_rename.cpp
Result<> apply(Change& change, FileSystem::Rename const& m, std::string_view new_name, Outcome& outcome);
// apply_inode.cpp. Of these, `next` tells that the same is to be asked again.
Result<> apply(Change& change, FileSystem::SetAttributes const& m, Outcome& outcome);
Result<> apply(Change& change, FileSystem::Release const& m, Outcome& outcome);
// apply_data.cpp
Result<> apply(Change& change, FileSystem::Write const& m, Outcome& outcome);
Result<> apply(Change& change, FileSystem::Reserve const& m, Outcome& outcome);
Result<> apply_allocate(Change& change, RangeStep const& m, Outcome& outcome);
Result<> apply_punch(Change& change, RangeStep const& m, Outcome& outcome);
// apply_attributes.cpp
Result<> apply(Change& change, FileSystem::SetAttribute const& m, std::string_view value, Outcome& outcome);
Result<> apply(Change& change, FileSystem::RemoveAttribute const& m, Outcome& outcome);

// Shared by them.
[[nodiscard]] inline InodeNumber number_of(Session const& session, u32 inode) { return InodeNumber{session.volume().number << 32 | inode}; }

}  // namespace hinge::ext4
