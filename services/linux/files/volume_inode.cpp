// A volume's inode: names and attributes, by requests to the service. Its data is in volume_data.cpp.
#include <cstring>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/file.hpp"
#include "services/linux/files/regular_file.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

Caller caller_of(Thread& self) { return Caller{.thread = u32(self.tid)}; }

/// A copy on the heap: what a Buffer points to must lie in our slot, and a handler's stack need not.
class HeapText {
 public:
  explicit HeapText(std::string_view text) : bytes_{text.size()}, at_{static_cast<char*>(host::allocate(text.size()))} {
    if (at_) std::memcpy(at_, text.data(), bytes_);
  }
  HeapText(HeapText const&) = delete;
  ~HeapText() { host::release(at_); }
  explicit operator bool() const { return at_; }
  [[nodiscard]] Buffer buffer() const { return {reinterpret_cast<u64>(at_), u32(bytes_), 0}; }

 private:
  usize bytes_;
  char* at_;
};

}  // namespace

VolumeInode::VolumeInode(Volume& volume, Attributes const& a)
    : Inode{volume, a.inode, a.mode, a.owner, a.group, a.device}, attributes_{a}, pages_{volume.quota()}, end_{a.size},
      access_due_{volume.device_ && a.resident == 0 && !volume.read_only()} {}

VolumeInode::~VolumeInode() {
  host::release(target_);
}

Volume& VolumeInode::volume() const { return static_cast<Volume&>(superblock()); }

void VolumeInode::dispose() {
  if (access_unsent_.load(std::memory_order_relaxed)) finish();
  volume().forget(*this);
  bool orphan;
  {
    Guard guard{data_lock_};
    orphan = attributes_.links == 0;
  }
  if (orphan) (void)volume().alter(FileSystem::Release{number()}, Caller{});
  host::destroy(this);
}

void VolumeInode::mark_stale() { stale_.store(true, std::memory_order_release); }

/// After a name went or came: an inode without names is kept by its users alone, what one that gets a name holds by that name.
void VolumeInode::set_links(u32 links, i64 now) {
  {
    Guard guard{data_lock_};
    bool const first = attributes_.links == 0;
    attributes_.links = links;
    attributes_.change_ns = now;
    if (first && is_regular() && !cache_) pin();
  }
  if (links == 0) unpin();
}

/// Nothing to an inode without names: what it was pinned by would never be taken back.
void VolumeInode::pin() {
  if (attributes_.links == 0 || std::exchange(pinned_, true)) return;
  retain();
}

/// The caller holds a reference, so this never is the last one.
void VolumeInode::unpin() {
  bool was;
  {
    Guard guard{data_lock_};
    was = std::exchange(pinned_, false);
  }
  if (was) (void)drop();
}

Attempt<Ref<Inode>> VolumeInode::hold(Volume& volume, Attributes const& attributes) {
  return Ref<Inode>{ATTEMPT(volume.inode(attributes))};
}

Attempt<Ref<Inode>> VolumeInode::lookup(Thread& self, std::string_view name) {
  auto const reply = ATTEMPT(volume().port_.on(FileSystem::Lookup{number(), FileName::from(name)}, caller_of(self)));
  return hold(volume(), reply.found);
}

Attempt<Ref<Inode>> VolumeInode::create(Thread&, std::string_view name, NewNode const& node) {
  return Ref<Inode>{ATTEMPT(volume().create(*this, name, node, wall_ns()))};
}

Attempt<Ref<Inode>> VolumeInode::create_anonymous(Thread& self, NewNode const& node) {
  FileSystem::Create const request{number(), wall_ns(), 0, node.mode, node.owner, node.group, 1, FileName{}};
  return hold(volume(), ATTEMPT(volume().alter(request, caller_of(self))).created);
}

Attempt<Ref<Inode>> VolumeInode::symlink(Thread& self, std::string_view name, std::string_view target, NewNode const& node) {
  HeapText const text{target};
  if (!text) return fail(Errno::no_memory);
  FileSystem::Symlink const request{text.buffer(), number(), wall_ns(), node.owner, node.group, FileName::from(name)};
  auto const reply = ATTEMPT(volume().alter(request, caller_of(self)));
  mark_stale();
  return hold(volume(), reply.created);
}

Attempt<> VolumeInode::link(Thread& self, std::string_view name, Inode& to) {
  FileSystem::Link const request{to.number(), number(), wall_ns(), FileName::from(name)};
  auto const reply = ATTEMPT(volume().alter(request, caller_of(self)));
  mark_stale();
  static_cast<VolumeInode&>(to).set_links(reply.linked.links, request.now_ns);
  return ok;
}

Attempt<> VolumeInode::unlink(Thread& self, std::string_view name, Inode& victim) {
  FileSystem::Unlink const request{number(), wall_ns(), FileName::from(name)};
  auto const removed = ATTEMPT(volume().alter(request, caller_of(self)));
  mark_stale();
  static_cast<VolumeInode&>(victim).set_links(removed.links, request.now_ns);
  return ok;
}

Attempt<> VolumeInode::remove_directory(Thread& self, std::string_view name, Inode& victim) {
  FileSystem::RemoveDirectory const request{number(), wall_ns(), FileName::from(name)};
  auto const removed = ATTEMPT(volume().alter(request, caller_of(self)));
  mark_stale();
  static_cast<VolumeInode&>(victim).set_links(removed.links, request.now_ns);
  return ok;
}

Attempt<> VolumeInode::rename(Thread& self, std::string_view name, Inode& moved, Inode& to, std::string_view new_name,
                              Inode* replaced, u32 flags) {
  HeapText const text{new_name};
  if (!text) return fail(Errno::no_memory);
  FileSystem::Rename const request{text.buffer(), number(), to.number(), wall_ns(), flags, FileName::from(name)};
  auto const removed = ATTEMPT(volume().alter(request, caller_of(self)));
  mark_stale();
  static_cast<VolumeInode&>(to).mark_stale();
  auto& inode = static_cast<VolumeInode&>(moved);
  {
    Guard guard{inode.data_lock_};
    inode.attributes_.change_ns = request.now_ns;
  }
  if (inode.is_directory()) inode.mark_stale();  // Its ".." leads elsewhere.
  if (replaced && removed.existed) static_cast<VolumeInode*>(replaced)->set_links(removed.links, request.now_ns);
  return ok;
}

Attempt<> VolumeInode::list(Thread& self, u64 from, EntrySink& sink) {
  constexpr u32 batch_bytes = 8192;
  struct Batch {
    Batch() : at{static_cast<char*>(host::allocate(batch_bytes))} {}
    ~Batch() { host::release(at); }
    char* at;
  } batch;
  if (!batch.at) return fail(Errno::no_memory);
  touch(false);
  for (u64 cookie = from; cookie != FileSystem::Entry::no_more;) {
    FileSystem::ReadDirectory const request{{reinterpret_cast<u64>(batch.at), batch_bytes, 1}, number(), cookie};
    u64 const bytes = ATTEMPT(volume().port_.on(request, caller_of(self))).bytes;
    if (bytes == 0) return ok;
    for (u64 at = 0; at + sizeof(FileSystem::Entry) <= bytes && at + sizeof(FileSystem::Entry) <= batch_bytes;) {
      auto const& e = *reinterpret_cast<FileSystem::Entry const*>(batch.at + at);
      // The service is another domain perhaps: what it says is checked before it is used.
      if (e.record_bytes < FileSystem::Entry::bytes_for(e.name_bytes) || e.record_bytes % 8 || at + e.record_bytes > batch_bytes)
        return fail(Errno::io);
      if (!sink.add(e.name(), volume().shown(e.inode), FileType(e.mode & file_type_mask), e.cookie)) return ok;
      cookie = e.cookie;
      at += e.record_bytes;
    }
  }
  return ok;
}

Attempt<> VolumeInode::read_target() {
  if (target_) return ok;
  auto* const text = static_cast<char*>(host::allocate(attributes_.size));
  if (!text) return fail(Errno::no_memory);
  Buffer const into{reinterpret_cast<u64>(text), u32(attributes_.size), 1};
  auto const length = volume().port_.on(FileSystem::ReadLink{into, number(), 0}, Caller{});
  if (!length || *length != attributes_.size) {
    host::release(text);
    return fail(length ? Errno::io : from(length.error()));
  }
  target_ = text;
  return ok;
}

Attempt<usize> VolumeInode::read_link(Thread&, char* to, usize room) {
  if (!is_symlink()) return fail(Errno::invalid);
  Guard guard{data_lock_};
  ATTEMPT(read_target());
  usize const n = std::min<u64>(room, attributes_.size);
  std::memcpy(to, target_, n);
  return n;
}

Attempt<Ref<File>> VolumeInode::open(Thread& self, Path const& path, u32 flags) {
  if (!is_regular()) return Inode::open(self, path, flags);
  return RegularFile::open(*this, path, flags);
}

Attempt<Status> VolumeInode::status(Thread& self) {
  Status s{};
  s.device = superblock().device();
  s.block_bytes = page_bytes;
  Guard guard{data_lock_};
  if (stale_.exchange(false, std::memory_order_acquire)) {
    // Only the service knows by now; what it says of permissions we have told it ourselves.
    auto const reply = ATTEMPT(volume().port_.on(FileSystem::GetAttributes{number()}, caller_of(self)));
    if (cache_) attributes_.blocks = reply.attributes.blocks;
    else attributes_ = reply.attributes;
  }
  s.of = attributes_;
  if (cache_) s.of.size = end();
  s.of.inode = InodeNumber{volume().shown(number())};
  s.of.mode = mode();
  s.of.owner = owner();
  s.of.group = group();
  s.blocks = cache_ ? attributes_.blocks + cache_->promised_count() * (page_bytes / 512)
             : volume().device_ ? attributes_.blocks : pages_.count() * (page_bytes / 512);
  return s;
}

Attempt<u64> VolumeInode::read_attribute(std::string_view name, Buffer into) {
  if (!volume().device_) return fail(Errno::not_supported);
  auto const length = volume().port_.on(FileSystem::ReadAttribute{into, number(), FileName::from(name)}, Caller{});
  if (!length && length.error() == Error::not_found) return fail(Errno::no_data);
  return ATTEMPT(length);
}

Attempt<u64> VolumeInode::list_attributes(Buffer into) {
  if (!volume().device_) return u64{0};
  return ATTEMPT(volume().port_.on(FileSystem::ListAttributes{into, number()}, Caller{}));
}

Attempt<> VolumeInode::set_attribute(Thread& self, std::string_view name, Buffer value, u32 flags) {
  if (!volume().device_) return fail(Errno::not_supported);
  FileSystem::SetAttribute const request{value, number(), wall_ns(), flags, FileName::from(name)};
  auto const done = volume().alter(request, caller_of(self));
  if (!done && done.error() == Error::not_found) return fail(Errno::no_data);
  ATTEMPT(done);
  mark_stale();
  Guard guard{data_lock_};
  attributes_.change_ns = request.change_ns;
  return ok;
}

Attempt<> VolumeInode::remove_attribute(Thread& self, std::string_view name) {
  if (!volume().device_) return fail(Errno::not_supported);
  FileSystem::RemoveAttribute const request{number(), wall_ns(), FileName::from(name)};
  auto const done = volume().alter(request, caller_of(self));
  if (!done && done.error() == Error::not_found) return fail(Errno::no_data);
  ATTEMPT(done);
  mark_stale();
  Guard guard{data_lock_};
  attributes_.change_ns = request.change_ns;
  return ok;
}

Attempt<> VolumeInode::change(Thread& self, Change const& change) {
  Change request = change;
  request.inode = number();
  // A regular file's size is ours to know; resize() has set it.
  if (is_regular()) request.mask &= ~u32{Change::size};
  if (change.mask & ~u32{Change::size}) {
    // A modify time that the service is still to learn goes along, lest a write-back tells it after this.
    i64 const unsent = unsent_ns_.exchange(0, std::memory_order_acq_rel);
    if (unsent && !(request.mask & Change::change_data)) {
      request.mask |= Change::change_data;
      request.change_data_ns = unsent;
    }
    ATTEMPT(volume().alter(request, caller_of(self)));
  }
  if ((change.mask & Change::size) && is_regular()) ATTEMPT(resize(change.new_size));
  if (change.mask & Change::mode) set_mode((mode() & file_type_mask) | (change.new_mode & permission_mask));
  if (change.mask & (Change::owner | Change::group))
    set_owner(change.mask & Change::owner ? change.new_owner : owner(), change.mask & Change::group ? change.new_group : group());
  Guard guard{data_lock_};
  if (change.mask & Change::access) attributes_.access_ns = change.access_ns;
  if (change.mask & Change::change_data) attributes_.change_data_ns = change.change_data_ns;
  if (change.mask & Change::change) attributes_.change_ns = change.change_ns;
  return ok;
}

}  // namespace hinge::linux_service
