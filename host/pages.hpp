// Pages of the own slot's page area, one at a time or in short rows: what page caches and supplied memory objects are made of. Frames
// come from the nucleus some pages at a time and go back a chunk at a time once a whole chunk is free.
// Thread-safe; may sleep on a lock.
#pragma once

#include "host/host.hpp"

namespace hinge::host {

enum class Contents : bool { any, zero };

/// A page of 4096 bytes at a fixed slot address, or nullptr when the slot may hold no more frames.
[[nodiscard]] void* allocate_page(Contents contents);
/// Pages in a row.
struct PageRun { char* first; u32 count; };
/// Up to `pages` (1 to 64) pages in a row with any contents, fewer when memory is short or in pieces; {nullptr, 0} when
/// there is none. Each of them goes back alone.
[[nodiscard]] PageRun allocate_run(u32 pages);
/// Gives back what allocate_page returned, or one page of a run. Nothing may map its frame any more: withdraw it from its object first.
void free_page(void* page);
/// Gives the frames of all free pages back to the nucleus: for memory pressure. Returns how many.
u64 trim_pages();

struct PageCounts { u64 used, free; };  ///< free: without an owner, but with a frame.
[[nodiscard]] PageCounts page_counts();

}  // namespace hinge::host
