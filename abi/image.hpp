// A service image: an ELF64 position-independent executable whose first loaded page begins with an ImageHeader.
// It is linked at 0, relocated once to its slot's base (R_X86_64_RELATIVE only), and stays valid on both sides.
// Written by tools at build time and by placement at load time; read by placement and the nucleus, which trust no
// field of it: all addresses are checked to lie inside the slot.
#pragma once

#include <atomic>

#include "abi/linux_entry.hpp"
#include "abi/native.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

namespace hinge {

struct Caller;

/// Every service finds the capability for its own slot here (table = its slot number + 1).
inline constexpr u32 own_slot_index = 1;

namespace host { struct Table; }

namespace image {

inline constexpr u64 magic = 0x31304547'4e494848;  // "HHINGE01" as bytes, little endian
inline constexpr u32 version = 5;
inline constexpr usize name_bytes = 24;

/// A handler with its types erased: returns a status; reads the request, writes the reply (each at most 512 bytes).
using Method = Error (*)(void* instance, void const* request, void* reply, Caller const& caller);

/// How a Port reaches its peer. A call goes through methods[i], with the binding itself as instance. `methods` is one of
/// four tables of the client's image: direct (a function call: both are in one domain), proxies, user_proxies, or traced while
/// calls are recorded. A move swaps that one word; all else stays as it was bound.
///
/// The gate counts the calls that are inside by the direct table, so that a mover knows when the peer is empty. A caller
/// counts itself in, then looks whether `methods` is still direct; the mover swaps `methods`, then reads the counts. Both
/// in sequentially consistent order: either the caller sees the swap, and steps out, or the mover sees the caller.
struct alignas(64) PortBinding {
  std::atomic<Method const*> methods{nullptr};
  Method const* direct = nullptr;   ///< This image's direct table.
  Method const* peer = nullptr;     ///< The peer's own methods,
  void* instance = nullptr;         ///< and its object: for the direct table.
  Handle portal{};                  ///< In the client's table: for the proxies.
  u32 reserved = 0;
  Method const* untraced = nullptr;  ///< While calls are recorded: what `methods` was before (host/trace.hpp).
  /// By the caller's thread, so that CPUs seldom share a line.
  static constexpr u32 shards = 8;
  struct alignas(64) Shard { std::atomic<u64> inside{0}; } gate[shards] = {};

  Shard& shard(u32 thread) { return gate[thread % shards]; }
};
static_assert(sizeof(PortBinding) == 64 * (1 + PortBinding::shards));

/// One interface that this image serves.
struct Provided {
  u64 interface;              ///< Hash of the interface's methods, see iface/calls.hpp.
  Method const* methods;
  /// Lengths of a method's request and reply in words, and how many bytes of the reply's last word count (0: all).
  struct Shape { u8 request_words, reply_words, reply_tail, reserved; } const* shapes;
  void* instance;
  u32 method_count;
  u32 reserved;
  char name[name_bytes];      ///< Zero-terminated.
};

/// One interface that this image calls: a Port in its data, and the proxies to use across a boundary.
struct Required {
  u64 interface;
  PortBinding* port;
  Method const* direct;        ///< For a peer in the same domain: through the binding's gate.
  Method const* proxies;       ///< Through the host table: valid on either side.
  Method const* user_proxies;  ///< For this image on the user side: the shortest way out.
  Method const* traced;        ///< Goes whichever way the port went before, and records it.
  u32 method_count;
  u32 optional;               ///< 1 when the service works without it.
  char name[name_bytes];      ///< Which service or role, as the manifest names it.
};

/// A PCI function that was granted to a service: all that it needs to drive it, with configuration through `platform`.
struct GrantedDevice {
  static constexpr u32 max_vectors = 4, max_windows = 6;
  struct Vector {
    Handle interrupt;         ///< For interrupt_bind and interrupt_ack.
    u32 data;                 ///< What SetVector is told.
    u64 message;
  };
  /// Registers of a memory range, by the number of its base address register. Uncached. The pages with the MSI-X table are
  /// platform's alone and not part of it: `skipped` bytes from the range's begin are missing, or what follows `bytes` is.
  struct Window { u64 address, bytes, skipped; };

  u64 address;                ///< A PciAddress.
  u16 vendor, device;
  Handle dma;                 ///< For dma_map.
  u32 vector_count, confined; ///< confined: an IOMMU keeps its DMA to what was mapped.
  Vector vectors[max_vectors];  ///< Entries 0.. of its MSI-X table.
  Window windows[max_windows];  ///< bytes 0: not there.
};

/// All functions of one line "grant device", in bus order.
struct GrantedDevices {
  static constexpr u32 most = 8;
  u32 count, reserved;
  GrantedDevice device[most];
};

/// One capability that this image hopes for: placement puts the handle there if the manifest grants it. Or devices, written
/// before Start: exactly one of both is not null.
struct Granted {
  Handle* handle;
  GrantedDevices* devices;
  char name[name_bytes];      ///< As the manifest names it: "ports", "interrupt", "power", ...
};

struct Header {
  u64 magic;
  u32 version;
  u32 provided_count;
  u32 required_count;
  u32 granted_count;
  char name[name_bytes];
  Provided const* provided;
  Required const* required;
  Granted const* granted;
  host::Table const* host;          ///< Which side we are on: written by placement, read by nobody else's code.
  host::Table const* process_host;  ///< This image's system-call stubs.
  /// Kernel side entry and body of the user-side entry: runs method of *cookie (a Provided).
  /// `words` holds the request, and the reply afterwards; bit 16 of words_in: it has room for 64 words, else for 6.
  /// Returns status | reply words << 8.
  u64 (*handle)(Provided const* cookie, u32 method, u32 words_in, u64* words, Caller const& caller);
  void (*call_entry)();             ///< User side: where `call` enters.
  /// The Linux personality's entries; null elsewhere. See abi/linux_entry.hpp.
  linux_entry::Handle linux_handle;
  void (*linux_entry)();
  /// User side: a fault in [copy_begin, copy_end) on a lower-half or granted address resumes at copy_fixup.
  void const* copy_begin;
  void const* copy_end;
  void const* copy_fixup;
  /// Names of its functions for backtraces, as tools/symbols.py writes them; 0 when it was built without.
  void const* symbols;
};

}  // namespace image
}  // namespace hinge
