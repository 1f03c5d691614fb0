// An image that is mounted to be written, on a disk whose power can fail: what was not flushed may be lost, in any order.
#pragma once

#include <random>

#include "tests/ext4/image.hpp"

namespace hinge::test {

/// A disk with a write cache. Requests see the newest data; a power cut keeps of what was not flushed whatever it likes.
class CuttableDisk {
 public:
  explicit CuttableDisk(std::vector<u8> bytes) : safe_{bytes}, now_{std::move(bytes)} {}

  Result<u64> on(BlockDevice::Count const&, Caller const&) { return 1; }
  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const&, Caller const&);
  Result<u64> on(BlockDevice::Read const&, Caller const&);
  Result<u64> on(BlockDevice::Write const&, Caller const&);
  Result<> on(BlockDevice::Flush const&, Caller const&);

  /// What the disk holds after a power cut at this moment: each sector that was not flushed is old or new.
  std::vector<u8> cut(std::mt19937_64& random) const;
  [[nodiscard]] std::vector<u8> const& now() const { return now_; }

  u64 writes = 0, flushes = 0;
  u64 dies_after = ~u64{0};       ///< Writes; then every request fails with io.

 private:
  static constexpr u32 sector = 512;
  struct Lost { u64 offset; std::vector<u8> bytes; };
  std::vector<u8> safe_, now_;
  std::vector<Lost> pending_;     ///< Writes since the last flush, in order.
};

/// A volume's requests in short. Each change gets an operation number of its own.
struct Changes {
  Caller const& next();
  Result<Attributes> create(InodeNumber in, std::string const& name, u32 mode = 0100644);
  Result<Attributes> look_up(InodeNumber in, std::string const& name);
  Result<FileSystem::Removed> unlink(InodeNumber in, std::string const& name);
  Result<FileSystem::Removed> remove_directory(InodeNumber in, std::string const& name);
  Result<FileSystem::Removed> rename(InodeNumber from, std::string const& name, InodeNumber to, std::string const& new_name, u64 flags = 0);
  Result<Attributes> link(InodeNumber inode, InodeNumber in, std::string const& name);
  Result<Attributes> symlink(InodeNumber in, std::string const& name, std::string const& target);
  /// Writes like a page cache: whole pages around the bytes, which are read first where need be.
  Result<> write(InodeNumber inode, u64 offset, std::string const& bytes);
  Result<Attributes> truncate(InodeNumber inode, u64 size);
  Result<> set_attribute(InodeNumber inode, std::string const& name, std::string const& value, u64 flags = 0);
  Result<> remove_attribute(InodeNumber inode, std::string const& name);
  Result<> release(InodeNumber inode);
  Result<> commit(InodeNumber inode = InodeNumber{0}, u64 data_only = 0);
  InodeNumber root();

  Port<FileSystem> port;
  Caller caller{.thread = 1};
  i64 now_ns = 1'700'000'000'000'000'000;
};

/// A service with a disk whose power can fail, mounted to be written as volume 1. One at a time.
struct Writable : Changes {
  explicit Writable(std::vector<u8> bytes);
  ~Writable();
  Writable(Writable const&) = delete;
  Writable& operator=(Writable const&) = delete;
  Result<> mount(u64 read_only = 0);
  Result<> unmount();
  /// As if the service had died and been started again.
  void restart();
  /// The service's memory goes, and the vault with it, as in a power cut. Nothing is written.
  void power_off();

  CuttableDisk disk;
  ext4::Service service;
};

/// e2fsck -fn finds nothing. `output` is what it said.
bool is_sound(std::vector<u8> const& image, std::filesystem::path const& at, std::string& output);

}  // namespace hinge::test
