#include "tests/ext4/image.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace hinge::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = fs::temp_directory_path() / "hinge-ext4-XXXXXX";
  if (!mkdtemp(name.data())) std::abort();
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string run(std::string const& command, int worst) {
  FILE* const pipe = popen(("export PATH=$PATH:/sbin:/usr/sbin MKE2FS_SKIP_PROGRESS=1; exec 2>&1; " + command).c_str(), "r");
  if (!pipe) std::abort();
  std::string output;
  char buffer[4096];
  while (usize const n = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
  int const status = pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= worst) << command << "\n" << output;
  return output;
}

void write_file(fs::path const& path, std::string const& content) {
  std::ofstream file{path, std::ios::binary};
  file << content;
  ASSERT_TRUE(file.good()) << path;
}

std::string read_file(fs::path const& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<u8> make_image(fs::path const& image, fs::path const& folder, std::string const& options, std::string const& size) {
  fs::remove(image);
  run("mke2fs -q -F -E root_owner=0:0 " + options + " -d " + folder.string() + " " + image.string() + " " + size);
  return load_image(image);
}

void debugfs(fs::path const& image, std::string const& commands) {
  fs::path const file = image.string() + ".commands";
  write_file(file, commands);
  run("debugfs -w -f " + file.string() + " " + image.string());
}

std::vector<u8> load_image(fs::path const& image) {
  std::vector<u8> bytes(fs::file_size(image));
  std::ifstream file{image, std::ios::binary};
  file.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(bytes.size()));
  EXPECT_TRUE(file.good()) << image;
  return bytes;
}

Mounted::Mounted(std::vector<u8> bytes, u32 sector) : disk{std::move(bytes), sector} {
  conformance::bind_directly(service.disks, disk);
  conformance::bind_directly(port, service);
  EXPECT_TRUE(service.on(Lifecycle::Start{}, caller));
}

Mounted::~Mounted() { (void)port.on(FileSystem::Discard{1}, caller); }

Result<> Mounted::mount() {
  TRY(port.on(FileSystem::Mount{1, 0, 0, disk.units[0].bytes.size() / disk.units[0].block_bytes, 1}, caller));
  return ok;
}

}  // namespace hinge::test
