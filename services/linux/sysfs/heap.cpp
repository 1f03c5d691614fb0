#include "services/linux/sysfs/heap.hpp"

#include "host/heap_census.hpp"
#include "host/pages.hpp"

namespace hinge::linux_service::sysfs {

Attempt<> make_heap(Thread&, generated::Subject const&, Text& to) {
  for (u32 i = 0; i < host::heap_sizes(); ++i) {
    host::HeapBlocks const b = host::heap_blocks(i);
    if (b.block_bytes) to.add("{} {} {}\n", b.block_bytes, b.blocks, b.committed);
    else to.add("large {} {}\n", b.blocks, b.committed);
  }
  u64 const spans = host::heap_free_spans();
  host::PageCounts const pages = host::page_counts();
  to.add("spans {} {}\npages {} {}\n", spans, spans * page_bytes, pages.used, (pages.used + pages.free) * page_bytes);
  return ok;
}

}  // namespace hinge::linux_service::sysfs
