// Slabs over spans. A span is an aligned power of two of 64 KiB units; its first unit begins with a Span. Free spans of
// each size are listed through that header, so their first page stays committed and nothing else. Blocks that were never
// used are carved from the slab's tail, so a slab's memory is committed as it fills. Lists are by size class; each
// class has its lock, and below these one lock covers the spans. In front of a class stand a few free blocks for each
// processor, so that processors neither meet at its lock nor pass each other's blocks along.
#include "host/heap.hpp"

#include <algorithm>
#include <bit>

#include "abi/registers.hpp"
#include "host/heap_census.hpp"
#include "host/image.hpp"
#include "host/mutex.hpp"

namespace hinge::host {
namespace {

struct CacheRank { static constexpr u32 level = 59; };
struct ClassRank { static constexpr u32 level = 60; };
struct SpanRank { static constexpr u32 level = 61; };

constexpr u64 unit = 64 * 1024;
constexpr u64 commit_step = 16 * 1024;
constexpr u32 span_orders = 15;  ///< Up to 1 GiB in one block.
constexpr u64 heap_bytes = layout::slot_vault - layout::slot_heap;

constexpr u32 class_bytes[] = {16,  32,  48,   64,   80,   96,   128,  160,  192,  256,  320,  384, 512,
                               640, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 6144, 8192};
constexpr u32 classes = sizeof class_bytes / sizeof *class_bytes;
constexpr u32 large = classes;  ///< The "class" of a span that is one block.

/// The class of small sizes, by sixteen bytes: most blocks are.
struct SmallClasses {
  static constexpr usize most = 1024, step = 16;
  u8 of[most / step + 1];
  constexpr SmallClasses() : of{} {
    for (u32 i = 0, c = 0; i <= most / step; ++i) {
      while (class_bytes[c] < i * step) ++c;
      of[i] = u8(c);
    }
  }
};
constexpr SmallClasses small_classes;
u32 class_for(usize bytes) {
  if (bytes <= SmallClasses::most) return small_classes.of[(bytes + SmallClasses::step - 1) / SmallClasses::step];
  return u32(std::lower_bound(class_bytes, class_bytes + classes, bytes) - class_bytes);
}

struct FreeBlock { FreeBlock* next; };

/// At the head of every span. A slab is on its class' list while it has a free block.
struct alignas(heap_alignment) Span {
  Span* next;
  Span* previous;
  FreeBlock* free;    ///< Blocks given back.
  u32 size_class;
  u32 order;
  u64 used;           ///< Blocks of a slab; payload bytes of a large span.
  u64 carved;         ///< Offset of the first byte never given out.
  u64 committed;      ///< Offset of the first byte without a frame.
};

constexpr u64 first_block = align_up(sizeof(Span), 64);
constexpr u64 largest = (unit << (span_orders - 1)) - first_block;

struct SizeClass {
  Mutex<ClassRank> lock;
  Span* partial HINGE_GUARDED_BY(lock) = nullptr;
  u64 blocks HINGE_GUARDED_BY(lock) = 0;     ///< Allocated now.
  u64 committed HINGE_GUARDED_BY(lock) = 0;  ///< Bytes with a frame in its slabs.
};

/// Free blocks of one class, whose slabs count them as used. A processor's number says only where to look first: who has it may
/// be elsewhere by then, and the lock makes that right.
struct alignas(64) Cache {
  static constexpr u32 most = 7;
  Mutex<CacheRank> lock;
  u32 count HINGE_GUARDED_BY(lock) = 0;
  void* blocks[most] HINGE_GUARDED_BY(lock) = {};
};
static_assert(sizeof(Cache) == 64);
constexpr u32 processors = 8;
constexpr u32 cached_classes = 21;
static_assert(class_bytes[cached_classes - 1] == 3072);

struct Spans {
  Mutex<SpanRank> lock;
  Span* free[span_orders] HINGE_GUARDED_BY(lock) = {};
  u64 free_spans HINGE_GUARDED_BY(lock) = 0;
  HeapBlocks in_large HINGE_GUARDED_BY(lock) = {};  ///< Blocks beyond the largest class.
  u64 next HINGE_GUARDED_BY(lock) = 0;  ///< Heap offset of the first address never used.
};

constinit SizeClass size_classes[classes];
constinit Cache caches[processors][cached_classes];
constinit Spans spans;

/// This slot's heap area, from where the image itself lies.
u64 heap_base() { return own_slot_base() + layout::slot_heap; }

bool commit_up_to(Span& span, u64 end) {
  if (end <= span.committed) return true;
  u64 const limit = unit << span.order;
  u64 const to = span.size_class == large ? align_up(end, page_bytes) : std::min(align_up(end, commit_step), limit);
  u64 const at = reinterpret_cast<u64>(&span) + span.committed;
  if (!memory_commit(no_handle, at, to - span.committed, Protection::read | Protection::write)) {
    (void)memory_release(no_handle, at, to - span.committed);  // What was committed before the frames ran out.
    return false;
  }
  span.committed = to;
  return true;
}

/// Counts a large span in, or out again. All of it but its tail has frames.
void count_large(Span const& span, i64 by) HINGE_REQUIRES(spans.lock) {
  spans.in_large.blocks += u64(by);
  spans.in_large.bytes += u64(by) * span.used;
  spans.in_large.committed += u64(by) * align_up(span.used + first_block, page_bytes);
}

/// A span of 64 KiB << order with its header page committed. `used`: a large block's payload.
Span* take_span(u32 order, u32 size_class, u64 used) {
  Guard guard{spans.lock};
  Span* span = spans.free[order];
  if (span) {
    spans.free[order] = span->next;
    --spans.free_spans;
  } else {
    u64 const begin = align_up(spans.next, unit << order);
    if (begin + (unit << order) > heap_bytes) return nullptr;
    u64 const at = heap_base() + begin;
    if (!memory_commit(no_handle, at, page_bytes, Protection::read | Protection::write)) return nullptr;
    spans.next = begin + (unit << order);
    span = reinterpret_cast<Span*>(at);
  }
  *span = Span{nullptr, nullptr, nullptr, size_class, order, used, first_block, page_bytes};
  if (size_class == large) count_large(*span, 1);
  return span;
}

void give_span(Span* span) {
  if (span->committed > page_bytes)
    (void)memory_release(no_handle, reinterpret_cast<u64>(span) + page_bytes, span->committed - page_bytes);
  Guard guard{spans.lock};
  if (span->size_class == large) count_large(*span, -1);
  span->next = spans.free[span->order];
  spans.free[span->order] = span;
  ++spans.free_spans;
}

void link(SizeClass& c, Span* slab) HINGE_REQUIRES(c.lock) {
  slab->previous = nullptr;
  slab->next = c.partial;
  if (c.partial) c.partial->previous = slab;
  c.partial = slab;
}

void unlink(SizeClass& c, Span* slab) HINGE_REQUIRES(c.lock) {
  (slab->previous ? slab->previous->next : c.partial) = slab->next;
  if (slab->next) slab->next->previous = slab->previous;
  slab->next = slab->previous = nullptr;
}

bool full(Span const& slab, u32 bytes) { return !slab.free && slab.carved + bytes > unit; }

/// Slabs are one unit, and a large block begins in its span's first unit.
Span* span_of(void* block) { return reinterpret_cast<Span*>(align_down(reinterpret_cast<u64>(block), unit)); }

/// A block of the class, or null.
void* take_block(SizeClass& c, u32 index) HINGE_REQUIRES(c.lock) {
  u32 const bytes = class_bytes[index];
  Span* slab = c.partial;
  if (!slab) {
    slab = take_span(0, index, 0);
    if (!slab) return nullptr;
    c.committed += slab->committed;
    link(c, slab);
  }
  void* block = slab->free;
  if (block) {
    slab->free = slab->free->next;
  } else {
    u64 const before = slab->committed;
    if (!commit_up_to(*slab, slab->carved + bytes)) return nullptr;
    c.committed += slab->committed - before;
    block = reinterpret_cast<char*>(slab) + slab->carved;
    slab->carved += bytes;
  }
  ++slab->used;
  ++c.blocks;
  if (full(*slab, bytes)) unlink(c, slab);
  return block;
}

void* allocate_large(u64 bytes) {
  u64 const whole = bytes + first_block;
  u32 const order = u32(std::bit_width((whole - 1) / unit));
  Span* span = take_span(order, large, bytes);
  if (!span) return nullptr;
  if (!commit_up_to(*span, whole)) {
    give_span(span);
    return nullptr;
  }
  return reinterpret_cast<char*>(span) + first_block;
}

void give_block(Span* slab, void* block) {
  u32 const bytes = class_bytes[slab->size_class];
  SizeClass& c = size_classes[slab->size_class];
  {
    Guard guard{c.lock};
    bool const was_full = full(*slab, bytes);
    slab->free = new (block) FreeBlock{slab->free};
    --slab->used;
    --c.blocks;
    if (was_full) link(c, slab);
    // The class' only slab with room is kept, so that one object coming and going costs no commits.
    bool const spare = slab->used == 0 && (slab->next || slab->previous);
    if (!spare) return;
    unlink(c, slab);
    c.committed -= slab->committed;
  }
  give_span(slab);
}

/// The limit of a segment that each processor has for this, as the vDSO's getcpu reads it.
u32 this_processor() {
#if HINGE_HOST
  return layout::stack_number(reinterpret_cast<u64>(__builtin_frame_address(0))) % processors;  // Some number that changes.
#else
  u32 number = 0;
  asm volatile("lsl %1, %0" : "=r"(number) : "r"(u32{cpu_number_selector}) : "cc");
  return number % processors;
#endif
}

void* allocate_small(u32 index) {
  SizeClass& c = size_classes[index];
  if (index >= cached_classes) {
    Guard guard{c.lock};
    return take_block(c, index);
  }
  Cache& cache = caches[this_processor()][index];
  Guard guard{cache.lock};
  if (cache.count == 0) {
    Guard class_guard{c.lock};
    while (cache.count <= Cache::most / 2 && (cache.blocks[cache.count] = take_block(c, index))) ++cache.count;
  }
  return cache.count ? cache.blocks[--cache.count] : nullptr;
}

/// Leaves the latest `kept`.
void empty(Cache& cache, u32 kept) HINGE_REQUIRES(cache.lock) {
  u32 const gone = cache.count - std::min(cache.count, kept);
  for (u32 i = 0; i < gone; ++i) give_block(span_of(cache.blocks[i]), cache.blocks[i]);
  cache.count -= gone;
  std::copy_n(cache.blocks + gone, cache.count, cache.blocks);
}

void release_small(Span* slab, void* block) {
  if (slab->size_class >= cached_classes) return give_block(slab, block);
  Cache& cache = caches[this_processor()][slab->size_class];
  Guard guard{cache.lock};
  if (cache.count == Cache::most) empty(cache, Cache::most / 2);
  cache.blocks[cache.count++] = block;
}

}  // namespace

void* allocate(usize bytes) {
  u32 const index = class_for(bytes);
  if (index < classes) return allocate_small(index);
  return bytes > largest ? nullptr : allocate_large(bytes);
}

void release(void* block) {
  if (!block) return;
  Span* span = span_of(block);
  if (span->size_class != large) return release_small(span, block);
  give_span(span);
}

u32 heap_sizes() { return classes + 1; }

HeapBlocks heap_blocks(u32 index) {
  if (index == large) {
    Guard guard{spans.lock};
    return spans.in_large;
  }
  for (u32 p = 0; p < processors && index < cached_classes; ++p) {
    Guard guard{caches[p][index].lock};
    empty(caches[p][index], 0);
  }
  SizeClass& c = size_classes[index];
  Guard guard{c.lock};
  return {class_bytes[index], c.blocks, c.blocks * class_bytes[index], c.committed};
}

u64 heap_free_spans() {
  Guard guard{spans.lock};
  return spans.free_spans;
}

u64 heap_bytes_in_use() {
  u64 bytes = 0;
  for (u32 i = 0; i <= large; ++i) bytes += heap_blocks(i).bytes;
  return bytes;
}

}  // namespace hinge::host
