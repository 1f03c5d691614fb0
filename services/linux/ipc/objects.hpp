// System V IPC (sysvipc(7)): what its three kinds of objects share. An object is found by key or by identifier, which names
// a place in its kind's table and how often that was used; it has an owner and a mode. One lock for all kinds.
#pragma once

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/files/ranks.hpp"

namespace hinge::linux_service::ipc {

extern Mutex<rank::SystemV> lock;

/// Commands that all three ...ctl calls know.
enum class Command : u32 { remove = 0, set = 1, status = 2, limits = 3 };
inline constexpr u32 create = 01000, exclusive = 02000, no_wait = 04000;
inline constexpr u32 may_read = 4, may_write = 2;

/// struct ipc64_perm.
struct Permission {
  i32 key = 0;
  u32 owner = 0, group = 0, creator = 0, creator_group = 0;
  u32 mode = 0;
  u16 sequence = 0, padding = 0;
  u32 padding_two = 0;
  u64 unused[2] = {};
};
static_assert(sizeof(Permission) == 48);

struct Object : Counted {
  Permission permission;
  i32 id = -1;
  bool removed = false;
};

/// Whether `self` may read or write: the mode bits, or who may do anything.
[[nodiscard]] bool allows(Thread const& self, Permission const& p, u32 wanted);
/// Whether it is the owner's or creator's to change and remove.
[[nodiscard]] bool is_owners(Thread const& self, Permission const& p);
[[nodiscard]] i64 now_seconds();

/// The objects of one kind. T derives from Object and has dispose().
template <class T>
class Table {
 public:
  static constexpr u32 places = 4096;

  /// bad id: invalid; identifier_removed once it has gone.
  Attempt<Ref<T>> find(i32 id) HINGE_REQUIRES(lock) {
    if (id < 0) return fail(Errno::invalid);
    T* const t = at_[u32(id) % places];
    if (!t) return fail(Errno::invalid);
    if (t->id != id) return fail(Errno::identifier_removed);
    return Ref<T>{*t};
  }
  /// What ...ctl's ..._STAT commands mean: a place instead of an identifier.
  Attempt<Ref<T>> at_place(i32 place) HINGE_REQUIRES(lock) {
    if (place < 0 || place >= i32(places) || !at_[place]) return fail(Errno::invalid);
    return Ref<T>{*at_[place]};
  }
  /// The object of a key, made by `make` (which returns Attempt<Ref<T>>) when it may and must be; `fits` says whether an old
  /// one is what is wanted, or with which errno it is not. Key 0 is always a new one.
  template <class Make, class Fits>
  Attempt<i32> get(Thread& self, i32 key, u32 flags, Make make, Fits fits) HINGE_REQUIRES(lock) {
    for (T* const t : at_) {
      if (!key || !t || t->permission.key != key) continue;
      if ((flags & create) && (flags & exclusive)) return fail(Errno::exists);
      ATTEMPT(fits(*t));
      if (!allows(self, t->permission, (flags | flags >> 3 | flags >> 6) & (may_read | may_write))) return fail(Errno::access);
      return t->id;
    }
    if (key && !(flags & create)) return fail(Errno::no_entry);
    u32 place = 0;
    while (place < places && at_[place]) ++place;
    if (place == places) return fail(Errno::no_space);
    Ref<T> made = ATTEMPT(make());
    Credentials const& c = *self.credentials;
    made->permission = {.key = key, .owner = c.euid, .group = c.egid, .creator = c.euid, .creator_group = c.egid, .mode = flags & 0777,
                        .sequence = u16(sequence_)};
    made->id = i32(sequence_ * places + place);
    sequence_ = (sequence_ + 1) % (0x7fff'ffff / places);
    i32 const id = made->id;
    at_[place] = made.leak();
    ++count_;
    highest_ = place > highest_ ? place : highest_;
    return id;
  }
  /// Takes it out; the reference goes to the caller.
  Ref<T> remove(T& t) HINGE_REQUIRES(lock) {
    at_[u32(t.id) % places] = nullptr;
    t.removed = true;
    --count_;
    return Ref<T>::adopt(&t);
  }
  [[nodiscard]] u32 count() const HINGE_REQUIRES(lock) { return count_; }
  [[nodiscard]] u32 highest() const HINGE_REQUIRES(lock) { return highest_; }
  template <class Do>
  void each(Do what) HINGE_REQUIRES(lock) {
    for (T* const t : at_)
      if (t) what(*t);
  }

 private:
  T* at_[places] HINGE_GUARDED_BY(lock) = {};
  u32 sequence_ HINGE_GUARDED_BY(lock) = 0, count_ HINGE_GUARDED_BY(lock) = 0, highest_ HINGE_GUARDED_BY(lock) = 0;
};

/// IPC_SET: owner, group and mode from what the caller gave. not_permitted.
Attempt<> set_permission(Thread& self, Permission& p, Permission const& wanted);

/// A process ends: its SEM_UNDO adjustments are made. Holds no lock.
void process_ends(Process& process);

}  // namespace hinge::linux_service::ipc
