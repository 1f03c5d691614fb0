// /proc/PID/io, oom_score, oom_score_adj, smaps_rollup, /proc/vmstat and swaps, and what gives memory back when asked to.
#include <algorithm>

#include "host/pages.hpp"
#include "services/linux/files/disk_cache.hpp"
#include "services/linux/files/name.hpp"
#include "services/linux/memory/out_of_memory.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

constexpr i32 most_adjustment = 1000;

/// A decimal number with a sign and perhaps a newline; invalid.
Attempt<i32> signed_number(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  bool const negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 6) return fail(Errno::invalid);
  i32 number = 0;
  for (char const c : text) {
    if (c < '0' || c > '9') return fail(Errno::invalid);
    number = number * 10 + (c - '0');
  }
  return negative ? -number : number;
}

}  // namespace

Attempt<> make_io(Thread&, Subject const& of, Text& to) {
  // Transfers are not counted; the file is there since monitors open it for every process.
  ATTEMPT(process_of(of));
  to.append("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
  return ok;
}

Attempt<> make_badness(Thread&, Subject const& of, Text& to) {
  to.add("{}\n", memory::badness(*ATTEMPT(process_of(of))));
  return ok;
}

Attempt<> make_badness_adjustment(Thread&, Subject const& of, Text& to) {
  to.add("{}\n", ATTEMPT(process_of(of))->badness_adjustment.load(std::memory_order_relaxed));
  return ok;
}

Attempt<> set_badness_adjustment(Thread& self, Subject const& of, std::string_view text) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  i32 const wanted = ATTEMPT(signed_number(text));
  if (wanted < -most_adjustment || wanted > most_adjustment) return fail(Errno::invalid);
  // Making oneself safer than before takes a privilege.
  if (wanted < process->badness_adjustment.load(std::memory_order_relaxed) && !self.credentials->has(Capability::sys_resource))
    return fail(Errno::access);
  process->badness_adjustment.store(wanted, std::memory_order_relaxed);
  return ok;
}

Attempt<> make_virtual_memory_statistics(Thread&, Subject const&, Text& to) {
  host::SystemInfo info{};
  ATTEMPT(host::system_info(&info));
  to.add("nr_free_pages {}\nnr_file_pages {}\n", info.frames_free, CacheList::count());
  to.append("pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
  return ok;
}

Attempt<> make_swaps(Thread&, Subject const&, Text& to) {
  to.append("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
  return ok;
}

Attempt<> drop_caches(Thread&, Subject const&, std::string_view text) {
  constexpr i32 pages = 1, names = 2, quietly = 4;
  i32 const what = ATTEMPT(signed_number(text));
  if (what < pages || what > (pages | names | quietly)) return fail(Errno::invalid);
  // Names first: what they alone kept in memory goes with its pages.
  if (what & names) NameCache::drop_unused(nullptr);
  if (what & pages) (void)CacheList::shrink(~u64{0});
  (void)host::trim_pages();
  return ok;
}

}  // namespace hinge::linux_service::proc
