// The conformance suite of FileSystem: what every implementer must do, over every transport. A fixture type F has
// `static void bind(Port<FileSystem>&)`, with a started service behind it; each test works in a volume of its own, which
// `static void provide(Port<FileSystem>&, u64 volume)`, if there is one, makes ready.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "iface/filesystem.hpp"

namespace hinge::conformance {

template <class F>
class FileSystemSuite : public testing::Test {
 protected:
  using Fs = FileSystem;

  void SetUp() override {
    F::bind(port);
    static u64 volumes = 100;
    volume = volumes++;
    if constexpr (requires { F::provide(port, volume); }) F::provide(port, volume);
    root = port.on(Fs::Root{volume, 1000}, caller).value().root.inode;
  }
  void TearDown() override {
    Result<Unit> r = ok;
    do r = port.on(Fs::Discard{volume}, caller);
    while (!r && r.error() == Error::busy);
    EXPECT_TRUE(r.has_value());
  }

  /// Each change gets an operation number of its own, as from the nucleus.
  Caller const& next() {
    ++caller.sequence;
    return caller;
  }
  Result<Attributes> create(InodeNumber in, std::string_view name, u32 mode, i64 now = 2000) {
    return attributes(port.on(Fs::Create{in, now, 0, mode, 7, 8, 0, FileName::from(name)}, next()), [](auto const& r) { return r.created; });
  }
  Result<Attributes> file(InodeNumber in, std::string_view name) { return create(in, name, u32(FileType::regular) | 0644); }
  Result<Attributes> directory(InodeNumber in, std::string_view name) { return create(in, name, u32(FileType::directory) | 0755); }
  Result<Attributes> lookup(InodeNumber in, std::string_view name) {
    return attributes(port.on(Fs::Lookup{in, FileName::from(name)}, caller), [](auto const& r) { return r.found; });
  }
  Attributes get(InodeNumber i) { return port.on(Fs::GetAttributes{i}, caller).value().attributes; }
  Result<Attributes> link(InodeNumber i, InodeNumber in, std::string_view name) {
    return attributes(port.on(Fs::Link{i, in, 3000, FileName::from(name)}, next()), [](auto const& r) { return r.linked; });
  }
  Result<Fs::Removed> unlink(InodeNumber in, std::string_view name) {
    return port.on(Fs::Unlink{in, 3000, FileName::from(name)}, next());
  }
  Result<Fs::Removed> remove_directory(InodeNumber in, std::string_view name) {
    return port.on(Fs::RemoveDirectory{in, 3000, FileName::from(name)}, next());
  }
  Result<Fs::Removed> rename(InodeNumber from, std::string_view name, InodeNumber to, std::string_view new_name, u64 flags = 0) {
    return port.on(Fs::Rename{buffer(new_name), from, to, 4000, flags, FileName::from(name)}, next());
  }
  Result<Attributes> symlink(InodeNumber in, std::string_view name, std::string_view target) {
    return attributes(port.on(Fs::Symlink{buffer(target), in, 2000, 7, 8, FileName::from(name)}, next()), [](auto const& r) { return r.created; });
  }
  template <class R, class F2>
  static Result<Attributes> attributes(Result<R> const& r, F2 which) {
    if (!r) return fail(r.error());
    return which(*r);
  }
  static Buffer buffer(std::string_view text) { return {reinterpret_cast<u64>(text.data()), u32(text.size()), 0}; }

  /// All names, read in batches of `room` bytes.
  std::vector<std::string> list(InodeNumber in, usize room = 4096) {
    std::vector<std::string> names;
    for (u64 cookie = 0; batch(in, cookie, room, names);) {}
    return names;
  }
  bool batch(InodeNumber in, u64& cookie, usize room, std::vector<std::string>& names) {
    std::vector<u64> space(room / 8);
    auto const r = port.on(Fs::ReadDirectory{{reinterpret_cast<u64>(space.data()), u32(room), 1}, in, cookie}, caller);
    EXPECT_TRUE(r.has_value());
    if (!r || r->bytes == 0) return false;
    for (u64 at = 0; at < r->bytes;) {
      auto const& e = *reinterpret_cast<Fs::Entry const*>(reinterpret_cast<char const*>(space.data()) + at);
      names.emplace_back(e.name());
      cookie = e.cookie;
      at += e.record_bytes;
    }
    return true;
  }

  Port<FileSystem> port;
  Caller caller{.thread = 1};
  u64 volume = 0;
  InodeNumber root;
};

template <class T>
Error error_of(Result<T> const& r) { return r ? Error::none : r.error(); }

TYPED_TEST_SUITE_P(FileSystemSuite);

TYPED_TEST_P(FileSystemSuite, RootIsADirectoryAndStaysTheSame) {
  using Fs = FileSystem;
  auto const again = this->port.on(Fs::Root{this->volume, 5}, this->caller).value().root;
  EXPECT_EQ(again.inode, this->root);
  EXPECT_EQ(again.type(), FileType::directory);
  EXPECT_EQ(again.links, 2u);
}

TYPED_TEST_P(FileSystemSuite, CreatesAndFinds) {
  auto const made = this->file(this->root, "a").value();
  EXPECT_EQ(made.mode, u32(FileType::regular) | 0644);
  EXPECT_EQ(made.owner, 7u);
  EXPECT_EQ(made.group, 8u);
  EXPECT_EQ(made.links, 1u);
  EXPECT_EQ(made.change_data_ns, 2000);
  EXPECT_EQ(this->lookup(this->root, "a").value().inode, made.inode);
  EXPECT_EQ(error_of(this->lookup(this->root, "b")), Error::not_found);
  EXPECT_EQ(error_of(this->lookup(made.inode, "b")), Error::not_directory);
  EXPECT_EQ(error_of(this->file(this->root, "a")), Error::exists);
  EXPECT_EQ(error_of(this->file(made.inode, "x")), Error::not_directory);
  EXPECT_EQ(this->get(this->root).change_data_ns, 2000);
}

TYPED_TEST_P(FileSystemSuite, RefusesMalformedRequests) {
  EXPECT_EQ(error_of(this->file(this->root, "a/b")), Error::invalid);
  EXPECT_EQ(error_of(this->file(this->root, "..")), Error::invalid);
  EXPECT_EQ(error_of(this->file(this->root, std::string_view{"a\0b", 3})), Error::invalid);
  EXPECT_EQ(error_of(this->create(this->root, "a", 0644)), Error::invalid);
  EXPECT_EQ(error_of(this->create(this->root, "a", u32(FileType::regular) | 0100'0000)), Error::invalid);
  EXPECT_EQ(error_of(this->lookup(InodeNumber{~u64{0}}, "a")), Error::not_found);
  EXPECT_EQ(error_of(this->lookup(InodeNumber{0}, "a")), Error::not_found);
  auto empty = this->port.on(FileSystem::Lookup{this->root, FileName{}}, this->caller);
  EXPECT_EQ(error_of(empty), Error::invalid);
  EXPECT_EQ(error_of(this->rename(this->root, "a", this->root, "b", 3)), Error::invalid);
  EXPECT_EQ(error_of(this->rename(this->root, "a", this->root, "b", 64)), Error::invalid);
}

TYPED_TEST_P(FileSystemSuite, LongNamesKeepTheirWholeText) {
  std::string a(255, 'x'), b = a;
  b.back() = 'y';
  auto const first = this->file(this->root, a).value(), second = this->file(this->root, b).value();
  EXPECT_EQ(this->lookup(this->root, a).value().inode, first.inode);
  EXPECT_EQ(this->lookup(this->root, b).value().inode, second.inode);
  auto names = this->list(this->root);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector{a, b}));
}

TYPED_TEST_P(FileSystemSuite, CountsDirectoryLinks) {
  auto const a = this->directory(this->root, "a").value();
  EXPECT_EQ(a.links, 2u);
  EXPECT_EQ(this->get(this->root).links, 3u);
  auto const b = this->directory(a.inode, "b").value();
  EXPECT_EQ(this->get(a.inode).links, 3u);
  EXPECT_TRUE(this->rename(a.inode, "b", this->root, "b"));
  EXPECT_EQ(this->get(a.inode).links, 2u);
  EXPECT_EQ(this->get(this->root).links, 4u);
  EXPECT_EQ(this->get(b.inode).links, 2u);
}

TYPED_TEST_P(FileSystemSuite, HardLinksShareAnInode) {
  auto const a = this->file(this->root, "a").value();
  auto const d = this->directory(this->root, "d").value();
  EXPECT_EQ(this->link(a.inode, d.inode, "b").value().links, 2u);
  EXPECT_EQ(this->lookup(d.inode, "b").value().inode, a.inode);
  EXPECT_EQ(error_of(this->link(a.inode, d.inode, "b")), Error::exists);
  EXPECT_EQ(error_of(this->link(d.inode, this->root, "e")), Error::not_permitted);
  EXPECT_EQ(this->unlink(this->root, "a").value().links, 1u);
  EXPECT_EQ(this->get(a.inode).links, 1u);
}

TYPED_TEST_P(FileSystemSuite, OrphansLiveUntilReleased) {
  using Fs = FileSystem;
  auto const a = this->file(this->root, "a").value();
  auto const removed = this->unlink(this->root, "a").value();
  EXPECT_EQ(removed.inode, a.inode);
  EXPECT_EQ(removed.links, 0u);
  EXPECT_EQ(this->get(a.inode).links, 0u);
  EXPECT_TRUE(this->port.on(Fs::Release{a.inode}, this->next()));
  EXPECT_EQ(error_of(this->port.on(Fs::GetAttributes{a.inode}, this->caller)), Error::not_found);
  EXPECT_TRUE(this->port.on(Fs::Release{a.inode}, this->next())) << "again, after a restart of the caller";
  auto const b = this->file(this->root, "b").value();
  EXPECT_TRUE(b.inode != a.inode || b.generation != a.generation) << "a number of the dead comes with another generation";
  EXPECT_TRUE(this->port.on(Fs::Release{b.inode}, this->next()));
  EXPECT_EQ(this->get(b.inode).links, 1u) << "what has a name stays";
}

TYPED_TEST_P(FileSystemSuite, AnonymousFilesGetANameByLink) {
  using Fs = FileSystem;
  auto const made = this->port.on(Fs::Create{this->root, 2000, 0, u32(FileType::regular) | 0600, 0, 0, 1, FileName{}}, this->next()).value().created;
  EXPECT_EQ(made.links, 0u);
  EXPECT_TRUE(this->list(this->root).empty());
  EXPECT_EQ(this->link(made.inode, this->root, "named").value().links, 1u);
  EXPECT_EQ(this->list(this->root), std::vector<std::string>{"named"});
}

TYPED_TEST_P(FileSystemSuite, RemovesByKind) {
  auto const d = this->directory(this->root, "d").value();
  (void)this->file(this->root, "f");
  (void)this->file(d.inode, "inside");
  EXPECT_EQ(error_of(this->unlink(this->root, "d")), Error::is_directory);
  EXPECT_EQ(error_of(this->remove_directory(this->root, "f")), Error::not_directory);
  EXPECT_EQ(error_of(this->remove_directory(this->root, "d")), Error::not_empty);
  EXPECT_EQ(error_of(this->remove_directory(this->root, "none")), Error::not_found);
  EXPECT_TRUE(this->unlink(d.inode, "inside"));
  EXPECT_EQ(this->remove_directory(this->root, "d").value().links, 0u);
  EXPECT_EQ(error_of(this->file(d.inode, "late")), Error::not_found) << "a removed directory takes no names";
}

TYPED_TEST_P(FileSystemSuite, SymlinksOfAnyLength) {
  using Fs = FileSystem;
  for (usize length : {1, 60, 240, 241, 4095}) {
    std::string const target(length, char('a' + length % 26));
    auto const made = this->symlink(this->root, std::to_string(length), target).value();
    EXPECT_EQ(made.size, length);
    std::string back(4096, '\0');
    auto read = [&](u64 offset, u32 room) {
      return this->port.on(Fs::ReadLink{{reinterpret_cast<u64>(back.data()), room, 1}, made.inode, offset}, this->caller).value();
    };
    EXPECT_EQ(read(0, 4096), length);
    EXPECT_EQ(back.substr(0, length), target);
    EXPECT_EQ(read(length / 2, 10), length) << "in pieces: the whole length comes back";
  }
  EXPECT_EQ(error_of(this->symlink(this->root, "none", "")), Error::invalid);
  EXPECT_EQ(error_of(this->symlink(this->root, "long", std::string(4096, 'x'))), Error::name_too_long);
}

TYPED_TEST_P(FileSystemSuite, RenameFollowsItsRules) {
  auto const root = this->root;
  auto const d = this->directory(root, "d").value(), e = this->directory(d.inode, "e").value();
  auto const f = this->file(root, "f").value(), g = this->file(root, "g").value();
  EXPECT_EQ(error_of(this->rename(root, "none", root, "x")), Error::not_found);
  EXPECT_EQ(error_of(this->rename(root, "d", e.inode, "x")), Error::invalid) << "into itself";
  EXPECT_EQ(error_of(this->rename(root, "d", d.inode, "x")), Error::invalid);
  EXPECT_EQ(error_of(this->rename(root, "d", root, "f")), Error::not_directory);
  EXPECT_EQ(error_of(this->rename(root, "f", root, "d")), Error::is_directory);
  EXPECT_EQ(error_of(this->rename(d.inode, "e", root, "d")), Error::not_empty);
  EXPECT_EQ(error_of(this->rename(root, "f", root, "g", FileSystem::Rename::no_replace)), Error::exists);
  auto const removed = this->rename(root, "f", root, "g").value();
  EXPECT_EQ(removed.inode, g.inode);
  EXPECT_EQ(removed.links, 0u);
  EXPECT_EQ(this->lookup(root, "g").value().inode, f.inode);
  EXPECT_EQ(error_of(this->lookup(root, "f")), Error::not_found);
  (void)this->link(f.inode, root, "same");
  EXPECT_EQ(this->rename(root, "g", root, "same").value().existed, 0u) << "two names of one file";
  EXPECT_EQ(this->get(f.inode).links, 2u);
  EXPECT_TRUE(this->rename(root, "g", root, "g"));
  auto const empty = this->directory(root, "empty").value();
  EXPECT_EQ(this->rename(d.inode, "e", root, "empty").value().inode, empty.inode);
  EXPECT_EQ(this->lookup(root, "empty").value().inode, e.inode);
}

TYPED_TEST_P(FileSystemSuite, ExchangeSwapsFilesAndDirectories) {
  auto const root = this->root;
  auto const d = this->directory(root, "d").value(), in = this->directory(d.inode, "in").value();
  auto const f = this->file(root, "f").value();
  constexpr u64 exchange = FileSystem::Rename::exchange;
  EXPECT_TRUE(this->rename(d.inode, "in", root, "f", exchange));
  EXPECT_EQ(this->lookup(root, "f").value().inode, in.inode);
  EXPECT_EQ(this->lookup(d.inode, "in").value().inode, f.inode);
  EXPECT_EQ(this->get(d.inode).links, 2u);
  EXPECT_EQ(this->get(root).links, 4u);
  EXPECT_EQ(error_of(this->rename(root, "f", root, "none", exchange)), Error::not_found);
  EXPECT_EQ(error_of(this->rename(d.inode, "in", root, "d", exchange)), Error::invalid);
}

TYPED_TEST_P(FileSystemSuite, ListsInBatchesWhileNamesComeAndGo) {
  std::map<std::string, int> seen;
  for (int i = 0; i < 300; ++i) (void)this->file(this->root, "stays" + std::to_string(i));
  for (int i = 0; i < 300; ++i) (void)this->file(this->root, "goes" + std::to_string(i));
  u64 cookie = 0;
  std::vector<std::string> names;
  for (int round = 0; this->batch(this->root, cookie, 512, names); ++round) {
    // What was just listed goes, so that the next batch starts at a cookie whose entry is no more.
    for (auto const& name : names) {
      ++seen[name];
      if (name.starts_with("goes")) { EXPECT_TRUE(this->unlink(this->root, name)); }
    }
    names.clear();
    if (round == 3) (void)this->file(this->root, "late");
  }
  for (int i = 0; i < 300; ++i) EXPECT_EQ(seen["stays" + std::to_string(i)], 1);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(seen["goes" + std::to_string(i)], 1);
  EXPECT_LE(seen["late"], 1);
  u64 small[2];
  auto const r = this->port.on(FileSystem::ReadDirectory{{reinterpret_cast<u64>(small), 16, 1}, this->root, 0}, this->caller);
  EXPECT_EQ(error_of(r), Error::invalid);
}

TYPED_TEST_P(FileSystemSuite, SetsWhatTheMaskNames) {
  using Set = FileSystem::SetAttributes;
  auto const f = this->file(this->root, "f").value();
  Set set{f.inode, 12345, 1, 2, 3, Set::mode | Set::owner | Set::size | Set::access, 0600, 42, 43};
  auto const after = this->port.on(set, this->next()).value().attributes;
  EXPECT_EQ(after.mode, u32(FileType::regular) | 0600);
  EXPECT_EQ(after.owner, 42u);
  EXPECT_EQ(after.group, 8u);
  EXPECT_EQ(after.size, 12345u);
  EXPECT_EQ(after.access_ns, 1);
  EXPECT_EQ(after.change_data_ns, 2000);
  set.inode = this->root;
  EXPECT_EQ(error_of(this->port.on(set, this->next())), Error::invalid) << "the size of a directory";
}

TYPED_TEST_P(FileSystemSuite, ChangesIssuedAgainHaveOneEffect) {
  using Fs = FileSystem;
  Caller const first{.thread = 9, .sequence = 77};
  Caller again = first;
  again.reason = Reason::repeated;
  Fs::Create const create{this->root, 2000, 0, u32(FileType::regular) | 0644, 0, 0, 0, FileName::from("once")};
  auto const made = this->port.on(create, first).value().created;
  EXPECT_EQ(this->port.on(create, again).value().created.inode, made.inode);
  Fs::Unlink const unlink{this->root, 3000, FileName::from("once")};
  EXPECT_EQ(this->port.on(unlink, first).value().inode, made.inode);
  EXPECT_EQ(this->port.on(unlink, again).value().inode, made.inode);
  Caller const other{.thread = 9, .reason = Reason::repeated, .sequence = 78};
  EXPECT_EQ(error_of(this->port.on(unlink, other)), Error::not_found) << "never done before: done now";
}

TYPED_TEST_P(FileSystemSuite, ManyNames) {
  auto const d = this->directory(this->root, "d").value();
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(this->file(d.inode, std::to_string(i)));
  EXPECT_EQ(this->list(d.inode).size(), 2000u);
  for (int i = 0; i < 2000; i += 2) ASSERT_TRUE(this->unlink(d.inode, std::to_string(i)));
  EXPECT_EQ(this->list(d.inode).size(), 1000u);
  EXPECT_TRUE(this->lookup(d.inode, "1999"));
  EXPECT_FALSE(this->lookup(d.inode, "1998"));
}

REGISTER_TYPED_TEST_SUITE_P(FileSystemSuite, RootIsADirectoryAndStaysTheSame, CreatesAndFinds, RefusesMalformedRequests,
                            LongNamesKeepTheirWholeText, CountsDirectoryLinks, HardLinksShareAnInode, OrphansLiveUntilReleased,
                            AnonymousFilesGetANameByLink, RemovesByKind, SymlinksOfAnyLength, RenameFollowsItsRules,
                            ExchangeSwapsFilesAndDirectories, ListsInBatchesWhileNamesComeAndGo, SetsWhatTheMaskNames,
                            ChangesIssuedAgainHaveOneEffect, ManyNames);

}  // namespace hinge::conformance
