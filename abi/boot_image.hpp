// The head of boot.img: placement as a flat image that needs no ELF code to load, followed by the boot archive.
// Written by tools/make_boot_image, which applies the relocations for slot 0; read by the nucleus at boot.
//
//     offset 0                        FlatImage, then its segments
//     FlatImage::file_bytes           the boot archive: cpio newc; page-aligned, to the end of boot.img
//
// The nucleus checks the magic and that all lies inside boot.img, commits each segment's pages at slot 0's base + address,
// copies, gives placement the capabilities below, maps BootInfo and calls the entry on a normal thread in a user domain.
#pragma once

#include "abi/image.hpp"
#include "abi/layout.hpp"
#include "base/types.hpp"

namespace hinge::boot {

inline constexpr u64 flat_magic = 0x31304c50'474e4948;  ///< "HINGPL01" as bytes, little endian.
inline constexpr u32 placement_slot = 0;
inline constexpr u32 max_segments = 8;

/// Pages of one protection: [address, address + memory_bytes) in the slot, the first file_bytes of it from `offset` of
/// boot.img, the rest zero. address and offset are page-aligned; so is memory_bytes. Segments ascend and do not overlap.
struct Segment {
  u64 offset;
  u64 file_bytes;
  u64 address;           ///< Relative to the slot's base.
  u64 memory_bytes;
  u32 protection;        ///< Protection bits; never write and execute together.
  u32 reserved;
};

struct FlatImage {
  u64 magic;
  u64 file_bytes;        ///< Of the flat image with this header, padded to a page.
  u64 memory_bytes;      ///< End of the last segment, relative to the slot's base.
  u64 header_offset;     ///< The image::Header, relative to the slot's base.
  u64 entry;             ///< void entry(BootInfo const*), relative to the slot's base. It never returns.
  u32 segment_count;
  u32 reserved;
  Segment segments[max_segments];
};
static_assert(sizeof(FlatImage) == 48 + 8 * 40);

/// Indices in slot 0's table of what placement holds at its start.
enum class Initial : u32 {
  own_slot = own_slot_index,  ///< All rights.
  slot_factory = 2,           ///< For slot_create.
  archive = 3,                ///< Memory object: boot.img from the archive's first page on, read-only.
  ports = 4,                  ///< All I/O ports; mint and give with badge = first | last << 16 narrow it.
  interrupts = 5,             ///< All interrupts; badge = the global system interrupt.
  power = 6,                  ///< For system_stop.
  physical_memory = 7,        ///< All of it that is not RAM, as objects; badge = first page | pages << 32.
  dma = 8,                    ///< All devices' memory access; badge = the PCI function.
  wall_clock = 9,             ///< For clock_set.
};
constexpr Handle initial(Initial which) { return Handle{(placement_slot + 1) << 24 | u32(which)}; }

inline constexpr usize command_line_bytes = 2048;

/// In a page of slot 0's window area that placement can read, its address the entry's argument.
struct BootInfo {
  u64 magic;                        ///< flat_magic again.
  host::Table const* kernel_table;  ///< What placement writes into the header of an image on the kernel side.
  u64 archive_bytes;
  u64 rsdp;                         ///< Physical address of ACPI's root pointer.
  u64 command_bytes;                ///< Without a terminating zero.
  char command_line[command_line_bytes];
};
static_assert(sizeof(BootInfo) <= page_bytes);

}  // namespace hinge::boot
