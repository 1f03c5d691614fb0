// Opening by path: what open(2) does between the path and the descriptor; exec and the boot use it too.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

/// Opens (or with open_flag::create makes) what `path` names from `start` on. `restrictions`: resolve bits.
Attempt<Ref<File>> open_path(Thread& self, Path start, std::string_view path, u32 flags, u32 mode, u32 restrictions = 0);
/// Opens a place, asking permission as flags demand.
Attempt<Ref<File>> open_place(Thread& self, Path const& place, u32 flags);

/// Makes a node in `directory` (a place; the name is free as far as the caller has seen). exists if it is not.
Attempt<Ref<Name>> make_node(Thread& self, Path const& directory, std::string_view name, u32 mode, u64 device);
/// What a new node in this directory looks like: owner, group and set-group-id as Linux has it, umask applied.
struct NewNode new_node(Thread& self, Inode const& directory, u32 mode, u64 device);
/// May names be made or removed here? access, read_only.
Attempt<> may_change_names(Thread& self, Path const& directory);

}  // namespace hinge::linux_service
