// A virtio block device for tests, as the specification tells it: configuration space, registers, a split queue with indirect
// chains. It works on a thread of its own, reaches memory only through what the driver mapped, and can be told to lie.
#pragma once

#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "services/virtio_blk/layout.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::virtio_blk {

/// What the driver mapped for devices. A bus address is the memory's with a bit of its own.
class FakeDma {
 public:
  static constexpr u64 bus_bit = u64{1} << 62;

  i64 map(u64 address, u64 bytes, bool device_writes, host::DmaSegment* segments, u64 room) {
    std::lock_guard guard{lock_};
    u64 const pages = (align_up(address + bytes, page_bytes) - align_down(address, page_bytes)) / page_bytes;
    if (bytes == 0 || pages > host::dma_pages) return -i64(Error::invalid);
    // No two pages are neighbours.
    u32 count = 0;
    for (u64 at = address; at < address + bytes; ++count) {
      u64 const piece = std::min(align_down(at, page_bytes) + page_bytes, address + bytes) - at;
      if (count == room) return -i64(Error::no_space);
      segments[count] = {at | bus_bit, piece};
      at += piece;
    }
    mappings_[++last_] = {address, bytes, device_writes};
    return i64(u64{count} << 32 | last_);
  }
  i64 unmap(u64 id) {
    std::lock_guard guard{lock_};
    return mappings_.erase(u32(id)) ? 0 : -i64(Error::not_found);
  }
  /// The memory behind a bus address, or null where the device may not reach.
  u8* reach(u64 bus, u64 bytes, bool write) {
    std::lock_guard guard{lock_};
    u64 const address = bus & ~bus_bit;
    for (auto const& [id, m] : mappings_)
      if (bus & bus_bit && address >= m.address && address + bytes <= m.address + m.bytes && (m.device_writes || !write))
        return reinterpret_cast<u8*>(address);
    return nullptr;
  }
  [[nodiscard]] usize count() {
    std::lock_guard guard{lock_};
    return mappings_.size();
  }
  void reset() {
    std::lock_guard guard{lock_};
    mappings_.clear();
  }

 private:
  struct Mapping { u64 address, bytes; bool device_writes; };
  std::mutex lock_;
  std::map<u32, Mapping> mappings_;
  u32 last_ = 0;
};
inline FakeDma fake_dma;

class FakeDevice {
 public:
  /// Registers are at slot addresses that nothing else uses.
  explicit FakeDevice(u64 registers) : base{registers}, worker_{[this](std::stop_token stop) { work(stop); }} {}

  std::vector<u8> bytes;
  u64 const base;
  u64 offered = feature::version_1 | feature::indirect | feature::seg_max | feature::flush | feature::block_size;
  u32 entries = 256, seg_max = 254, size_max = 0, block_bytes = 512;
  std::string serial = "fake-0001";
  std::function<void()> interrupt;                    ///< Raises the message.
  // Lies and faults.
  std::function<void(UsedEntry&, u16& index)> bend;   ///< Changes what is written to the used ring.
  bool silent = false;                                ///< Takes requests and does nothing.
  bool deaf = false;                                  ///< Does not confirm a reset.
  u8 verdict = verdict_ok;
  // What was seen.
  u32 resets = 0, flushes = 0, wild = 0;
  u8 status = 0;
  u64 taken = 0;                                      ///< Features that the driver took.

  static constexpr u64 common_at = 0, notify_at = 0x1000, device_at = 0x2000, window_bytes = 0x3000;

  u32 read(u64 offset, u32 width) {
    std::lock_guard guard{lock_};
    if (offset >= device_at) return config(offset - device_at, width);
    switch (offset) {
      case common::device_feature: return u32(offered >> (select_ ? 32 : 0));
      case common::status: return status;
      case common::queue_size: return entries;
      case common::queue_vector: return vector_;
      default: return 0;
    }
  }

  void write(u64 offset, u32 width, u32 value) {
    std::lock_guard guard{lock_};
    if (offset >= notify_at) return notified();
    auto const half = [&](u64& field, bool high) { field = high ? (field & 0xffff'ffff) | u64{value} << 32 : (field & ~u64{0xffff'ffff}) | value; };
    switch (offset) {
      case common::device_feature_select: case common::driver_feature_select: select_ = value; break;
      case common::driver_feature: half(taken, select_ != 0); break;
      case common::status: set_status(u8(value)); break;
      case common::queue_size: size_ = value; break;
      case common::queue_vector: vector_ = u16(value); break;
      case common::queue_enable: enabled_ = value == 1 && width == 2; break;
      default:
        if (offset >= common::queue_descriptors && offset < common::bytes) half(rings_[(offset - common::queue_descriptors) / 8], offset % 8 != 0);
    }
  }

 private:
  u32 config(u64 offset, u32 width) const {
    u32 fields[block_config::bytes / 4] = {};
    u64 const sectors = bytes.size() / sector_bytes;
    std::memcpy(fields, &sectors, sizeof sectors);
    fields[block_config::size_max / 4] = size_max;
    fields[block_config::seg_max / 4] = seg_max;
    fields[block_config::block_bytes / 4] = block_bytes;
    u32 value = 0;
    std::memcpy(&value, reinterpret_cast<u8 const*>(fields) + offset, width);
    return value;
  }
  void set_status(u8 value) {
    if (value == 0) {
      ++resets;
      seen_ = used_ = 0;
      enabled_ = false;
      if (deaf) return;
    }
    status = value & status::features_ok && (taken & ~offered) ? value & ~status::features_ok : value;
  }
  void notified() {
    wanted_ = true;
    wake_.notify_all();
  }
  void work(std::stop_token stop) {
    std::unique_lock guard{lock_};
    while (wake_.wait(guard, stop, [&] { return wanted_; })) {
      wanted_ = false;
      while (enabled_ && status & status::driver_ok && !silent && next()) {}
    }
  }

  template <class T>
  T* at(u64 bus, bool write, u64 count = 1) {
    u8* const memory = fake_dma.reach(bus, sizeof(T) * count, write);
    if (!memory) ++wild;
    return reinterpret_cast<T*>(memory);
  }
  /// Serves one chain. False: there is none.
  bool next() {
    auto* const head = at<RingHead>(rings_[1], false);
    if (!head || std::atomic_ref{head->index}.load() == seen_) return false;
    u16 const entry = *at<u16>(rings_[1] + sizeof(RingHead) + seen_++ % size_ * 2, false);
    Descriptor const outer = *at<Descriptor>(rings_[0] + entry * sizeof(Descriptor), false);
    UsedEntry done{entry, serve(outer)};
    u16 index = u16(used_ + 1);
    if (bend) bend(done, index);
    *at<UsedEntry>(rings_[2] + sizeof(RingHead) + used_++ % size_ * sizeof(UsedEntry), true) = done;
    std::atomic_ref{at<RingHead>(rings_[2], true)->index}.store(index);
    if (interrupt) interrupt();
    return true;
  }
  u32 serve(Descriptor const& outer) {
    u32 const count = outer.bytes / sizeof(Descriptor);
    auto const* const table = at<Descriptor>(outer.address, false, count);
    if (!(outer.flags & descriptor_indirect) || count < 2 || count > seg_max + 2 || !table) return 0;
    auto const* const header = at<RequestHeader>(table[0].address, false);
    if (!header) return 0;
    u64 place = header->sector * sector_bytes;
    u32 written = 1;
    for (u32 i = 1; i + 1 < count; ++i) {
      auto const& d = table[i];
      bool const in = d.flags & descriptor_device_writes;
      u8* const memory = at<u8>(d.address, in, d.bytes);
      if (!memory || (size_max && d.bytes > size_max) || (d.next != i + 1)) return 0;
      if (header->type == u32(RequestType::identity)) std::strncpy(reinterpret_cast<char*>(memory), serial.c_str(), d.bytes);
      else if (place + d.bytes > bytes.size()) return 0;
      else if (in) std::memcpy(memory, bytes.data() + place, d.bytes);
      else std::memcpy(bytes.data() + place, memory, d.bytes);
      place += d.bytes;
      if (in) written += d.bytes;
    }
    flushes += header->type == u32(RequestType::flush);
    if (u8* const said = at<u8>(table[count - 1].address, true)) *said = verdict;
    return written;
  }

  std::mutex lock_;
  std::condition_variable_any wake_;
  u32 select_ = 0, size_ = 0;
  u16 vector_ = 0xffff, seen_ = 0, used_ = 0;
  u64 rings_[3] = {};            ///< Descriptors, available, used.
  bool enabled_ = false, wanted_ = false;
  std::jthread worker_;
};

}  // namespace hinge::virtio_blk
