// Directory entries: in order on a list in their directory, by hash in the index.
#include <algorithm>
#include <cstring>
#include <utility>

#include "services/tmpfs/store.hpp"

namespace hinge::tmpfs {

u32 Store::hash_of(Name directory, std::string_view text) {
  return u32(detail::hash(text, 0xcbf29ce484222325 ^ (u64{directory.generation} << 32 | directory.index)) >> 16);
}

bool Store::same_text(EntryRecord const& e, std::string_view text) const {
  if (e.bytes != text.size()) return false;
  usize const head = std::min(text.size(), EntryRecord::inline_bytes);
  if (std::memcmp(e.text, text.data(), head) != 0) return false;
  TextRecord const* const rest = texts_.find(e.rest);
  return head == text.size() || (rest && std::memcmp(rest->text, text.data() + head, text.size() - head) == 0);
}

void Store::text_of(EntryRecord const& e, char* to) const {
  usize const head = std::min<usize>(e.bytes, EntryRecord::inline_bytes);
  std::memcpy(to, e.text, head);
  if (e.bytes > head) (void)read_text(e.rest, 0, e.bytes - head, to + head, e.bytes - head);
}

Name Store::find(Name directory, std::string_view text) const {
  u32 const hash = hash_of(directory, text);
  Name name;
  for (u32 i = first_[hash % buckets]; i;) {
    EntryRecord const& e = entries_.at(i - 1, name);
    if (e.hash == hash && e.directory == directory && same_text(e, text)) return name;
    i = e.chain;
  }
  return {};
}

void Store::index(Name name) {
  EntryRecord& e = *entries_.find(name);
  e.chain = std::exchange(first_[e.hash % buckets], name.index + 1);
}

void Store::unindex(u32 entry_index, u32 hash) {
  Name name;
  for (u32* link = &first_[hash % buckets]; *link; link = &entries_.at(*link - 1, name).chain) {
    if (*link != entry_index + 1) continue;
    *link = entries_.at(entry_index, name).chain;
    return;
  }
}

Name Store::after(InodeRecord const& directory, Name directory_name, u64 cookie) const {
  if (cookie == 0) return directory.first;
  u32 const order = u32(cookie >> 24) - 1;
  // The entry that the cookie stands for is mostly still there, and names its successor.
  EntryRecord const* const same = entries_.live_at(cookie & 0xff'ffff);
  if (same && same->directory == directory_name && same->order == order) return same->next;
  Name name = directory.first;
  for (EntryRecord const* e; (e = entries_.find(name)) && e->order <= order;) name = e->next;
  return name;
}

Result<Name> Store::add_entry(host::UndoLog& undo, Name directory, std::string_view text, Name inode_name, i64 now_ns) {
  InodeRecord& d = *inode(directory);
  if (d.next_order == ~u32{0} - 1) return fail(Error::no_space);
  EntryRecord e{};
  e.directory = directory;
  e.inode = inode_name;
  e.previous = d.last;
  e.hash = hash_of(directory, text);
  e.order = d.next_order;
  e.bytes = u32(text.size());
  std::memcpy(e.text, text.data(), std::min(text.size(), EntryRecord::inline_bytes));
  if (text.size() > EntryRecord::inline_bytes) e.rest = TRY(add_text(undo, text.substr(EntryRecord::inline_bytes)));
  Name const name = TRY(entries_.allocate(undo, e));

  if (EntryRecord* const last = entry(d.last)) TRY(undo.set(last->next, name));
  else TRY(undo.set(d.first, name));
  TRY(undo.set(d.last, name));
  TRY(undo.set(d.next_order, d.next_order + 1));
  TRY(undo.set(d.entries, d.entries + 1));
  if (FileType(inode(inode_name)->mode & file_type_mask) == FileType::directory) TRY(undo.set(d.links, d.links + 1));
  TRY(undo.set(d.change_data_ns, now_ns));
  TRY(undo.set(d.change_ns, now_ns));
  return name;
}

Result<> Store::remove_entry(host::UndoLog& undo, Name name, i64 now_ns) {
  EntryRecord const& e = *entry(name);
  InodeRecord& d = *inode(e.directory);
  if (EntryRecord* const before = entry(e.previous)) TRY(undo.set(before->next, e.next));
  else TRY(undo.set(d.first, e.next));
  if (EntryRecord* const behind = entry(e.next)) TRY(undo.set(behind->previous, e.previous));
  else TRY(undo.set(d.last, e.previous));
  TRY(undo.set(d.entries, d.entries - 1));
  if (FileType(inode(e.inode)->mode & file_type_mask) == FileType::directory) TRY(undo.set(d.links, d.links - 1));
  TRY(undo.set(d.change_data_ns, now_ns));
  TRY(undo.set(d.change_ns, now_ns));
  TRY(free_text(undo, e.rest));
  return entries_.free(undo, name);
}

}  // namespace hinge::tmpfs
