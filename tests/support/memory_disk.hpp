// Disks in the test's memory, behind iface/block_device.hpp: the reference implementer of its contract, and what file
// systems are tested on. Counts what it is asked for; can be told to fail.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "iface/block_device.hpp"

namespace hinge {

class MemoryDisk {
 public:
  struct Unit {
    std::vector<u8> bytes;          ///< A whole number of blocks.
    u32 block_bytes = 512;
    bool read_only = false;
    std::string serial{};
  };

  MemoryDisk() = default;
  explicit MemoryDisk(std::vector<u8> bytes, u32 block_bytes = 512) { units.push_back({std::move(bytes), block_bytes}); }

  Result<u64> on(BlockDevice::Count const&, Caller const&) { return units.size(); }

  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const& request, Caller const&) {
    if (request.unit >= units.size()) return fail(Error::not_found);
    Unit const& u = units[request.unit];
    BlockDevice::Info::Reply reply{};
    reply.blocks = u.bytes.size() / u.block_bytes;
    reply.block_bytes = u.block_bytes;
    reply.queue_depth = 1;
    reply.read_only = u.read_only;
    std::copy_n(u.serial.begin(), std::min(u.serial.size(), sizeof reply.serial - 1), reply.serial);
    return reply;
  }

  Result<u64> on(BlockDevice::Read const& request, Caller const&) {
    ++reads;
    return move(request, request.into, [&](u8* at, u64 done, u64 bytes) { return request.into.copy_out(done, at, bytes); });
  }
  Result<u64> on(BlockDevice::Write const& request, Caller const&) {
    ++writes;
    if (request.unit < units.size() && units[request.unit].read_only) return fail(Error::read_only);
    return move(request, request.from, [&](u8* at, u64 done, u64 bytes) { return request.from.copy_in(done, at, bytes); });
  }
  Result<> on(BlockDevice::Flush const& request, Caller const&) {
    ++flushes;
    if (request.unit >= units.size()) return fail(Error::not_found);
    return ok;
  }

  std::vector<Unit> units;
  std::atomic<u64> reads = 0, writes = 0, flushes = 0;
  std::atomic<u64> fail_from = ~u64{0};   ///< Requests that touch this block or a later one get io.

 private:
  template <class M, class F>
  Result<u64> move(M const& request, Buffer const& buffer, F&& piece) {
    if (request.unit >= units.size()) return fail(Error::not_found);
    Unit& u = units[request.unit];
    u64 const blocks = u.bytes.size() / u.block_bytes;
    if (request.count == 0 || request.count > BlockDevice::max_extents || buffer.bytes > BlockDevice::max_transfer_bytes) return fail(Error::invalid);
    u64 sum = 0;
    for (u64 i = 0; i < request.count; ++i) {
      auto const& e = request.extents[i];
      if (e.blocks == 0 || e.first.raw() >= blocks || e.blocks > blocks - e.first.raw()) return fail(Error::invalid);
      if (e.first.raw() + e.blocks > fail_from) return fail(Error::io);
      sum += e.blocks * u.block_bytes;
    }
    if (sum != buffer.bytes) return fail(Error::invalid);
    std::lock_guard guard{lock_};
    u64 done = 0;
    for (u64 i = 0; i < request.count; ++i) {
      auto const& e = request.extents[i];
      u64 const bytes = e.blocks * u.block_bytes;
      TRY(piece(u.bytes.data() + e.first.raw() * u.block_bytes, done, bytes));
      done += bytes;
    }
    return done;
  }

  std::mutex lock_;
};

}  // namespace hinge
