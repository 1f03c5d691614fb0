// process_vm_readv and process_vm_writev: memory of another process by a list of pieces here and a list of pieces there.
#include <algorithm>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

namespace {

struct Piece { u64 base, bytes; };
constexpr u64 most_pieces = 1024;

/// Walks a list of pieces in the caller's memory, byte by byte as it were.
class Pieces {
 public:
  Pieces(UserAddr list, u64 count) : list_{list}, count_{count} {}
  /// What is left of the present piece; none: the end.
  Attempt<Piece> rest(Thread& self) {
    while (piece_.bytes == 0 && at_ < count_) ATTEMPT(copy_from_user(self, piece_, list_ + at_++ * sizeof(Piece)));
    return piece_;
  }
  void advance(u64 bytes) { piece_.base += bytes, piece_.bytes -= bytes; }

 private:
  UserAddr list_;
  u64 count_, at_ = 0;
  Piece piece_{};
};

bool may_access(Thread& self, Process& other) {
  if (&other == &self.process() || self.credentials->has(Capability::sys_ptrace)) return true;
  return other.dumpable.load(std::memory_order_relaxed) == 1 && other.owner.load(std::memory_order_relaxed) == self.credentials->uid;
}

/// One step, at most a page, through a buffer of our own.
Attempt<> move(Thread& self, AddressSpace& space, Piece here, Piece there, u64 bytes, bool write) {
  char buffer[256];
  for (u64 done = 0; done < bytes;) {
    u64 const step = std::min<u64>(sizeof buffer, bytes - done);
    UserAddr const mine{here.base + done}, theirs{there.base + done};
    if (write) ATTEMPT(copy_from_user(self, buffer, mine, step));
    ATTEMPT(write ? memory::copy_to_space(self, space, theirs, buffer, step) : memory::copy_from_space(self, space, buffer, theirs, step));
    if (!write) ATTEMPT(copy_to_user(self, mine, buffer, step));
    done += step;
  }
  return ok;
}

Value transfer(Thread& self, Args const& a, bool write) {
  if (a[5]) return Errno::invalid;
  if (a[2] > most_pieces || a[4] > most_pieces) return Errno::invalid;
  Ref<Process> const other = find_process(a.integer(0));
  Ref<AddressSpace> const space = other ? other->shared_space() : nullptr;
  if (!space) return Errno::no_process;
  if (!may_access(self, *other)) return Errno::not_permitted;
  Pieces here{a.address(1), a[2]}, there{a.address(3), a[4]};
  u64 done = 0;
  for (;;) {
    Piece const mine = ATTEMPT(here.rest(self)), theirs = ATTEMPT(there.rest(self));
    u64 const bytes = std::min({mine.bytes, theirs.bytes, page_bytes - theirs.base % page_bytes});
    if (!bytes) return done;
    if (auto moved = move(self, *space, mine, theirs, bytes, write); !moved) return done ? Value{done} : Value{moved.error()};
    here.advance(bytes);
    there.advance(bytes);
    done += bytes;
  }
}

}  // namespace

Value sys_process_vm_readv(Thread& self, Args const& a) { return transfer(self, a, false); }
Value sys_process_vm_writev(Thread& self, Args const& a) { return transfer(self, a, true); }

}  // namespace hinge::linux_service
