#include "services/ext4/volume.hpp"

#include "host/log.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/format/journal.hpp"
#include "services/ext4/writing.hpp"

namespace hinge::ext4 {

Volume::Volume(u64 number, u64 identity, Disk disk, BlockCache& cache) : number{number}, identity{identity}, disk{disk}, cache{cache} {}

Volume::~Volume() {
  writing = nullptr;  // Unpins its blocks.
  cache.forget(identity);
}

Result<BlockRef> Session::block(BlockNumber number) const {
  if (!geometry().contains(number.raw(), 1)) return corrupt("a block beyond the file system", 0, number);
  return volume_.cache.get({volume_.identity, number.raw()}, geometry().block_bytes,
                           [&](std::span<u8> into) { return read(number, into); });
}

Result<BlockRef> Session::superblock() const {
  BlockNumber const number{geometry().first_data_block};
  return volume_.cache.get({volume_.identity, number.raw()}, geometry().block_bytes,
                           [&](std::span<u8> into) { return read(number, into); });
}

Result<> Session::read(BlockNumber first, std::span<u8> into) const {
  u64 const block_bytes = geometry().block_bytes;
  if (volume_.overlay.empty()) return volume_.disk.read(first.raw() * block_bytes, into, caller_);
  for (u64 i = 0; i < into.size() / block_bytes; ++i) {
    BlockNumber const number{first.raw() + i};
    Overlay::Copy const* const copy = volume_.overlay.find(number);
    auto const part = into.subspan(i * block_bytes, block_bytes);
    TRY(volume_.disk.read((copy ? copy->at : number).raw() * block_bytes, part, caller_));
    if (copy && copy->escaped) {
      u32 const magic = std::byteswap(format::JournalHeader::expected_magic);
      std::memcpy(part.data(), &magic, sizeof magic);
    }
  }
  return ok;
}

std::unexpected<Error> Session::corrupt(char const* what, u32 inode, BlockNumber block) const {
  constexpr u32 enough = 100;
  u32 const before = volume_.complaints.fetch_add(1, std::memory_order_relaxed);
  if (before < enough) host::log("volume {}, inode {}, block {}: {}", volume_.number, inode, block, what);
  if (before == enough) host::log("volume {}: more is wrong; nothing further is logged", volume_.number);
  return fail(Error::corrupt);
}

u32 Session::checksum_seed(u32 inode, u32 generation) const {
  return crc32c_of(crc32c_of(geometry().checksum_seed, inode), generation);
}

}  // namespace hinge::ext4
