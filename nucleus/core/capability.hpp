// Capabilities and the tables that hold them. A table belongs to a slot and travels with it. Entries form one
// derivation tree over all tables; links are handles, so the structure can be copied and checked as data.
#pragma once

#include "abi/native.hpp"
#include "base/result.hpp"

namespace hinge::nucleus {

enum class Kind : u8 {
  none,
  slot,
  portal,
  event,
  thread,
  space,        // object: mm::Space*
  object,       // object: mm::Object*
  interrupt,    // object: global system interrupt
  interrupts,   // the root from which interrupts are minted
  ports,        // badge: first | last << 16
  physical,     // badge: first page | pages << 32
  slot_factory,
  power,
  dma,          // the root from which devices are minted
  device,       // object: PCI function, for memory it reaches by itself
  wall_clock,   // the right to set it
};

struct alignas(64) Capability {
  Kind kind = Kind::none;
  Right rights = Right::none;
  u32 generation = 0;       ///< Of the pooled object.
  u64 object = 0;           ///< Pool index, pointer or number, by kind.
  u64 badge = 0;
  Handle parent, first_child, next_sibling, previous_sibling;
  u32 next_free = 0;        ///< In the table's free list.
  struct Portal* callable = nullptr;  ///< The portal if it is one and may be called: what the fast path looks at. The
                                      ///< capability is a reference, so the portal lives as long.
};
static_assert(sizeof(Capability) == 64);

struct CapabilityTable {
  Capability* entries = nullptr;
  u32 capacity = 0;         ///< Indices are below this.
  u32 used = 0;             ///< Highest index ever used.
  u32 free_head = 0;
  u32 live = 0;
  u32 cleared = 0;          ///< How far clear_table has come.
};

constexpr u32 table_of(Handle h) { return h.raw() >> 24; }
constexpr u32 index_of(Handle h) { return h.raw() & 0xff'ffff; }
constexpr Handle make_handle(u32 table, u32 index) { return Handle{table << 24 | index}; }

}  // namespace hinge::nucleus
