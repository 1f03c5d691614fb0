#include "services/virtio_blk/disk.hpp"

#include <algorithm>

namespace hinge::virtio_blk {
namespace {

constexpr u64 answer_limit_ns = 10'000'000'000;

/// Names a chain in the queue.
constexpr Queue::Token token(u32 request, u32 chain) { return Queue::Token(request << 8 | chain); }
constexpr u32 request_of(Queue::Token t) { return t >> 8; }
constexpr u32 chain_of(Queue::Token t) { return t & 0xff; }

}  // namespace

class Disk::Runs {
 public:
  Runs(Disk const& disk, Batch& batch, RequestType direction, Extents extents)
      : disk_{disk}, batch_{batch}, direction_{direction}, extents_{extents} {}

  /// The next `bytes` of the buffer, as the device sees them.
  Result<> add(u64 bus, u64 bytes) {
    while (bytes) {
      if (!chain_left_) TRY(begin());
      u32 const piece = u32(std::min<u64>({bytes, chain_left_, disk_.size_max_}));
      TRY(batch_.add(bus, piece, direction_ == RequestType::read));
      bus += piece;
      bytes -= piece;
      chain_left_ -= piece;
      if (!chain_left_) TRY(batch_.close());
    }
    return ok;
  }

 private:
  Result<> begin() {
    u64 const block = disk_.info_.block_bytes;
    auto const& extent = extents_.front();
    u64 const bytes = extent.blocks * block;
    chain_left_ = std::min(bytes - begun_, disk_.chain_limit_);
    TRY(batch_.open(direction_, (extent.first.raw() * block + begun_) / sector_bytes));
    begun_ += chain_left_;
    if (begun_ < bytes) return ok;
    extents_ = extents_.subspan(1);
    begun_ = 0;
    return ok;
  }

  Disk const& disk_;
  Batch& batch_;
  RequestType direction_;
  Extents extents_;      ///< From the one that the next chain begins in.
  u64 begun_ = 0;        ///< Bytes of that one that chains have been begun for.
  u64 chain_left_ = 0;
};

Result<> Disk::check(u64 bytes, Extents extents) const {
  if (bytes > BlockDevice::max_transfer_bytes || extents.empty()) return fail(Error::invalid);
  u64 left = bytes;
  for (auto const& e : extents) {
    if (e.blocks == 0 || e.first.raw() >= info_.blocks || e.blocks > info_.blocks - e.first.raw()) return fail(Error::invalid);
    if (e.blocks > left / info_.block_bytes) return fail(Error::invalid);
    left -= e.blocks * info_.block_bytes;
  }
  return left ? Result<>{fail(Error::invalid)} : ok;
}

Disk::Request& Disk::acquire() {
  // Sequentially consistent, as in release(): either we see the bit, or whoever gives it back sees us wait.
  waiting_.fetch_add(1);
  for (;;) {
    u32 bits = free_requests_.load();
    if (!bits) {
      (void)host::word_wait(reinterpret_cast<u32 const*>(&free_requests_), 0, no_deadline);
      continue;
    }
    u32 const index = u32(__builtin_ctz(bits));
    if (!free_requests_.compare_exchange_weak(bits, bits & ~(1u << index))) continue;
    waiting_.fetch_sub(1);
    return requests_[index];
  }
}

void Disk::release(Request& request) {
  free_requests_.fetch_or(1u << (&request - requests_));
  if (waiting_.load()) (void)host::word_wake(reinterpret_cast<u32 const*>(&free_requests_), 1);
}

Result<u64> Disk::transfer(RequestType direction, Buffer const& buffer, Extents extents) {
  TRY(check(buffer.bytes, extents));
  Request& r = acquire();
  auto done = build(r, direction, buffer, extents);
  if (done) done = perform(r);
  while (r.mapping_count) (void)host::dma_unmap(device_->dma, r.mappings[--r.mapping_count]);
  release(r);
  if (!done) return fail(done.error());
  return buffer.bytes;
}

Result<> Disk::flush() {
  if (!info_.write_cache) return ok;
  Request& r = acquire();
  r.batch.clear();
  auto done = r.batch.open(RequestType::flush, 0);
  if (done) done = r.batch.close();
  if (done) done = perform(r);
  release(r);
  return done;
}

Result<> Disk::build(Request& r, RequestType direction, Buffer const& buffer, Extents extents) {
  r.batch.clear();
  Runs runs{*this, r.batch, direction, extents};
  for (u64 mapped = 0; mapped < buffer.bytes;) {
    u64 const address = buffer.address + mapped;
    u64 const bytes = std::min<u64>(buffer.bytes - mapped, host::dma_pages * page_bytes - address % page_bytes);
    host::DmaSegment segments[host::dma_pages];
    auto const mapping = TRY(host::dma_map(device_->dma, address, bytes, direction == RequestType::read, segments, host::dma_pages));
    r.mappings[r.mapping_count++] = mapping.id;
    for (auto const& segment : std::span{segments}.first(mapping.segments)) TRY(runs.add(segment.bus, segment.bytes));
    mapped += bytes;
  }
  return ok;
}

Result<> Disk::perform(Request& r) {
  {
    Guard guard{lock_};
    if (!works_) return fail(Error::io);
    r.failure = Error::none;
    r.outstanding = r.batch.chains();
    for (u32 i = 0; i < r.batch.chains(); ++i) queue_.put(r.batch.table(i), r.batch.descriptors(i), token(u32(&r - requests_), i));
    queue_.publish();
    transport_.notify();
  }
  return wait(r);
}

Result<> Disk::wait(Request& r) {
  u64 const limit = host::clock() + answer_limit_ns;
  bool late = false;
  for (;;) {
    // Read before looking: what is finished after the look raises the event beyond it.
    u64 const seen = seen_.load(std::memory_order_relaxed);
    {
      Guard guard{lock_};
      if (auto const settled = settle(); !settled) recover(settled.error());
      else if (late && r.outstanding) recover(Error::timed_out);
      if (!r.outstanding) return r.failure == Error::none ? Result<>{ok} : fail(r.failure);
    }
    auto const risen = host::event_wait(fired_, seen, limit);
    if (risen) {
      seen_.store(*risen, std::memory_order_relaxed);
      (void)host::interrupt_ack(device_->vectors[0].interrupt);
      continue;
    }
    // Told to stop waiting: not while the device has the buffer.
    if (risen.error() != Error::timed_out) (void)host::yield();
    late = host::clock() >= limit;
  }
}

Result<> Disk::settle() {
  for (;;) {
    auto const finished = TRY(queue_.take());
    if (finished.token == Queue::no_token) return ok;
    Request& r = requests_[request_of(finished.token)];
    --r.outstanding;
    if (auto const verdict = r.batch.verdict(chain_of(finished.token), finished.bytes); !verdict) {
      r.failure = Error::io;
      if (verdict.error() == Error::corrupt) return verdict;
    }
  }
}

}  // namespace hinge::virtio_blk
