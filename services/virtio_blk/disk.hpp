// One virtio-blk device. A request's chains are all in flight at once, and so are the requests of several callers. Whoever
// waits sleeps on the device's interrupt event and, woken, settles everything that is finished, not only its own: no
// thread of the driver's is needed. A device that does not answer in time, or breaks the rules, is reset: what was in flight
// ends with io, and it goes on from there.
#pragma once

#include <atomic>
#include <span>

#include "host/mutex.hpp"
#include "services/virtio_blk/batch.hpp"
#include "services/virtio_blk/queue.hpp"
#include "services/virtio_blk/transport.hpp"

namespace hinge::virtio_blk {

struct DiskRank { static constexpr u32 level = 20; };

class Disk {
 public:
  using Extents = std::span<BlockDevice::Extent const>;

  /// Takes the device, in whatever state it is, to where it serves. not_supported: it lacks what we need.
  Result<> start(image::GrantedDevice const& device, Port<Platform> const& platform);
  /// It reaches no memory any more.
  void stop();

  [[nodiscard]] BlockDevice::Info::Reply const& info() const { return info_; }
  [[nodiscard]] bool read_only() const { return info_.read_only; }
  /// Moves `buffer` to or from the extents. Returns its bytes. Sleeps. invalid, io, and what dma_map answers.
  Result<u64> transfer(RequestType direction, Buffer const& buffer, Extents extents);
  Result<> flush();

 private:
  static constexpr u32 most_requests = 16;
  static constexpr u32 most_mappings = BlockDevice::max_transfer_bytes / page_bytes / host::dma_pages + 1;

  struct Request {
    Batch batch;
    // Under lock_ from perform() on.
    u32 outstanding = 0;                ///< Chains that the device has not finished.
    Error failure = Error::none;
    u32 mapping_count = 0;
    u32 mappings[most_mappings] = {};   ///< Of the buffer.
  };
  /// Fills a batch run by run from pieces of memory.
  class Runs;

  Result<> bring_up() HINGE_REQUIRES(lock_);
  Result<> learn(u64 features) HINGE_REQUIRES(lock_);
  Result<> learn_serial();
  Result<> set_vector(Port<Platform> const& platform);
  [[nodiscard]] Result<> check(u64 bytes, Extents extents) const;
  Request& acquire();
  void release(Request& request);
  Result<> build(Request& request, RequestType direction, Buffer const& buffer, Extents extents);
  Result<> perform(Request& request);
  Result<> wait(Request& request);
  /// Takes what the device has finished. corrupt: it broke the rules.
  Result<> settle() HINGE_REQUIRES(lock_);
  void recover(Error why) HINGE_REQUIRES(lock_);

  image::GrantedDevice const* device_ = nullptr;
  Port<Platform> const* platform_ = nullptr;
  BlockDevice::Info::Reply info_{};
  u32 size_max_ = 0;                     ///< Bytes of one piece.
  u64 chain_limit_ = 0;                  ///< Bytes of one chain, whole pages.
  Handle fired_{};                       ///< Rises with the device's interrupts.
  std::atomic<u64> seen_{0};             ///< A count of it, seldom older than the last.
  std::atomic<u32> free_requests_{0};    ///< A bit for each request that nobody has.
  std::atomic<u32> waiting_{0};          ///< Callers that sleep for one.

  Mutex<DiskRank> lock_;
  Transport transport_ HINGE_GUARDED_BY(lock_);
  Queue queue_ HINGE_GUARDED_BY(lock_);
  u32 entries_ HINGE_GUARDED_BY(lock_) = 0;
  u64 features_ HINGE_GUARDED_BY(lock_) = 0;
  bool works_ HINGE_GUARDED_BY(lock_) = false;
  Request requests_[most_requests];
};

}  // namespace hinge::virtio_blk
