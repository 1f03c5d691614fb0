// The requests that change something: checked in form, then done by Writing::perform, in steps where they may be large.
#include <algorithm>

#include "services/ext4/attributes_change.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/service.hpp"
#include "services/ext4/write_file.hpp"

namespace hinge::ext4 {
namespace {

using Fs = FileSystem;

constexpr u32 max_target = 4095;

/// Memory for the length of a request.
class Scratch {
 public:
  explicit Scratch(u32 bytes) : data_{static_cast<u8*>(host::allocate(bytes))}, bytes_{bytes} {}
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  ~Scratch() { host::release(data_); }
  explicit operator bool() const { return data_ != nullptr; }
  [[nodiscard]] std::span<u8> span() const { return {data_, bytes_}; }
  [[nodiscard]] std::string_view text(usize bytes) const { return {reinterpret_cast<char*>(data_), bytes}; }

 private:
  u8* data_;
  u32 bytes_;
};

bool is_known_type(u32 mode) {
  switch (FileType(mode & file_type_mask)) {
    case FileType::fifo: case FileType::character: case FileType::directory: case FileType::block:
    case FileType::regular: case FileType::socket: return (mode & ~(file_type_mask | permission_mask)) == 0;
    case FileType::symlink: return false;
  }
  return false;
}

u64 subject_of(std::string_view name, u64 a, u64 b = 0) { return detail::hash(name, a ^ b << 20); }

}  // namespace

Result<Ref<Volume>> Service::writable(u64 volume, Caller const& caller) {
  Ref<Volume> found = TRY(mounts_.find(volume, caller));
  if (!found->writing) return fail(Error::read_only);
  return found;
}

template <class M>
Result<Done> Service::change(InodeNumber about, Method method, u64 subject, M const& m, std::string_view text, Caller const& caller) {
  Ref<Volume> const volume = TRY(writable(about.raw() >> 32, caller));
  Session const session{*volume, caller};
  TRY(expect_file(session, about));
  OperationId const operation{subject ? caller.sequence : 0, subject, caller.thread, method};
  return volume->writing->perform(session, {operation, bytes_of(m), text, {}});
}

template <class M>
Result<Done> Service::change_in_steps(InodeNumber about, Method method, u64 subject, M m, Caller caller) {
  for (;;) {
    Done const done = TRY(change(about, method, subject, m, {}, caller));
    if (done.outcome.next == Outcome::finished) return done;
    caller.reason = Reason::first;  // The next step was not done before.
    if constexpr (requires { m.from; }) {
      if (method == Method::allocate_step) m.from = done.outcome.next;
      else m.to = done.outcome.next;
    }
  }
}

Result<Fs::Create::Reply> Service::on(Fs::Create const& m, Caller const& caller) {
  if (!is_known_type(m.mode)) return fail(Error::invalid);
  if (m.anonymous && FileType(m.mode & file_type_mask) == FileType::directory) return fail(Error::invalid);
  std::string_view const name = m.anonymous ? std::string_view{} : TRY(checked(m.name));
  return Fs::Create::Reply{TRY(change(m.directory, Method::create, subject_of(name, m.directory.raw()), m, {}, caller)).attributes};
}

Result<Fs::Symlink::Reply> Service::on(Fs::Symlink const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  if (m.target.bytes == 0) return fail(Error::invalid);
  if (m.target.bytes > max_target) return fail(Error::name_too_long);
  Scratch const target{max_target};
  if (!target) return fail(Error::no_memory);
  TRY(m.target.copy_in(0, target.span().data(), m.target.bytes));
  return Fs::Symlink::Reply{TRY(change(m.directory, Method::symlink, subject_of(name, m.directory.raw()), m, target.text(m.target.bytes), caller)).attributes};
}

Result<Fs::Link::Reply> Service::on(Fs::Link const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  if (m.inode.raw() >> 32 != m.directory.raw() >> 32) return fail(Error::cross_device);
  return Fs::Link::Reply{TRY(change(m.inode, Method::link, subject_of(name, m.directory.raw(), m.inode.raw()), m, {}, caller)).attributes};
}

Result<Fs::Removed> Service::on(Fs::Unlink const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  return TRY(change(m.directory, Method::unlink, subject_of(name, m.directory.raw()), m, {}, caller)).outcome.removed;
}

Result<Fs::Removed> Service::on(Fs::RemoveDirectory const& m, Caller const& caller) {
  auto const name = TRY(checked(m.name));
  return TRY(change(m.directory, Method::remove_directory, subject_of(name, m.directory.raw()), m, {}, caller)).outcome.removed;
}

Result<Fs::Removed> Service::on(Fs::Rename const& m, Caller const& caller) {
  constexpr u64 known = Fs::Rename::no_replace | Fs::Rename::exchange;
  if ((m.flags & ~known) || m.flags == known || m.new_name.bytes == 0) return fail(Error::invalid);
  if (m.new_name.bytes > FileName::max_bytes) return fail(Error::name_too_long);
  FileName new_name;
  new_name.bytes = u8(m.new_name.bytes);
  TRY(m.new_name.copy_in(0, new_name.text, m.new_name.bytes));
  auto const name = TRY(checked(m.name));
  auto const text = TRY(checked(new_name));
  if (m.from.raw() >> 32 != m.to.raw() >> 32) return fail(Error::cross_device);
  u64 const subject = detail::hash(text, subject_of(name, m.from.raw(), m.to.raw()));
  return TRY(change(m.from, Method::rename, subject, m, text, caller)).outcome.removed;
}

Result<Fs::SetAttributes::Reply> Service::on(Fs::SetAttributes const& m, Caller const& caller) {
  if (m.mask & Fs::SetAttributes::size) {
    Ref<Volume> const volume = TRY(writable(m.inode.raw() >> 32, caller));
    Session const session{*volume, caller};
    TRY(expect_file(session, m.inode));
    u64 const block = session.geometry().block_bytes;
    if (m.new_size % block != 0) TRY(zero_part(session, *volume->writing, u32(m.inode.raw()), m.new_size, align_up(m.new_size, block)));
  }
  return Fs::SetAttributes::Reply{TRY(change_in_steps(m.inode, Method::set_attributes, 0, m, caller)).attributes};
}

Result<> Service::on(Fs::Release const& m, Caller const& caller) {
  auto const volume = writable(m.inode.raw() >> 32, caller);
  if (!volume) return volume.error() == Error::read_only || volume.error() == Error::not_found ? Result<>{ok} : fail(volume.error());
  {
    Turn const turn{**volume};
    auto const inode = read_inode(Session{**volume, caller}, u32(m.inode.raw()));
    if (!inode) return inode.error() == Error::not_found ? Result<>{ok} : fail(inode.error());
    if (inode->raw.links != 0) return ok;
  }
  // Known again: a number that is free may soon be another orphan's.
  (void)TRY(change_in_steps(m.inode, Method::release_step, subject_of("", m.inode.raw()), m, caller));
  return ok;
}

Result<u64> Service::on(Fs::Write const& m, Caller const& caller) {
  Ref<Volume> const volume = TRY(writable(m.inode.raw() >> 32, caller));
  Session const session{*volume, caller};
  TRY(expect_file(session, m.inode));
  return write_file(session, *volume->writing, m);
}

Result<Fs::Reserve::Reply> Service::on(Fs::Reserve const& m, Caller const& caller) {
  InodeNumber const root{m.volume << 32 | format::root_inode};
  return Fs::Reserve::Reply{TRY(change(root, Method::reserve, detail::hash("", m.ordinal), m, {}, caller)).outcome.next};
}

Result<Fs::Allocate::Reply> Service::on(Fs::Allocate const& m, Caller const& caller) {
  using Mode = Fs::Allocate::Mode;
  if (m.bytes == 0 || m.mode > Mode::zero_range || m.keep_size > 1) return fail(Error::invalid);
  Ref<Volume> const volume = TRY(writable(m.inode.raw() >> 32, caller));
  Session const session{*volume, caller};
  TRY(expect_file(session, m.inode));
  u64 const block = session.geometry().block_bytes, end = m.offset + m.bytes;
  if (end < m.offset || (end + block - 1) / block > (u64{1} << 32) - 1) return fail(Error::too_big);
  RangeStep step{m.inode, m.offset / block, (end + block - 1) / block, m.keep_size || m.mode == Mode::punch_hole ? 0 : end, m.change_ns};
  if (m.mode != Mode::allocate) {
    u32 const inode = u32(m.inode.raw());
    u64 const whole_from = align_up(m.offset, block), whole_to = align_down(end, block);
    TRY(zero_part(session, *volume->writing, inode, m.offset, std::min(whole_from, end)));
    if (whole_to >= whole_from) TRY(zero_part(session, *volume->writing, inode, whole_to, end));
    RangeStep const hole{m.inode, whole_from / block, std::max(whole_from, whole_to) / block, 0, m.change_ns};
    Done const done = TRY(change_in_steps(m.inode, Method::punch_step, 0, hole, caller));
    if (m.mode == Mode::punch_hole) return Fs::Allocate::Reply{done.attributes};
  }
  return Fs::Allocate::Reply{TRY(change_in_steps(m.inode, Method::allocate_step, 0, step, caller)).attributes};
}

Result<> Service::on(Fs::SetAttribute const& m, Caller const& caller) {
  auto const name = m.name.view();
  if (name.empty() || (m.flags & ~u64{Fs::SetAttribute::create_only | Fs::SetAttribute::replace_only})) return fail(Error::invalid);
  if (m.value.bytes > max_block_bytes) return fail(Error::no_space);
  Scratch const value{max_block_bytes}, acl{max_block_bytes};
  if (!value || !acl) return fail(Error::no_memory);
  if (m.value.bytes) TRY(m.value.copy_in(0, value.span().data(), m.value.bytes));
  auto text = value.text(m.value.bytes);
  if (is_acl_name(name)) text = acl.text(TRY(acl_to_disk(value.span().first(m.value.bytes), acl.span())));
  (void)TRY(change(m.inode, Method::set_attribute, subject_of(name, m.inode.raw()), m, text, caller));
  return ok;
}

Result<> Service::on(Fs::RemoveAttribute const& m, Caller const& caller) {
  if (m.name.bytes == 0) return fail(Error::invalid);
  (void)TRY(change(m.inode, Method::remove_attribute, subject_of(m.name.view(), m.inode.raw()), m, {}, caller));
  return ok;
}

Result<> Service::on(Fs::Commit const& m, Caller const& caller) {
  Ref<Volume> const volume = TRY(mounts_.find(m.volume, caller));
  if (!volume->writing) return ok;
  Session const session{*volume, caller};
  if (m.inode.raw() == 0) return volume->writing->commit(session);
  TRY(expect_file(session, m.inode));
  return volume->writing->commit_inode(session, u32(m.inode.raw()), m.data_only != 0);
}

}  // namespace hinge::ext4
