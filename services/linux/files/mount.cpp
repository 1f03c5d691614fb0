// The mount table: one list. Mounts are few, and walks come here only at names that are covered.
#include "services/linux/files/mount.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/files/mounting.hpp"
#include "services/linux/files/path.hpp"

namespace hinge::linux_service {
namespace {

struct Table {
  Mutex<rank::Mounts> lock;
  Mount* first HINGE_GUARDED_BY(lock) = nullptr;  ///< In the order of mounting, each holds a reference.
};
constinit Table table;
constinit std::atomic<u32> last_id{0};

}  // namespace

constinit Mutex<rank::WriteBack> write_back_lock;
constinit Mutex<rank::MountsShown> mounts_shown_lock;

Mount::Mount(Ref<Superblock> superblock, Ref<Name> root, u64 flags, std::string_view source)
    : superblock_{std::move(superblock)},
      root_{std::move(root)},
      flags_{flags & mount_flag::kept},
      id_{last_id.fetch_add(1, std::memory_order_relaxed) + 1},
      source_bytes_{u32(std::min(source.size(), sizeof source_))} {
  std::memcpy(source_, source.data(), source_bytes_);
}

Mount::~Mount() = default;
void Mount::dispose() { host::destroy(this); }

Mount* MountTable::nth(Mount* first, u32 index) {
  while (first && index--) first = first->next_;
  return first;
}

void MountTable::append(Mount& mount) {
  Mount** link = &table.first;
  while (*link) link = &(*link)->next_;
  mount.retain();
  mount.attached_ = true;
  *link = &mount;
}

void MountTable::set_root(Ref<Mount> mount) {
  Guard guard{table.lock};
  append(*mount);
}

Ref<Mount> MountTable::root() {
  Guard guard{table.lock};
  return table.first ? Ref<Mount>{*table.first} : Ref<Mount>{};
}

Attempt<> MountTable::attach(Ref<Mount> mount, Path const& place) {
  Guard guard{table.lock};
  mount->parent_ = place.mount;
  mount->place_ = place.name;
  place.name->mounts.fetch_add(1, std::memory_order_relaxed);
  append(*mount);
  return ok;
}

Attempt<> MountTable::detach(Mount& mount, bool lazily) {
  Ref<Mount> parent, itself;
  Ref<Name> place;
  {
    Guard written{write_back_lock};
    Guard shown{mounts_shown_lock};
    Guard guard{table.lock};
    if (!mount.attached_ || !mount.parent_) return fail(Errno::invalid);
    for (Mount* m = table.first; m; m = m->next_)
      if (m->parent_.get() == &mount) return fail(Errno::busy);
    // The list's reference and the caller's: any more, and somebody stands in it or has a file open.
    if (!lazily && mount.references() > 2) return fail(Errno::busy);
    for (Mount** link = &table.first; *link; link = &(*link)->next_)
      if (*link == &mount) {
        *link = mount.next_;
        break;
      }
    mount.attached_ = false;
    mount.place_->mounts.fetch_sub(1, std::memory_order_relaxed);
    parent = std::move(mount.parent_);
    place = std::move(mount.place_);
    itself = Ref<Mount>::adopt(&mount);
  }
  return ok;
}

void MountTable::set_flags(Mount& mount, u64 flags) {
  mount.flags_.store(flags & mount_flag::kept, std::memory_order_relaxed);
}

void MountTable::descend(Path& place) {
  while (place.name->mounts.load(std::memory_order_relaxed)) {
    Ref<Mount> top;
    {
      Guard guard{table.lock};
      // The last one that was mounted there covers the others.
      for (Mount* m = table.first; m; m = m->next_)
        if (m->place_ == place.name && m->parent_ == place.mount) top = Ref<Mount>{*m};
    }
    if (!top) return;
    place = Path{top, top->root()};
  }
}

bool MountTable::ascend(Path& place) {
  Path above;
  {
    Guard guard{table.lock};
    if (!place.mount->parent_) return false;
    above = Path{place.mount->parent_, place.mount->place_};
  }
  place = std::move(above);
  return true;
}

Attempt<> mount_filesystem(FilesystemType const& type, MountSource const& from, Path const& place) {
  Ref<Superblock> superblock = ATTEMPT(type.mount(from));
  Ref<Name> root = ATTEMPT(Name::make(nullptr, {}, superblock->root()));
  auto mount = host::make_ref<Mount>(std::move(superblock), std::move(root), from.flags, from.source);
  if (!mount) return fail(Errno::no_memory);
  return MountTable::attach(std::move(mount), place);
}

bool MountTable::entry(u32 index, Ref<Mount>& mount, Path& place) {
  Ref<Mount> found;
  Path there;
  {
    Guard guard{table.lock};
    Mount* const m = nth(table.first, index);
    if (!m) return false;
    found = Ref<Mount>{*m};
    there = m->parent_ ? Path{m->parent_, m->place_} : Path{found, m->root()};
  }
  mount = std::move(found);
  place = std::move(there);
  return true;
}

Ref<Superblock> MountTable::superblock(u32 index) {
  Guard guard{table.lock};
  Mount* const m = nth(table.first, index);
  return m ? m->superblock_ : Ref<Superblock>{};
}

}  // namespace hinge::linux_service
