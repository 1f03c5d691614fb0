// What a transaction looks like in the ring: revoke blocks, then descriptors, each followed by the blocks it describes.
// Specification: section "Journal (jbd2)".
#include <algorithm>

#include "services/ext4/checksum.hpp"
#include "services/ext4/journal_writer.hpp"

namespace hinge::ext4 {

using namespace format;

namespace {

constexpr u32 uuid_bytes = 16;

}  // namespace

u32 JournalWriter::per_revoke() const {
  return (block_bytes_ - u32{sizeof(JournalRevoke)} - u32{sizeof(JournalTail)}) / (features_ & journal_feature::bit64 ? 8 : 4);
}

void JournalWriter::put_header(std::span<u8> block, JournalBlock type) const {
  JournalHeader h{};
  h.magic = JournalHeader::expected_magic;
  h.type = u32(type);
  h.sequence = next_;
  store(block, 0, h);
}

/// `used`: what lies behind is zero, the field itself too.
void JournalWriter::put_tail(std::span<u8> block, u32 used) const {
  if (!(features_ & journal_feature::checksums_3)) return;
  Big32 sum;
  sum = checksum_of(block, used);
  store(block, block.size() - sizeof sum, sum);
}

u32 JournalWriter::stage_revokes(Transaction const& transaction) {
  u32 at = 0;
  for (u32 done = 0; done < transaction.revoked.count(); ++at) {
    auto const block = staged(at);
    std::fill(block.begin(), block.end(), u8{0});
    put_header(block, JournalBlock::revoke);
    u32 const n = std::min(per_revoke(), transaction.revoked.count() - done), width = features_ & journal_feature::bit64 ? 8 : 4;
    for (u32 i = 0; i < n; ++i) {
      u64 const number = transaction.revoked[done + i];
      if (width == 8) store(block, sizeof(JournalRevoke) + i * width, std::byteswap(number));
      else store(block, sizeof(JournalRevoke) + i * width, std::byteswap(u32(number)));
    }
    Big32 bytes;
    u32 const used = u32(sizeof(JournalRevoke)) + n * width;
    bytes = used;
    store(block, offsetof(JournalRevoke, bytes), bytes);
    put_tail(block, used);
    done += n;
  }
  return at;
}

void JournalWriter::put_tag(std::span<u8> block, u32 at, Copy const& copy, u32 flags) const {
  if (features_ & journal_feature::checksums_3) {
    JournalTag3 t{};
    t.block_low = u32(copy.home);
    t.block_high = u32(copy.home >> 32);
    t.flags = flags;
    t.checksum = crc32c(crc32c_of(seed_, std::byteswap(next_)), staged(copy.at));
    return store(block, at, t);
  }
  JournalTag t{};
  t.block_low = u32(copy.home);
  t.flags = u16(flags);
  t.block_high = u32(copy.home >> 32);
  std::memcpy(block.data() + at, &t, features_ & journal_feature::bit64 ? sizeof t : offsetof(JournalTag, block_high));
}

void JournalWriter::stage(Session const&, Transaction const& transaction) {
  copy_count_ = 0;
  for (ChangedBlock const& b : transaction.blocks())
    if (b.block) copies_[copy_count_++] = {b.block->number().raw(), u32(&b - transaction.blocks().data()), false};
  std::sort(copies_, copies_ + copy_count_, [](Copy const& a, Copy const& b) { return a.home < b.home; });

  u32 const plain_tag = features_ & journal_feature::bit64 ? sizeof(JournalTag) : offsetof(JournalTag, block_high);
  u32 const tag_bytes = features_ & journal_feature::checksums_3 ? u32{sizeof(JournalTag3)} : plain_tag;
  u32 const end = block_bytes_ - (features_ & journal_feature::checksums_3 ? u32{sizeof(JournalTail)} : 0);
  u32 at = stage_revokes(transaction);
  for (u32 i = 0; i < copy_count_;) {
    auto const descriptor = staged(at++);
    std::fill(descriptor.begin(), descriptor.end(), u8{0});
    put_header(descriptor, JournalBlock::descriptor);
    u32 where = sizeof(JournalHeader);
    for (bool first = true, last = false; !last; first = false, ++i) {
      Copy& c = copies_[i];
      Bytes const from = transaction.blocks()[c.at].block->bytes();
      c.at = at++;
      std::memcpy(staged(c.at).data(), from.data(), block_bytes_);
      c.escaped = load<u32>(from, 0) == std::byteswap(JournalHeader::expected_magic);
      if (c.escaped) store(staged(c.at), 0, u32{0});
      u32 const next_at = where + tag_bytes + (first ? uuid_bytes : 0);
      last = i + 1 == copy_count_ || next_at + tag_bytes > end;
      put_tag(descriptor, where, c, (c.escaped ? journal_tag::escaped : 0) | (first ? 0 : journal_tag::same_uuid) | (last ? journal_tag::last : 0));
      if (first) std::memcpy(descriptor.data() + where + tag_bytes, superblock_ + offsetof(JournalSuperblock, uuid), uuid_bytes);
      where = next_at;
    }
    put_tail(descriptor, where);
  }
  staged_count_ = at;
}

}  // namespace hinge::ext4
