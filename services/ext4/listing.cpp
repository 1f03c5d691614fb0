// Listing a directory, in an order that nothing which comes or goes meanwhile can disturb.
//
// Directories that are indexed, or may become so at any time (those of one block, where the file system makes indices),
// are listed by hash, whichever blocks the names lie in. A cookie is then
//     half the hash (31 bits) | 24 bits of another hash of the name | rank among names equal in both (8 bits),
// of the last name seen, plus one. The names of a leaf (and of the leaves that go on with its last hash) are collected
// in that order, a bounded number at a time. In other directories no entry ever moves: they are listed by position, and a
// cookie is the position behind the last entry seen. Where a listing is found to be at its end, its last cookie says so: who
// asks on does not have all names looked through again.
#include <algorithm>
#include <compare>
#include <optional>

#include "services/ext4/checksum.hpp"
#include "services/ext4/htree.hpp"

namespace hinge::ext4 {
namespace {

using Entry = FileSystem::Entry;

/// Makes up records, which go into the caller's buffer at once.
class Writer {
 public:
  Writer(Session const& session, Inode const& directory, Buffer into)
      : session_{session}, directory_{directory}, into_{into}, room_{std::min<usize>(into.bytes, most_bytes)},
        records_{static_cast<char*>(host::allocate(room_))} {}
  Writer(Writer const&) = delete;
  ~Writer() { host::release(records_); }
  /// False: no memory.
  explicit operator bool() const { return records_; }

  /// False: no room. invalid: no room even for one.
  Result<bool> put(Leaf::Entry const& e, u64 cookie) {
    usize const bytes = Entry::bytes_for(e.name.size());
    if (bytes > room_ - done_) {
      if (done_ == 0) return fail(Error::invalid);
      return false;
    }
    u32 const mode = TRY(type_of(e));
    char* const record = records_ + done_;
    std::memset(record + bytes - sizeof(u64), 0, sizeof(u64));  // The padding lies there.
    last_ = new (record) Entry{InodeNumber{session_.volume().number << 32 | e.inode}, cookie, mode, u16(bytes), u16(e.name.size())};
    std::memcpy(record + sizeof(Entry), e.name.data(), e.name.size());
    done_ += bytes;
    return true;
  }
  [[nodiscard]] u64 done() const { return done_; }
  /// Nothing comes after what was put.
  void end() {
    if (last_) last_->cookie = Entry::no_more;
  }
  /// Hands the records over; returns their bytes.
  Result<u64> finish() {
    if (done_) TRY(into_.copy_out(0, records_, done_));
    return done_;
  }

 private:
  /// Section "Directory Entries", the file type codes. Where the entry does not say, the inode does.
  Result<u32> type_of(Leaf::Entry const& e) {
    constexpr FileType types[] = {FileType::regular, FileType::directory, FileType::character, FileType::block,
                                  FileType::fifo,    FileType::socket,    FileType::symlink};
    if (session_.geometry().file_types && e.type >= 1 && e.type <= std::size(types)) return u32(types[e.type - 1]);
    return u32(TRY(read_named_inode(session_, e.inode, directory_.number)).type());
  }

  static constexpr usize most_bytes = 8192;

  Session const& session_;
  Inode const& directory_;
  Buffer into_;
  usize room_;
  char* records_;
  Entry* last_ = nullptr;
  usize done_ = 0;
};

Result<> list_by_position(Session const& session, Inode const& directory, Writer& writer, u64 cookie) {
  u64 const block_bytes = session.geometry().block_bytes;
  u32 offset = u32(cookie % block_bytes);
  for (u64 n = cookie / block_bytes; n < directory.blocks(session.geometry()); ++n, offset = 0) {
    Leaf const leaf = TRY(read_leaf(session, directory, FileBlock{n}));
    Leaf::Entry e;
    // From the block's start, so that a made-up cookie hits no middle of an entry.
    for (u32 at = 0; leaf.next(at, e); at = e.offset + e.record_bytes) {
      if (e.offset < offset || is_dots(e.name)) continue;
      if (!TRY(writer.put(e, n * block_bytes + e.offset + e.record_bytes))) return ok;
    }
  }
  writer.end();
  return ok;
}

// ---- by hash -----------------------------------------------------------------------------------------------------------

constexpr u32 rank_bits = 8, max_rank = 254, second_bits = 24;
constexpr u64 end_of_keys = u64{1} << (31 + second_bits);

/// What names are ordered by: a cookie without the rank.
u64 key_of(u32 hash, std::string_view name) {
  u32 const second = crc32c(checksum_start, {reinterpret_cast<u8 const*>(name.data()), name.size()});
  return u64{hash >> 1} << second_bits | second >> (32 - second_bits);
}
constexpr u64 first_key_of(u64 hash) { return hash >> 1 << second_bits; }

/// The least `capacity` names from a key on, in order.
class Batch {
 public:
  static constexpr u32 capacity = 380;
  struct Item {
    u64 key;
    u32 block, offset;
    friend auto operator<=>(Item const&, Item const&) = default;
  };
  Batch() {}  // Its items come later: there is nothing to be zeroed.
  void dispose() { host::destroy(this); }

  void clear() { count_ = 0, dropped_ = false; }
  void add(Item item) {
    if (count_ < capacity) {
      items_[count_++] = item;
      std::push_heap(items_, items_ + count_);
      return;
    }
    dropped_ = true;
    if (!(item < items_[0])) return;
    std::pop_heap(items_, items_ + count_);
    items_[count_ - 1] = item;
    std::push_heap(items_, items_ + count_);
  }
  std::span<Item const> sorted() {
    std::sort_heap(items_, items_ + count_);
    return {items_, count_};
  }
  /// Whether there were more than it holds.
  [[nodiscard]] bool dropped() const { return dropped_; }

 private:
  Item items_[capacity];
  u32 count_ = 0;
  bool dropped_ = false;
};

class HashListing {
 public:
  HashListing(Session const& session, Inode const& directory, Batch& batch, format::HashVersion version)
      : session_{session}, directory_{directory}, batch_{batch}, version_{version} {}

  Result<> list(Writer& writer, u64 cookie) {
    key_ = cookie >> rank_bits;
    skip_ = cookie & ((1u << rank_bits) - 1);
    u64 const leaves = directory_.blocks(session_.geometry());
    for (u64 idle = 0; key_ < end_of_keys;) {
      u64 const before = writer.done(), behind = TRY(collect(key_));
      if (!TRY(put(writer))) return ok;
      if (!batch_.dropped()) key_ = behind, skip_ = 0;
      idle = writer.done() == before ? idle + 1 : 0;
      if (idle > leaves) return session_.corrupt("directory index: more leaves than blocks", directory_.number);
    }
    writer.end();
    return ok;
  }

 private:
  /// Fills the batch with the names from `key` on of the leaves where they begin; returns the key behind these leaves.
  Result<u64> collect(u64 key) {
    batch_.clear();
    if (!directory_.has(format::Inode::indexed)) {
      TRY(collect_leaf(FileBlock{0}, key, 0, end_of_hashes));
      return end_of_keys;
    }
    HashCursor cursor = TRY(HashCursor::seek(session_, directory_, u32(key >> second_bits << 1)));
    for (u64 rest = directory_.blocks(session_.geometry()); rest > 0; --rest) {
      TRY(collect_leaf(cursor.leaf(), key, cursor.key() & ~u32{1}, cursor.next_key()));
      if (!cursor.goes_on()) return first_key_of(cursor.next_key());
      TRY(cursor.next(session_, directory_));
    }
    return session_.corrupt("directory index: more leaves than blocks", directory_.number);
  }

  Result<> collect_leaf(FileBlock number, u64 from, u64 low, u64 high) {
    Leaf const leaf = TRY(read_leaf(session_, directory_, number));
    Leaf::Entry e;
    for (u32 at = 0; leaf.next(at, e); at = e.offset + e.record_bytes) {
      if (is_dots(e.name)) continue;
      u32 const hash = name_hash(e.name, version_, session_.geometry().hash_seed);
      if (hash < low || hash >= high) return session_.corrupt("directory index: a name in another hash's leaf", directory_.number);
      if (u64 const key = key_of(hash, e.name); key >= from) batch_.add({key, u32(number.raw()), e.offset});
    }
    return ok;
  }

  /// Writes the batch, without the first `skip_` names of `key_`, and moves these two behind it. False: no more room.
  Result<bool> put(Writer& writer) {
    std::optional<Leaf> leaf;
    u32 block = 0, rank = 0;
    u64 before = end_of_keys;
    for (Batch::Item const& item : batch_.sorted()) {
      rank = item.key == before ? rank + 1 : 0;
      before = item.key;
      if (item.key == key_ && rank < skip_) continue;
      if (rank > max_rank) return session_.corrupt("directory: too many names of one hash", directory_.number);
      if (!leaf || block != item.block) leaf = TRY(read_leaf(session_, directory_, FileBlock{block = item.block}));
      Leaf::Entry e;
      leaf->next(item.offset, e);
      if (!TRY(writer.put(e, item.key << rank_bits | (rank + 1)))) return false;
      key_ = item.key;
      skip_ = rank + 1;
    }
    return true;
  }

  Session const& session_;
  Inode const& directory_;
  Batch& batch_;
  format::HashVersion version_;
  u64 key_ = 0;
  u32 skip_ = 0;     ///< Names of exactly this key that were seen before.
};

bool is_listed_by_hash(Session const& session, Inode const& directory) {
  Geometry const& g = session.geometry();
  return directory.has(format::Inode::indexed) || (g.makes_indices && directory.blocks(g) == 1);
}

}  // namespace

Result<u64> list(Session const& session, Inode const& directory, Buffer into, u64 cookie) {
  if (cookie == Entry::no_more) return 0;
  Writer writer{session, directory, into};
  if (!writer) return fail(Error::no_memory);
  if (is_listed_by_hash(session, directory)) {
    Own<Batch> const batch{host::make<Batch>()};
    if (!batch) return fail(Error::no_memory);
    auto const version = TRY(hash_version_of(session, directory));
    TRY(HashListing(session, directory, *batch, version).list(writer, cookie));
  } else {
    TRY(list_by_position(session, directory, writer, cookie));
  }
  return writer.finish();
}

}  // namespace hinge::ext4
