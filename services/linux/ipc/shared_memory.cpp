// System V shared memory (shmget(2), shmop(2), shmctl(2)). A segment is an anonymous object; each shmat makes an attachment,
// a file that the regions of the mapping name, and that every space with such a region holds once. So the references to a
// segment's attachments are its attaches, after forks and partial unmaps too.
#include <algorithm>

#include "base/format.hpp"
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/ipc/objects.hpp"
#include "services/linux/memory/map.hpp"

namespace hinge::linux_service {
namespace ipc {
namespace {

constexpr u32 huge_pages = 04000, locked_mode = 02000;
constexpr u64 most_bytes = u64{1} << 40;

class Attachment;

struct Segment final : Object {
  ~Segment() { if (object != no_handle) (void)host::cap_delete(object); }
  void dispose() { host::destroy(this); }
  [[nodiscard]] u64 attaches() const HINGE_REQUIRES(lock);

  u64 bytes = 0;               ///< As asked for; the object is whole pages.
  Handle object{};
  u64 identity = 0;            ///< Names it to futexes.
  i64 attached = 0, detached = 0, changed = 0;
  i32 creator_pid = 0, last_pid = 0;
  bool to_be_removed = false;  ///< IPC_RMID came while it was attached: it goes with its last attachment.
  Attachment* first HINGE_GUARDED_BY(lock) = nullptr;
};

constinit Table<Segment> segments;

class Attachment final : public File {
 public:
  explicit Attachment(Ref<Segment> segment) : File{open_flag::read_write, Path{}}, segment_{std::move(segment)} {}
  /// The last space has let it go.
  void dispose() override {
    Ref<Segment> gone;  // Given back after the lock.
    {
      Guard guard{lock};
      Attachment** at = &segment_->first;
      while (*at && *at != this) at = &(*at)->next;
      if (*at) *at = next;
      segment_->detached = now_seconds();
      if (!segment_->first && segment_->to_be_removed) gone = segments.remove(*segment_);
    }
    host::destroy(this);
  }
  usize describe(char* to, usize room) override {
    return format_to(std::span{to, room}, "/SYSV{08x} (deleted)", u32(segment_->permission.key)).size();
  }

  Attachment* next = nullptr;  ///< Under the lock.

 private:
  Ref<Segment> const segment_;
};

u64 Segment::attaches() const {
  u64 count = 0;
  for (Attachment const* a = first; a; a = a->next) count += a->references();
  return count;
}

struct SegmentStatus {                 // struct shmid64_ds
  Permission permission;
  u64 bytes;
  i64 attached, detached, changed;
  i32 creator_pid, last_pid;
  u64 attaches, unused[2];
};
static_assert(sizeof(SegmentStatus) == 112);
struct SegmentLimits { u64 most_bytes, least_bytes, most_segments, most_attached, most_pages, unused[4]; };              // struct shminfo64
struct SegmentUsage { i32 segments, padding; u64 pages, resident, swapped, unused[2]; };                               // struct shm_info

SegmentStatus status_of(Segment const& s) HINGE_REQUIRES(lock) {
  return {s.permission, s.bytes, s.attached, s.detached, s.changed, s.creator_pid, s.last_pid, s.attaches(), {}};
}

Attempt<Ref<Segment>> make_segment(Thread& self, u64 bytes) {
  if (!bytes || bytes > most_bytes) return fail(Errno::invalid);
  auto segment = Ref<Segment>::adopt(host::make<Segment>());
  if (!segment) return fail(Errno::no_memory);
  segment->object = ATTEMPT(host::object_create(ObjectKind::anonymous, align_up(bytes, page_bytes)));
  segment->bytes = bytes;
  segment->identity = memory::new_identity();
  segment->creator_pid = self.process().pid;
  segment->changed = now_seconds();
  return segment;
}

/// Whether a file is an attachment of any segment.
bool is_attachment(File const* file) {
  bool found = false;
  Guard guard{lock};
  segments.each([&](Segment const& s) __attribute__((no_thread_safety_analysis)) {
    for (Attachment const* a = s.first; a; a = a->next) found |= a == file;
  });
  return found;
}

Value map(Thread& self, Segment& segment, Ref<Attachment> const& attachment, u64 address, Protection protection) {
  AddressSpace& space = self.space();
  u64 const bytes = align_up(segment.bytes, page_bytes), limit = self.process().limit(Resource::address_space);
  Guard guard{space.lock};
  if (limit != unlimited && space.mapped_bytes + bytes > limit) return Errno::no_memory;
  ATTEMPT(space.keep(Ref<File>{attachment}));
  u32 const flags = u32(MapFlag::shared) | (address ? u32(MapFlag::fixed_noreplace) : 0);
  auto const at = host::space_map(space.handle, {.address = address, .bytes = bytes, .protection = protection, .maximum = protection,
                                                 .flags = flags, .object = segment.object, .offset = 0,
                                                 .opaque = {reinterpret_cast<u64>(static_cast<File*>(attachment.get())), segment.identity}});
  if (!at) return at.error() == Error::no_memory ? Errno::no_memory : Errno::invalid;
  space.mapped_bytes += bytes;
  return *at;
}

}  // namespace
}  // namespace ipc

Value sys_shmget(Thread& self, Args const& a) {
  using namespace ipc;
  if (a.word(2) & huge_pages) return Errno::no_memory;
  auto const make = [&] { return make_segment(self, a[1]); };
  auto const fits = [&](Segment const& s) -> Attempt<> { return a[1] > s.bytes ? Attempt<>{fail(Errno::invalid)} : ok; };
  Guard guard{ipc::lock};
  return segments.get(self, a.integer(0), a.word(2), make, fits);
}

Value sys_shmat(Thread& self, Args const& a) {
  using namespace ipc;
  constexpr u32 read_only = 010000, round_down = 020000;
  u64 address = a[1];
  if (address % page_bytes) {
    if (!(a.word(2) & round_down)) return Errno::invalid;
    address = align_down(address, page_bytes);
  }
  if (a.word(2) & ~(read_only | round_down) || !is_user_range(UserAddr{address}, page_bytes)) return Errno::invalid;
  bool const writes = !(a.word(2) & read_only);
  Ref<Segment> segment;
  Ref<Attachment> attachment;
  {
    Guard guard{ipc::lock};
    segment = ATTEMPT(segments.find(a.integer(0)));
    if (!allows(self, segment->permission, writes ? may_read | may_write : may_read)) return Errno::access;
    attachment = Ref<Attachment>::adopt(host::make<Attachment>(segment));
    if (!attachment) return Errno::no_memory;
    attachment->next = std::exchange(segment->first, attachment.get());
  }
  Value const at = map(self, *segment, attachment, address, writes ? Protection::read | Protection::write : Protection::read);
  if (at.is_error()) return at;
  Guard guard{ipc::lock};
  segment->attached = now_seconds();
  segment->last_pid = self.process().pid;
  return at;
}

Value sys_shmdt(Thread& self, Args const& a) {
  AddressSpace& space = self.space();
  RegionInfo region;
  if (a[0] % page_bytes || !host::space_query(space.handle, a[0], &region) || region.begin != a[0] || !region.opaque[0]) return Errno::invalid;
  u64 const word = region.opaque[0];
  Ref<File> const file = space.mapped_file(word);
  if (!file || !ipc::is_attachment(file.get())) return Errno::invalid;
  MappedFile* gone;
  {
    Guard guard{space.lock};
    // The mapping may have been cut into several regions by now.
    for (u64 at = a[0]; host::space_query(space.handle, at, &region) && region.opaque[0] == word; at = region.end) {
      if (!host::space_unmap(space.handle, region.begin, region.end - region.begin)) break;
      space.mapped_bytes -= region.end - region.begin;
    }
    gone = space.sweep_files();
  }
  AddressSpace::let_go(gone);
  return 0;
}

Value sys_shmctl(Thread& self, Args const& a) {
  using namespace ipc;
  enum Control : u32 { lock_it = 11, unlock_it, status_at, usage, status_any };
  if (a.integer(0) < 0) return Errno::invalid;
  u32 const number = a.word(1);
  SegmentStatus told{};
  if (number == u32(Command::set)) ATTEMPT(copy_from_user(self, told, a.address(2)));
  Ref<Segment> segment;  // Given back after the lock.
  union { SegmentLimits limits; SegmentUsage usage; } totals{};
  u32 highest = 0;
  {
    Guard guard{ipc::lock};
    if (number == u32(Command::limits)) {
      totals.limits = {most_bytes, 1, Table<Segment>::places, Table<Segment>::places, most_bytes / page_bytes, {}};
      highest = segments.highest();
    } else if (number == usage) {
      totals.usage.segments = i32(segments.count());
      segments.each([&](Segment const& s) { totals.usage.pages += align_up(s.bytes, page_bytes) / page_bytes; });
      totals.usage.resident = totals.usage.pages;
      highest = segments.highest();
    } else {
      bool const by_place = number == status_at || number == status_any;
      segment = ATTEMPT(by_place ? segments.at_place(a.integer(0)) : segments.find(a.integer(0)));
      switch (number) {
        case u32(Command::remove):
          if (!is_owners(self, segment->permission)) return Errno::not_permitted;
          if (!segment->first) return (void)segments.remove(*segment), 0;
          segment->to_be_removed = true;
          segment->permission.mode |= 01000;
          segment->permission.key = 0;
          return 0;
        case u32(Command::set):
          segment->changed = now_seconds();
          return set_permission(self, segment->permission, told.permission);
        case lock_it: case unlock_it:
          if (!is_owners(self, segment->permission) && !self.credentials->has(Capability::ipc_lock)) return Errno::not_permitted;
          segment->permission.mode = number == lock_it ? segment->permission.mode | locked_mode : segment->permission.mode & ~locked_mode;
          return 0;
        case u32(Command::status): case status_at: case status_any:
          if (number != status_any && !allows(self, segment->permission, may_read)) return Errno::access;
          told = status_of(*segment);
          highest = by_place ? u32(segment->id) : 0;
          break;
        default: return Errno::invalid;
      }
    }
  }
  if (number == u32(Command::limits)) ATTEMPT(copy_to_user(self, a.address(2), totals.limits));
  else if (number == usage) ATTEMPT(copy_to_user(self, a.address(2), totals.usage));
  else ATTEMPT(copy_to_user(self, a.address(2), told));
  return highest;
}

}  // namespace hinge::linux_service
