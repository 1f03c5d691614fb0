#include "services/ext4/journal.hpp"

#include <algorithm>

#include "host/log.hpp"
#include "services/ext4/checksum.hpp"

namespace hinge::ext4 {

using namespace format;

namespace {

struct Feature { u32 bit; char const* name; };
constexpr Feature unsupported[] = {{journal_feature::async_commit, "async_commit"}, {0x20, "fast_commit"}};
constexpr u32 known_features = journal_feature::revoke | journal_feature::bit64 | journal_feature::checksums_2 | journal_feature::checksums_3;
constexpr u32 uuid_bytes = 16;

}  // namespace

JournalLog::JournalLog(JournalLog&& o) noexcept
    : session_{o.session_}, inode_{o.inode_}, superblock_{o.superblock_}, features_{o.features_}, seed_{o.seed_},
      window_{std::exchange(o.window_, nullptr)}, window_first_{o.window_first_}, window_count_{o.window_count_} {}

JournalLog::~JournalLog() { host::release(window_); }

Result<JournalLog> JournalLog::open(Session const& session, ext4::Inode const& inode) {
  JournalLog log{session, inode};
  if (inode.type() != FileType::regular) return session.corrupt("journal: not a file", inode.number);
  log.window_ = static_cast<u8*>(host::allocate(window_blocks * session.geometry().block_bytes));
  if (!log.window_) return fail(Error::no_memory);
  TRY(log.check_superblock(TRY(log.block(0))));
  return log;
}

Result<> JournalLog::check_superblock(Bytes block) {
  superblock_ = load<JournalSuperblock>(block, 0);
  JournalSuperblock const& s = superblock_;
  auto const corrupt = [&](char const* what) { return session_.corrupt(what, inode_.number); };
  u32 const type = s.header.type;
  if (s.header.magic != JournalHeader::expected_magic || (type != u32(JournalBlock::superblock_1) && type != u32(JournalBlock::superblock_2)))
    return corrupt("journal: no superblock");
  if (s.block_bytes != session_.geometry().block_bytes) return corrupt("journal: block size");
  if (s.blocks > inode_.size / s.block_bytes || s.first == 0 || s.first >= s.blocks) return corrupt("journal: length");
  if (s.start != 0 && (s.start < s.first || s.start >= s.blocks)) return corrupt("journal: start");
  if (type == u32(JournalBlock::superblock_1)) return ok;
  features_ = s.features_incompatible;
  for (Feature const& f : unsupported)
    if (has(f.bit)) host::log("the journal has the feature {}, which is not supported", f.name);
  if (features_ & ~known_features) {
    host::log("the journal's features are 0x{x}; known are 0x{x}", features_, known_features);
    return fail(Error::not_supported);
  }
  seed_ = crc32c(checksum_start, s.uuid);
  if (!has_checksums()) return ok;
  if (s.checksum_type != JournalSuperblock::checksum_crc32c) return corrupt("journal: type of checksums");
  if (crc32c_without<u32>(checksum_start, block.first(JournalSuperblock::all_bytes), offsetof(JournalSuperblock, checksum)) != s.checksum)
    return corrupt("journal: the superblock's checksum");
  return ok;
}

u32 JournalLog::after(u32 index, u32 n) const {
  u64 const further = u64{index} + n;
  return u32(further < superblock_.blocks ? further : further - length());
}

Result<BlockNumber> JournalLog::place(u32 index) const {
  Run const run = TRY(find_run(session_, inode_, FileBlock{index}));
  if (run.hole) return session_.corrupt("journal: a hole in its file", inode_.number);
  return run.first;
}

Result<Bytes> JournalLog::block(u32 index) {
  u32 const bytes = session_.geometry().block_bytes;
  if (index < window_first_ || index - window_first_ >= window_count_) {
    Run const run = TRY(find_run(session_, inode_, FileBlock{index}));
    if (run.hole) return session_.corrupt("journal: a hole in its file", inode_.number);
    window_count_ = 0;
    u32 const count = u32(std::min<u64>(run.blocks, window_blocks));
    TRY(session_.read(run.first, {window_, count * bytes}));
    window_first_ = index;
    window_count_ = count;
  }
  return Bytes{window_ + (index - window_first_) * bytes, bytes};
}

JournalLog::Kind JournalLog::kind_of(Bytes block, u32 sequence) {
  auto const h = load<JournalHeader>(block, 0);
  if (h.magic != JournalHeader::expected_magic || h.sequence != sequence) return Kind::none;
  switch (JournalBlock(h.type.value())) {
    case JournalBlock::descriptor: return Kind::descriptor;
    case JournalBlock::commit: return Kind::commit;
    case JournalBlock::revoke: return Kind::revoke;
    case JournalBlock::superblock_1: case JournalBlock::superblock_2: break;
  }
  return Kind::none;
}

bool JournalLog::is_whole(Bytes block, Kind kind) const {
  if (!has_checksums()) return true;
  usize const hole = kind == Kind::commit ? offsetof(JournalCommit, checksum) : block.size() - sizeof(JournalTail);
  return crc32c_without<u32>(seed_, block, hole) == load<Big32>(block, hole);
}

bool JournalLog::is_whole(Bytes data, Tag const& tag, u32 sequence) const {
  if (!has_checksums()) return true;
  u32 const sum = crc32c(crc32c_of(seed_, std::byteswap(sequence)), data);
  return tag.checksum == (has(journal_feature::checksums_3) ? sum : u16(sum));
}

u32 JournalLog::tag_bytes() const {
  if (has(journal_feature::checksums_3)) return sizeof(JournalTag3);
  u32 const plain = has(journal_feature::bit64) ? sizeof(JournalTag) : offsetof(JournalTag, block_high);
  return plain + (has(journal_feature::checksums_2) ? 2 : 0);
}

u32 JournalLog::read_tag(Bytes block, u32 at, Tag& tag) const {
  usize const end = block.size() - tail_bytes();
  if (at + tag_bytes() > end) return 0;
  if (has(journal_feature::checksums_3)) {
    auto const t = load<JournalTag3>(block, at);
    tag = {join(has(journal_feature::bit64) ? t.block_high : 0, t.block_low), t.flags, t.checksum};
  } else {
    JournalTag t{};
    std::memcpy(&t, block.data() + at, has(journal_feature::bit64) ? sizeof t : offsetof(JournalTag, block_high));
    tag = {join(t.block_high, t.block_low), t.flags, t.checksum};
  }
  return at + tag_bytes() + (tag.flags & journal_tag::same_uuid ? 0 : uuid_bytes);
}

}  // namespace hinge::ext4
