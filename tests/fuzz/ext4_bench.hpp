// One of the sound images and a copy to be worked on, as a disk. What was changed is put back at the end, so that an input
// costs what it touches and not a copy of the whole.
#pragma once

#include <cstring>

#include "tests/ext4/damage.hpp"
#include "tests/ext4/scripted.hpp"

namespace hinge::fuzz {

class Bench {
 public:
  explicit Bench(test::Patient patient) : patient_{std::move(patient)}, bytes_{patient_.image()}, is_changed_(bytes_.size() / page_bytes) {}

  void edit(test::Edit const& edit) {
    auto const& target = patient_.apply(bytes_, edit);
    touch(target.offset, target.bytes);
  }
  void restore() {
    for (u64 page : changed_) {
      std::memcpy(bytes_.data() + page * page_bytes, patient_.image().data() + page * page_bytes, page_bytes);
      is_changed_[page] = false;
    }
    changed_.clear();
  }
  [[nodiscard]] u64 sectors() const { return bytes_.size() / sector; }

  Result<u64> on(BlockDevice::Count const&, Caller const&) { return 1; }
  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const&, Caller const&) {
    BlockDevice::Info::Reply reply{};
    reply.blocks = sectors();
    reply.block_bytes = sector;
    reply.queue_depth = 1;
    return reply;
  }
  Result<u64> on(BlockDevice::Read const& m, Caller const&) {
    return move(m, [&](u8* at, u64 done, u64 bytes) { return m.into.copy_out(done, at, bytes); });
  }
  Result<u64> on(BlockDevice::Write const& m, Caller const&) {
    return move(m, [&](u8* at, u64 done, u64 bytes) {
      touch(u64(at - bytes_.data()), bytes);
      return m.from.copy_in(done, at, bytes);
    });
  }
  Result<> on(BlockDevice::Flush const&, Caller const&) { return ok; }

  std::vector<test::KnownName> names;   ///< What operations begin with.

 private:
  static constexpr u32 sector = 512;

  template <class M, class F>
  Result<u64> move(M const& m, F&& piece) {
    u64 done = 0;
    for (u64 i = 0; i < m.count; ++i) {
      auto const& e = m.extents[i];
      if (e.first.raw() > sectors() || e.blocks > sectors() - e.first.raw()) return fail(Error::invalid);
      TRY(piece(bytes_.data() + e.first.raw() * sector, done, e.blocks * sector));
      done += e.blocks * sector;
    }
    return done;
  }
  void touch(u64 offset, u64 bytes) {
    for (u64 page = offset / page_bytes; page * page_bytes < offset + bytes; ++page) {
      if (is_changed_[page]) continue;
      is_changed_[page] = true;
      changed_.push_back(page);
    }
  }

  test::Patient patient_;
  std::vector<u8> bytes_;
  std::vector<u8> is_changed_;   ///< By page.
  std::vector<u64> changed_;
};

}  // namespace hinge::fuzz
