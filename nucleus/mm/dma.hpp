// Memory that devices reach by themselves. Each mapping holds a share of its frames, charged once more to the driver's
// account, until it is unmapped or the device was reset: whatever the owner of the memory does meanwhile, and also when
// the driver's domain has died (that is the quarantine). With an IOMMU each device has page tables of its own, empty but
// for its mappings; without one only drivers that keep to what they were told are confined.
//
// One lock for all devices. Page tables of a device grow up to the reach of its mappings and stay with it.
#pragma once

#include <span>

#include "abi/dma.hpp"
#include "nucleus/mm/page_tree.hpp"
#include "nucleus/mm/slab.hpp"

namespace hinge::nucleus::mm {

class Memory;

/// What an IOMMU does, handed in by the machine or the test.
struct DmaHardware {
  enum class Way : u8 { open, silent };       ///< Through its tables; nowhere, without reports.
  u32 levels;                                 ///< Of its page tables, whose entries have the processor's present and writable bits.
  u32 domains;                                ///< Numbers of devices are below this.
  Result<> (*attach)(u32 function, u32 domain, PhysAddr tables, Way way);
  void (*flush)(u32 domain);                  ///< No access by entries that were cleared is under way any more.
  void (*publish)(u32 domain);                ///< Entries that were set can be seen.
};

/// One device. Made when a driver first names it, never destroyed: its mappings may outlive everybody.
struct DmaDevice {
  struct Mapping {
    Mapping* next;
    u32 id;
    u32 pages;
    FrameIndex frames[host::dma_pages];
  };
  static constexpr u32 buckets = 64;

  DmaDevice* next = nullptr;
  u32 function = 0, owner = 0, domain = 0;
  Account* account = nullptr;
  u64 faults = 0;                             ///< Since it was reset.
  PageTree tree{};                            ///< Behind an IOMMU.
  Mapping* mappings[buckets] = {};            ///< By number.
  u64 taken[host::dma_mappings / 64] = {};    ///< Numbers in use.
};

class Dma {
 public:
  struct Mapped { u32 id; u64 bus; };         ///< bus: where the first page begins for the device; 0: its frames' addresses.

  void start(Memory& memory);
  /// From now on devices reach what is mapped for them and nothing else. busy when one has mappings or there is an IOMMU already.
  Result<> confine(DmaHardware const& hardware);

  /// Takes over the caller's shares of the frames (at most dma_pages). A device belongs to the owner that names it first.
  /// quota, no_memory, no_space (all its numbers are in use).
  Result<Mapped> map(u32 function, u32 owner, Account& account, std::span<FrameIndex const> frames, bool device_writes);
  /// The device has no access any more when this returns. not_found.
  Result<> unmap(u32 function, u32 id);
  /// The device was reset, so that it does nothing by itself: drops some of its mappings; true when none are left and it may
  /// begin anew.
  Result<bool> reset_step(u32 function, u32 owner, Account& account);
  /// The owner has died: behind an IOMMU its devices reach nothing any more, and say nothing about it, until they are reset.
  void silence(u32 owner);

  struct Fault { u32 owner; u64 count; bool last; };  ///< Owner 0: nobody ever named the device.
  /// Notes that a device was refused an access. One that goes on is silenced, one that nobody named at once.
  Fault fault(u32 function);

 private:
  static constexpr u64 window_bytes = host::dma_pages * page_bytes;
  static constexpr u64 first_window = u64{16} << 20;  ///< Low, for devices with short addresses; far below the interrupts' range.
  static constexpr u64 most_faults = 64;
  static constexpr u32 steps = 16;
  using Mapping = DmaDevice::Mapping;

  DmaDevice* find(u32 function);
  Result<DmaDevice*> name(u32 function, u32 owner, Account& account);
  Result<> enter(DmaDevice& device, Mapping& m, bool device_writes);
  void drop(DmaDevice& device, Mapping** link);
  static u64 window(u32 id) { return first_window + id * window_bytes; }

  Memory* memory_ = nullptr;
  DmaHardware const* hardware_ = nullptr;
  Lock<Rank::dma> lock_;
  Slab<DmaDevice> devices_;
  Slab<Mapping> mappings_;
  DmaDevice* first_ = nullptr;
  u32 domains_ = 0;
};

}  // namespace hinge::nucleus::mm
