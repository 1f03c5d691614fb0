// A file system on a disk as the personality sees one, in the test's memory: one directory of files whose data is written
// page by page. It keeps the books of its contract strictly: what is not as promised ends in `complaints`. What was not
// committed is lost by cut_power(). It can be full, fail, and do everything twice, as a service does that dies after the
// effect and before its reply.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "iface/filesystem.hpp"

namespace hinge {

class FakeDiskFiles {
 public:
  struct Node {
    Attributes attributes{};
    std::map<u64, std::string> pages;   ///< By number; absent: a hole.
    std::map<std::string, std::string> extended;
  };
  struct State {
    std::map<u64, Node> nodes;
    std::map<std::string, u64> names;
    u64 next = 12;
  };

  /// `pages`: how many the disk has room for.
  explicit FakeDiskFiles(u64 pages) : room{pages} {
    Node& top = now.nodes[2];
    top.attributes.mode = u32(FileType::directory) | 0777;
    top.attributes.links = 2;
    top.attributes.inode = InodeNumber{2};
    committed = now;
  }
  void cut_power() {
    std::lock_guard guard{lock};
    now = committed;
    promised = 0;
  }
  std::string data(std::string const& name) {
    std::lock_guard guard{lock};
    auto const found = now.names.find(name);
    return found == now.names.end() ? "(none)" : content(now.nodes[found->second]);
  }

  using F = FileSystem;
  Result<F::Mount::Reply> on(F::Mount const& m, Caller const&) {
    mounted = true;
    read_only = m.read_only;
    return F::Mount::Reply{m.read_only};
  }
  Result<F::Root::Reply> on(F::Root const& r, Caller const&) {
    volume = r.volume;
    return F::Root::Reply{shown(now.nodes[2])};
  }
  Result<> on(F::Discard const&, Caller const&) { return ok; }
  Result<> on(F::Unmount const&, Caller const&) {
    committed = now;
    mounted = false;
    return ok;
  }
  Result<> on(F::Remount const& r, Caller const&) {
    read_only = r.read_only;
    committed = now;
    return ok;
  }
  Result<F::Statistics::Reply> on(F::Statistics const&, Caller const&) {
    return F::Statistics::Reply{page_bytes, room, room - used() - promised, 100, 100, 255, 0xef53};
  }
  Result<F::Lookup::Reply> on(F::Lookup const& l, Caller const&) {
    std::lock_guard guard{lock};
    auto const found = now.names.find(std::string{l.name.view()});
    if (found == now.names.end()) return fail(Error::not_found);
    return F::Lookup::Reply{shown(now.nodes[found->second])};
  }
  Result<F::GetAttributes::Reply> on(F::GetAttributes const& g, Caller const&) {
    std::lock_guard guard{lock};
    return F::GetAttributes::Reply{shown(node(g.inode))};
  }
  Result<F::SetAttributes::Reply> on(F::SetAttributes const& s, Caller const&) {
    std::lock_guard guard{lock};
    Node& n = node(s.inode);
    if (s.mask & F::SetAttributes::size) {
      if (writes_under_way) complaints.push_back("the size is set while a write is under way");
      cut(n, s.new_size);
      n.attributes.size = s.new_size;
    }
    if (s.mask & F::SetAttributes::mode) n.attributes.mode = (n.attributes.mode & file_type_mask) | s.new_mode;
    if (s.mask & F::SetAttributes::access) n.attributes.access_ns = s.access_ns;
    if (s.mask & F::SetAttributes::change_data) n.attributes.change_data_ns = s.change_data_ns;
    if (s.mask & F::SetAttributes::change) n.attributes.change_ns = s.change_ns;
    return F::SetAttributes::Reply{shown(n)};
  }
  Result<F::Create::Reply> on(F::Create const& c, Caller const&) {
    std::lock_guard guard{lock};
    if (now.names.contains(std::string{c.name.view()}) && !c.anonymous) return fail(Error::exists);
    u64 const number = now.next++;
    Node& n = now.nodes[number];
    n.attributes.inode = InodeNumber{number};
    n.attributes.mode = c.mode;
    n.attributes.links = c.anonymous ? 0 : 1;
    n.attributes.access_ns = n.attributes.change_data_ns = n.attributes.change_ns = c.now_ns;
    if (!c.anonymous) now.names[std::string{c.name.view()}] = number;
    return F::Create::Reply{shown(n)};
  }
  Result<F::Removed> on(F::Unlink const& u, Caller const&) {
    std::lock_guard guard{lock};
    auto const found = now.names.find(std::string{u.name.view()});
    if (found == now.names.end()) return fail(Error::not_found);
    Node& n = now.nodes[found->second];
    now.names.erase(found);
    return F::Removed{shown(n).inode, --n.attributes.links, 1};
  }
  Result<> on(F::Release const& r, Caller const&) {
    std::lock_guard guard{lock};
    if (auto const found = now.nodes.find(r.inode.raw() & 0xffff'ffff); found != now.nodes.end() && !found->second.attributes.links) now.nodes.erase(found);
    return ok;
  }
  Result<u64> on(F::Read const& r, Caller const&) {
    std::lock_guard guard{lock};
    Node& n = node(r.inode);
    std::string const all = content(n);
    std::string part = r.offset < all.size() ? all.substr(r.offset, r.into.bytes) : "";
    u64 const got = part.size();
    part.resize(r.into.bytes);
    if (!r.into.copy_out(0, part.data(), part.size())) return fail(Error::io);
    return got;
  }
  Result<u64> on(F::Write const& w, Caller const&) {
    ++writes;
    ++writes_under_way;
    for (u32 i = 0; i < (twice ? 2 : 1) && !broken; ++i) {
      std::lock_guard guard{lock};
      if (w.offset % page_bytes || w.from.bytes % page_bytes) complaints.push_back("a write of parts of pages");
      Node& n = node(w.inode);
      for (u64 done = 0; done < w.from.bytes && w.offset + done < w.size; done += page_bytes) {
        auto const [page, fresh] = n.pages.try_emplace((w.offset + done) / page_bytes, page_bytes, 0);
        if (fresh && promised == 0 && used() > room) complaints.push_back("a write that nothing was promised for finds the disk full");
        if (fresh && promised) --promised;
        (void)w.from.copy_in(done, page->second.data(), page_bytes);
      }
      n.attributes.size = std::max(n.attributes.size, std::min(w.size, w.offset + w.from.bytes));
      cut(n, n.attributes.size);
      if (w.change_ns) n.attributes.change_data_ns = n.attributes.change_ns = w.change_ns;
    }
    --writes_under_way;
    if (broken) return fail(Error::io);
    return u64{w.from.bytes};
  }
  Result<F::Reserve::Reply> on(F::Reserve const& r, Caller const&) {
    std::lock_guard guard{lock};
    if (r.blocks > 0 && used() + promised + u64(r.blocks) > room) return fail(Error::no_space);
    promised += u64(r.blocks);
    return F::Reserve::Reply{promised};
  }
  Result<F::Allocate::Reply> on(F::Allocate const& a, Caller const&) {
    std::lock_guard guard{lock};
    Node& n = node(a.inode);
    for (u64 at = a.offset; at < a.offset + a.bytes;) {
      u64 const index = at / page_bytes, next = std::min((index + 1) * page_bytes, a.offset + a.bytes);
      if (a.mode == F::Allocate::punch_hole && next - at == page_bytes) n.pages.erase(index);
      else if (a.mode != F::Allocate::punch_hole) n.pages.try_emplace(index, page_bytes, 0);
      if (a.mode != F::Allocate::allocate && n.pages.contains(index)) std::memset(n.pages[index].data() + at % page_bytes, 0, next - at);
      at = next;
    }
    if (!a.keep_size && a.mode != F::Allocate::punch_hole) n.attributes.size = std::max(n.attributes.size, a.offset + a.bytes);
    return F::Allocate::Reply{shown(n)};
  }
  Result<u64> on(F::FindData const& f, Caller const&) {
    std::lock_guard guard{lock};
    Node& n = node(f.inode);
    for (u64 at = f.offset; at < n.attributes.size; at = (at / page_bytes + 1) * page_bytes)
      if (n.pages.contains(at / page_bytes) != bool(f.hole)) return at;
    if (f.hole) return n.attributes.size;
    return fail(Error::not_found);
  }
  Result<> on(F::Commit const&, Caller const&) {
    std::lock_guard guard{lock};
    ++commits;
    if (broken) return fail(Error::io);
    committed = now;
    return ok;
  }
  Result<> on(F::SetAttribute const& s, Caller const&) {
    std::lock_guard guard{lock};
    std::string value(s.value.bytes, 0);
    if (!s.value.copy_in(0, value.data(), value.size())) return fail(Error::io);
    auto& all = node(s.inode).extended;
    std::string const name{s.name.view()};
    if (s.flags & F::SetAttribute::create_only && all.contains(name)) return fail(Error::exists);
    all[name] = value;
    return ok;
  }
  Result<u64> on(F::ReadAttribute const& r, Caller const&) {
    std::lock_guard guard{lock};
    auto& all = node(r.inode).extended;
    auto const found = all.find(std::string{r.name.view()});
    if (found == all.end()) return fail(Error::not_found);
    if (!r.into.copy_out(0, found->second.data(), std::min<u64>(r.into.bytes, found->second.size()))) return fail(Error::io);
    return found->second.size();
  }
  Result<> on(F::RemoveAttribute const& r, Caller const&) {
    std::lock_guard guard{lock};
    return node(r.inode).extended.erase(std::string{r.name.view()}) ? Result<>{ok} : fail(Error::not_found);
  }
  // What no test of it asks for.
  Result<u64> on(F::ListAttributes const&, Caller const&) { return fail(Error::not_supported); }
  Result<F::Symlink::Reply> on(F::Symlink const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(F::ReadLink const&, Caller const&) { return fail(Error::not_supported); }
  Result<F::Link::Reply> on(F::Link const&, Caller const&) { return fail(Error::not_supported); }
  Result<F::Removed> on(F::RemoveDirectory const&, Caller const&) { return fail(Error::not_supported); }
  Result<F::Removed> on(F::Rename const&, Caller const&) { return fail(Error::not_supported); }
  Result<F::ReadDirectory::Reply> on(F::ReadDirectory const&, Caller const&) { return F::ReadDirectory::Reply{0}; }

  u64 used() const {
    u64 pages = 0;
    for (auto const& [number, n] : now.nodes) pages += n.pages.size();
    return pages;
  }

  std::mutex lock;
  State now, committed;
  u64 room, promised = 0, volume = 0;
  std::atomic<u32> writes{0}, commits{0}, writes_under_way{0};
  bool mounted = false, read_only = false, broken = false, twice = false;
  std::vector<std::string> complaints;

 private:
  Node& node(InodeNumber number) { return now.nodes[number.raw() & 0xffff'ffff]; }
  Attributes shown(Node const& n) const {
    Attributes a = n.attributes;
    a.inode = InodeNumber{volume << 32 | a.inode.raw()};
    a.blocks = n.pages.size() * (page_bytes / 512);
    return a;
  }
  static std::string content(Node const& n) {
    std::string all(n.attributes.size, 0);
    for (auto const& [index, page] : n.pages)
      if (index * page_bytes < all.size()) page.copy(all.data() + index * page_bytes, all.size() - index * page_bytes);
    return all;
  }
  static void cut(Node& n, u64 size) {
    n.pages.erase(n.pages.lower_bound((size + page_bytes - 1) / page_bytes), n.pages.end());
    if (auto const last = n.pages.find(size / page_bytes); last != n.pages.end())
      std::memset(last->second.data() + size % page_bytes, 0, page_bytes - size % page_bytes);
  }
};

}  // namespace hinge
