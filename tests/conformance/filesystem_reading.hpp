// The conformance suite of FileSystem's reading part: for implementers that cannot be written through the interface, too. A
// fixture type F has `static InodeNumber bind(Port<FileSystem>&)`: it binds the port to a started service and returns the root
// of a tree with exactly these names (and perhaps lost+found):
//
//     file, hard    two names of one file of 5 bytes, "hello", mode 0640
//     dir/          dir/sub/, empty, and dir/up, a symlink to "../file"
//     many/         300 empty files n0 to n299, and one whose name is 255 times 'x'
//     link1 link59 link60 link240 link1000     symlinks to so many times 'x'
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "iface/filesystem.hpp"

namespace hinge::conformance {

template <class F>
class FileSystemReadingSuite : public testing::Test {
 protected:
  using Fs = FileSystem;
  void SetUp() override { root = F::bind(port); }

  Result<Attributes> lookup(InodeNumber in, std::string_view name) {
    auto const r = port.on(Fs::Lookup{in, FileName::from(name)}, caller);
    if (!r) return fail(r.error());
    return r->found;
  }
  Error lookup_error(InodeNumber in, std::string_view name) {
    auto const r = lookup(in, name);
    return r ? Error::none : r.error();
  }
  struct Seen { std::string name; u64 inode, cookie; u32 mode; };
  /// One batch from `cookie` on.
  std::vector<Seen> batch(InodeNumber in, u64 cookie, usize room) {
    std::vector<u64> space(room / 8);
    auto const r = port.on(Fs::ReadDirectory{{reinterpret_cast<u64>(space.data()), u32(room), 1}, in, cookie}, caller);
    EXPECT_TRUE(r.has_value());
    std::vector<Seen> seen;
    for (u64 at = 0; r && at < r->bytes;) {
      auto const& e = *reinterpret_cast<Fs::Entry const*>(reinterpret_cast<char const*>(space.data()) + at);
      seen.push_back({std::string{e.name()}, e.inode.raw(), e.cookie, e.mode});
      at += e.record_bytes;
    }
    return seen;
  }
  std::vector<Seen> list(InodeNumber in, usize room, u64 from = 0) {
    std::vector<Seen> all;
    for (auto part = batch(in, from, room); !part.empty(); part = batch(in, all.back().cookie, room))
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  Port<FileSystem> port;
  Caller caller{.thread = 1};
  InodeNumber root;
};

TYPED_TEST_SUITE_P(FileSystemReadingSuite);

TYPED_TEST_P(FileSystemReadingSuite, FindsWhatIsThere) {
  auto const file = this->lookup(this->root, "file").value(), hard = this->lookup(this->root, "hard").value();
  EXPECT_EQ(file.inode, hard.inode);
  EXPECT_EQ(file.links, 2u);
  EXPECT_EQ(file.mode, u32(FileType::regular) | 0640);
  EXPECT_EQ(file.size, 5u);
  EXPECT_EQ(this->port.on(FileSystem::GetAttributes{file.inode}, this->caller).value().attributes.inode, file.inode);
  auto const dir = this->lookup(this->root, "dir").value();
  EXPECT_EQ(dir.type(), FileType::directory);
  EXPECT_EQ(dir.links, 3u);
  EXPECT_EQ(this->lookup(dir.inode, "up").value().type(), FileType::symlink);
  EXPECT_EQ(this->lookup_error(this->root, "none"), Error::not_found);
  EXPECT_EQ(this->lookup_error(this->root, "fil"), Error::not_found);
  EXPECT_EQ(this->lookup_error(file.inode, "x"), Error::not_directory);
}

TYPED_TEST_P(FileSystemReadingSuite, RefusesMalformedRequests) {
  EXPECT_EQ(this->lookup_error(this->root, "a/b"), Error::invalid);
  EXPECT_EQ(this->lookup_error(this->root, ".."), Error::invalid);
  EXPECT_EQ(this->lookup_error(this->root, std::string_view{"a\0b", 3}), Error::invalid);
  EXPECT_EQ(this->lookup_error(InodeNumber{0}, "a"), Error::not_found);
  EXPECT_EQ(this->lookup_error(InodeNumber{~u64{0}}, "a"), Error::not_found);
  EXPECT_EQ(this->port.on(FileSystem::Lookup{this->root, FileName{}}, this->caller).error(), Error::invalid);
  auto const dir = this->lookup(this->root, "dir").value();
  EXPECT_EQ(this->port.on(FileSystem::ReadLink{{}, dir.inode, 0}, this->caller).error(), Error::invalid);
}

TYPED_TEST_P(FileSystemReadingSuite, SymlinksOfAnyLengthInPieces) {
  for (u32 length : {1, 59, 60, 240, 1000}) {
    auto const link = this->lookup(this->root, "link" + std::to_string(length)).value();
    EXPECT_EQ(link.size, length);
    std::string back(2048, '\0');
    auto read = [&](u64 offset, u32 room) {
      return this->port.on(FileSystem::ReadLink{{reinterpret_cast<u64>(back.data()), room, 1}, link.inode, offset}, this->caller).value();
    };
    EXPECT_EQ(read(0, 2048), length);
    EXPECT_EQ(back.substr(0, length), std::string(length, 'x'));
    back.assign(2048, '\0');
    EXPECT_EQ(read(length / 2, 3), length) << "in pieces: the whole length comes back";
    EXPECT_EQ(back.substr(0, std::min(length - length / 2, 3u)), std::string(std::min(length - length / 2, 3u), 'x'));
    EXPECT_EQ(read(length, 10), length);
  }
}

TYPED_TEST_P(FileSystemReadingSuite, ListsEachNameOnceInBatchesOfAnySize) {
  auto const many = this->lookup(this->root, "many").value();
  for (usize room : {280, 504, 4096, 65536}) {
    std::set<std::string> names;
    for (auto const& e : this->list(many.inode, room)) {
      EXPECT_TRUE(names.insert(e.name).second) << e.name << " twice";
      EXPECT_EQ(e.mode, u32(FileType::regular));
    }
    EXPECT_EQ(names.size(), 301u);
    EXPECT_TRUE(names.contains(std::string(255, 'x')));
  }
  for (auto const& e : this->list(many.inode, 4096)) {
    ASSERT_EQ(this->lookup(many.inode, e.name).value().inode.raw(), e.inode);
  }
  auto const dir = this->lookup(this->root, "dir").value();
  EXPECT_EQ(this->list(dir.inode, 4096).size(), 2u) << "without the dots";
  EXPECT_TRUE(this->list(this->lookup(dir.inode, "sub").value().inode, 4096).empty());
}

TYPED_TEST_P(FileSystemReadingSuite, EveryCookieLeadsToWhatFollows) {
  auto const many = this->lookup(this->root, "many").value();
  auto const all = this->list(many.inode, 4096);
  for (usize i = 0; i < all.size(); i += 7) {
    auto const rest = this->list(many.inode, 1024, all[i].cookie);
    ASSERT_EQ(rest.size(), all.size() - i - 1);
    if (!rest.empty()) { EXPECT_EQ(rest.front().name, all[i + 1].name); }
  }
}

TYPED_TEST_P(FileSystemReadingSuite, ListingSaysWhenThereIsNoRoom) {
  u64 small[2];
  Buffer const into{reinterpret_cast<u64>(small), sizeof small, 1};
  EXPECT_EQ(this->port.on(FileSystem::ReadDirectory{into, this->root, 0}, this->caller).error(), Error::invalid);
  auto const file = this->lookup(this->root, "file").value();
  EXPECT_EQ(this->port.on(FileSystem::ReadDirectory{into, file.inode, 0}, this->caller).error(), Error::not_directory);
}

REGISTER_TYPED_TEST_SUITE_P(FileSystemReadingSuite, FindsWhatIsThere, RefusesMalformedRequests, SymlinksOfAnyLengthInPieces,
                            ListsEachNameOnceInBatchesOfAnySize, EveryCookieLeadsToWhatFollows, ListingSaysWhenThereIsNoRoom);

}  // namespace hinge::conformance
