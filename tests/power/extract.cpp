// ext4_extract IMAGE FOLDER: the shipped ext4 code mounts an image to write, which replays its journal, puts what is in it
// into a folder of the host, unmounts, and leaves the image as it is then. Status 1: something could not be read or written.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/support/fake_host.cpp base/format.cpp
#include <cstdio>
#include <fstream>

#include "tests/ext4/walk.hpp"
#include "tests/ext4/writable.hpp"

namespace {

namespace fs = std::filesystem;
using namespace hinge;

void put(fs::path const& at, test::Node const& node) {
  switch (node.attributes.type()) {
    case FileType::directory: fs::create_directory(at); return;
    case FileType::symlink: fs::create_symlink(node.content, at); return;
    case FileType::regular: test::write_file(at, node.content); return;
    case FileType::fifo: case FileType::character: case FileType::block: case FileType::socket: return;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  fs::path const image = words[1], folder = words[2];
  test::Writable volume{test::load_image(image)};
  if (auto const mounted = volume.mount(); !mounted) {
    std::fprintf(stderr, "not mounted: %s\n", to_string(mounted.error()));
    return 1;
  }
  test::Walk walk{volume.port, volume.caller};
  for (auto const& [path, node] : walk.tree()) put(folder.string() + path, node);
  if (walk.errors) std::fprintf(stderr, "%lu requests failed, the last: %s\n", walk.errors, to_string(walk.last_error));
  auto const unmounted = volume.unmount();
  if (!unmounted) std::fprintf(stderr, "not unmounted: %s\n", to_string(unmounted.error()));
  std::ofstream file{image, std::ios::binary};
  file.write(reinterpret_cast<char const*>(volume.disk.now().data()), std::streamsize(volume.disk.now().size()));
  return walk.errors == 0 && unmounted && file.good() ? 0 : 1;
}
