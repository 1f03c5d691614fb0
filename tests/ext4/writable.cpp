#include "tests/ext4/writable.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

namespace hinge::test {

namespace fs = std::filesystem;
using Fs = FileSystem;

Result<BlockDevice::Info::Reply> CuttableDisk::on(BlockDevice::Info const&, Caller const&) {
  BlockDevice::Info::Reply reply{};
  reply.blocks = now_.size() / sector;
  reply.block_bytes = sector;
  reply.queue_depth = 1;
  reply.write_cache = 1;
  return reply;
}

Result<u64> CuttableDisk::on(BlockDevice::Read const& m, Caller const&) {
  if (writes >= dies_after) return fail(Error::io);
  u64 done = 0;
  for (u64 i = 0; i < m.count; ++i) {
    u64 const bytes = m.extents[i].blocks * sector;
    TRY(m.into.copy_out(done, now_.data() + m.extents[i].first.raw() * sector, bytes));
    done += bytes;
  }
  return done;
}

Result<u64> CuttableDisk::on(BlockDevice::Write const& m, Caller const&) {
  if (writes >= dies_after) return fail(Error::io);
  ++writes;
  u64 done = 0;
  for (u64 i = 0; i < m.count; ++i) {
    u64 const at = m.extents[i].first.raw() * sector, bytes = m.extents[i].blocks * sector;
    TRY(m.from.copy_in(done, now_.data() + at, bytes));
    pending_.push_back({at, {now_.begin() + i64(at), now_.begin() + i64(at + bytes)}});
    done += bytes;
  }
  return done;
}

Result<> CuttableDisk::on(BlockDevice::Flush const&, Caller const&) {
  if (writes >= dies_after) return fail(Error::io);
  ++flushes;
  for (Lost const& p : pending_) std::copy(p.bytes.begin(), p.bytes.end(), safe_.begin() + i64(p.offset));
  pending_.clear();
  return ok;
}

std::vector<u8> CuttableDisk::cut(std::mt19937_64& random) const {
  std::vector<u8> after = safe_;
  u32 const share = random() % 5;   // From nothing kept to everything.
  for (Lost const& p : pending_)
    for (u64 at = 0; at < p.bytes.size(); at += sector)
      if (random() % 4 < share) std::memcpy(after.data() + p.offset + at, p.bytes.data() + at, sector);
  return after;
}

Writable::Writable(std::vector<u8> bytes) : disk{std::move(bytes)} {
  conformance::bind_directly(service.disks, disk);
  conformance::bind_directly(port, service);
  EXPECT_TRUE(service.on(Lifecycle::Start{}, caller));
}

Writable::~Writable() { (void)port.on(Fs::Unmount{1}, caller); }

Result<> Writable::mount(u64 read_only) {
  TRY(port.on(Fs::Mount{1, 0, 0, disk.now().size() / 512, read_only}, caller));
  return ok;
}
Result<> Writable::unmount() {
  TRY(port.on(Fs::Unmount{1}, caller));
  return ok;
}
void Writable::restart() { EXPECT_TRUE(service.restart()); }

void Writable::power_off() {
  disk.dies_after = 0;
  (void)port.on(Fs::Unmount{1}, caller);
}

Caller const& Changes::next() {
  ++caller.sequence;
  ++now_ns;
  return caller;
}

Result<Attributes> Changes::create(InodeNumber in, std::string const& name, u32 mode) {
  auto const& c = next();
  return TRY(port.on(Fs::Create{in, now_ns, 0, mode, 0, 0, name.empty() ? 1u : 0u, FileName::from(name.empty() ? "x" : name)}, c)).created;
}
Result<Attributes> Changes::look_up(InodeNumber in, std::string const& name) { return TRY(port.on(Fs::Lookup{in, FileName::from(name)}, caller)).found; }
Result<Fs::Removed> Changes::unlink(InodeNumber in, std::string const& name) {
  auto const& c = next();
  return port.on(Fs::Unlink{in, now_ns, FileName::from(name)}, c);
}
Result<Fs::Removed> Changes::remove_directory(InodeNumber in, std::string const& name) {
  auto const& c = next();
  return port.on(Fs::RemoveDirectory{in, now_ns, FileName::from(name)}, c);
}
Result<Fs::Removed> Changes::rename(InodeNumber from, std::string const& name, InodeNumber to, std::string const& new_name, u64 flags) {
  auto const& c = next();
  return port.on(Fs::Rename{{reinterpret_cast<u64>(new_name.data()), u32(new_name.size()), 0}, from, to, now_ns, flags, FileName::from(name)}, c);
}
Result<Attributes> Changes::link(InodeNumber inode, InodeNumber in, std::string const& name) {
  auto const& c = next();
  return TRY(port.on(Fs::Link{inode, in, now_ns, FileName::from(name)}, c)).linked;
}
Result<Attributes> Changes::symlink(InodeNumber in, std::string const& name, std::string const& target) {
  auto const& c = next();
  return TRY(port.on(Fs::Symlink{{reinterpret_cast<u64>(target.data()), u32(target.size()), 0}, in, now_ns, 0, 0, FileName::from(name)}, c)).created;
}

Result<> Changes::write(InodeNumber inode, u64 offset, std::string const& bytes) {
  u64 const from = align_down(offset, page_bytes), to = align_up(offset + bytes.size(), page_bytes);
  std::vector<u8> pages(to - from);
  u64 const size = TRY(port.on(Fs::GetAttributes{inode}, caller)).attributes.size;
  (void)TRY(port.on(Fs::Read{{reinterpret_cast<u64>(pages.data()), u32(pages.size()), 1}, inode, from}, caller));
  std::memcpy(pages.data() + (offset - from), bytes.data(), bytes.size());
  auto const& c = next();
  (void)TRY(port.on(Fs::Write{{reinterpret_cast<u64>(pages.data()), u32(pages.size()), 0}, inode, from, std::max(size, offset + bytes.size()), now_ns}, c));
  return ok;
}
Result<Attributes> Changes::truncate(InodeNumber inode, u64 size) {
  using Set = Fs::SetAttributes;
  auto const& c = next();
  return TRY(port.on(Set{inode, size, 0, now_ns, now_ns, Set::size | Set::change_data | Set::change, 0, 0, 0}, c)).attributes;
}
Result<> Changes::set_attribute(InodeNumber inode, std::string const& name, std::string const& value, u64 flags) {
  auto const& c = next();
  return port.on(Fs::SetAttribute{{reinterpret_cast<u64>(value.data()), u32(value.size()), 0}, inode, now_ns, flags, FileName::from(name)}, c);
}
Result<> Changes::remove_attribute(InodeNumber inode, std::string const& name) {
  auto const& c = next();
  return port.on(Fs::RemoveAttribute{inode, now_ns, FileName::from(name)}, c);
}
Result<> Changes::release(InodeNumber inode) { return port.on(Fs::Release{inode}, next()); }
Result<> Changes::commit(InodeNumber inode, u64 data_only) { return port.on(Fs::Commit{1, inode, data_only}, next()); }
InodeNumber Changes::root() { return port.on(Fs::Root{1, 0}, caller).value().root.inode; }

bool is_sound(std::vector<u8> const& image, fs::path const& at, std::string& output) {
  {
    std::ofstream file{at, std::ios::binary};
    file.write(reinterpret_cast<char const*>(image.data()), std::streamsize(image.size()));
  }
  output = run("e2fsck -fn " + at.string() + "; echo status $?", 255);
  return output.find("status 0") != std::string::npos;
}

}  // namespace hinge::test
