// Images of ext4 for tests, made by the real tools (e2fsprogs) from a folder; and a mounted one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "services/ext4/service.hpp"
#include "tests/conformance/loopback.hpp"
#include "tests/support/memory_disk.hpp"

namespace hinge::test {

/// A folder of its own below the system's place for such, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Runs a shell command; the test fails, with its output, when its status is above `worst`.
std::string run(std::string const& command, int worst = 0);

void write_file(std::filesystem::path const& path, std::string const& content);
std::string read_file(std::filesystem::path const& path);

/// The bytes of mke2fs -d FOLDER with these options; `size` as mke2fs has it ("64M").
std::vector<u8> make_image(std::filesystem::path const& image, std::filesystem::path const& folder, std::string const& options,
                           std::string const& size);
/// Runs debugfs, writing, on the commands, one in a line.
void debugfs(std::filesystem::path const& image, std::string const& commands);
std::vector<u8> load_image(std::filesystem::path const& image);

/// A service with one disk, and a port to it. One at a time: its mounts stand in the process' one vault until its end.
struct Mounted {
  explicit Mounted(std::vector<u8> bytes, u32 sector = 512);
  ~Mounted();
  Mounted(Mounted const&) = delete;
  Mounted& operator=(Mounted const&) = delete;
  /// Mounts the whole disk as volume 1.
  Result<> mount();

  MemoryDisk disk;
  ext4::Service service;
  Port<FileSystem> port;
  Caller caller{.thread = 1};
};

}  // namespace hinge::test
