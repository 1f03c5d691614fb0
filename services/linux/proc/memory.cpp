// /proc/PID/maps, smaps, cmdline, environ and auxv: what a process' memory tells.
#include <algorithm>

#include "services/linux/files/for_process.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

void add_path(Text& to, File& file) {
  auto* const path = static_cast<char*>(host::allocate(page_bytes));
  if (!path) return;
  std::string_view const text{path, files::path_of(file, path, page_bytes)};
  for (char c : text) {
    if (c == '\n') to.append("\\012");
    else to.append(c);
  }
  host::release(path);
}

void add_region(Thread& self, AddressSpace& space, RegionInfo const& r, u64 break_end, Text& to) {
  Ref<File> const file = r.opaque[0] ? space.mapped_file(r.opaque[0]) : nullptr;
  u64 device = 0, inode = 0;
  if (file) {
    if (auto const status = file->status(self)) device = status->device, inode = status->of.inode.raw();
  }
  usize const begin = to.view().size();
  to.add("{08x}-{08x} {}{}{}{} {08x} {02x}:{02x} {} ", r.begin, r.end, has(r.protection, Protection::read) ? 'r' : '-',
         has(r.protection, Protection::write) ? 'w' : '-', has(r.protection, Protection::execute) ? 'x' : '-',
         r.flags & u32(MapFlag::shared) ? 's' : 'p', file ? r.offset : 0, device >> 32, device & 0xffff'ffff, inode);
  ProgramLayout const& p = space.program;
  bool const heap = !file && r.begin < break_end && r.end > p.break_begin;
  bool const stack = !file && p.stack_top > r.begin && p.stack_top <= r.end;
  bool const is_vdso = !file && r.begin == p.vdso;
  if (file || heap || stack || is_vdso) {
    constexpr usize path_column = 73;
    while (to.complete() && to.view().size() - begin < path_column) to.append(' ');
    if (file) add_path(to, *file);
    else to.append(stack ? "[stack]" : heap ? "[heap]" : "[vdso]");
  }
  to.append('\n');
}

/// Sums of what smaps says of regions, in bytes. Pages that a private mapping has of its own count as dirty; how many spaces
/// share a page is not told, so a page counts in full (Pss) wherever it is.
struct Sums {
  u64 size = 0, resident = 0, shared = 0, owned = 0;
  void add(RegionInfo const& r) {
    u64 const bytes = r.resident * page_bytes;
    size += r.end - r.begin;
    resident += bytes;
    (r.object ? shared : owned) += bytes;
  }
};

void add_sums(Sums const& s, bool rollup, Text& to) {
  auto line = [&](std::string_view name, u64 bytes) { to.add("{16}{8} kB\n", name, bytes / 1024); };
  if (!rollup) {
    line("Size:", s.size);
    line("KernelPageSize:", page_bytes);
    line("MMUPageSize:", page_bytes);
  }
  line("Rss:", s.resident);
  line("Pss:", s.resident);
  line("Pss_Dirty:", s.owned);
  line("Shared_Clean:", s.shared);
  line("Shared_Dirty:", 0);
  line("Private_Clean:", 0);
  line("Private_Dirty:", s.owned);
  line("Referenced:", s.resident);
  line("Anonymous:", s.owned);
  for (std::string_view name : {"LazyFree:", "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:",
                                "Swap:", "SwapPss:", "Locked:"})
    line(name, 0);
}

/// As smaps ends a region: what may be done to it, in two letters each.
void add_flags(RegionInfo const& r, Text& to) {
  struct Flag { Protection bit; std::string_view is, may; };
  constexpr Flag flags[] = {{Protection::read, "rd ", "mr "}, {Protection::write, "wr ", "mw "}, {Protection::execute, "ex ", "me "}};
  to.append("THPeligible:    0\nVmFlags: ");
  for (Flag const& f : flags)
    if (has(r.protection, f.bit)) to.append(f.is);
  if (has(r.flags, MapFlag::shared)) to.append("sh ");
  for (Flag const& f : flags)
    if (has(r.maximum, f.bit)) to.append(f.may);
  if (has(r.flags, MapFlag::grows_down)) to.append("gd ");
  to.append('\n');
}

/// [begin, end) of the process' memory, at most 128 KiB; stops where there is none.
void add_memory(Thread& self, AddressSpace& space, u64 begin, u64 end, Text& to) {
  char piece[512];
  end = std::min(end, begin + 131072);
  while (begin < end) {
    usize const bytes = std::min<u64>(end - begin, sizeof piece);
    if (!memory::copy_from_space(self, space, piece, UserAddr{begin}, bytes)) return;
    to.append({piece, bytes});
    begin += bytes;
  }
}

}  // namespace

/// Calls f(space, region, break's end) for each region of a process; for none of one that has ended.
template <class F>
Attempt<> each_region(Subject const& of, F f) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  Ref<AddressSpace> const space = process->shared_space();
  if (!space) return ok;
  u64 break_end;
  {
    Guard guard{space->lock};
    break_end = space->break_end;
  }
  RegionInfo r{};
  for (u64 at = 0; host::space_query(space->handle, at, &r, Resident::of_region); at = r.end) f(*space, r, break_end);
  return ok;
}

Attempt<> make_maps(Thread& self, Subject const& of, Text& to) {
  return each_region(of, [&](AddressSpace& space, RegionInfo const& r, u64 break_end) { add_region(self, space, r, break_end, to); });
}

Attempt<> make_region_sums(Thread& self, Subject const& of, Text& to) {
  return each_region(of, [&](AddressSpace& space, RegionInfo const& r, u64 break_end) {
    Sums sums;
    sums.add(r);
    add_region(self, space, r, break_end, to);
    add_sums(sums, false, to);
    add_flags(r, to);
  });
}

Attempt<> make_memory_sums(Thread&, Subject const& of, Text& to) {
  Sums sums;
  u64 begin = 0, end = 0;
  ATTEMPT(each_region(of, [&](AddressSpace&, RegionInfo const& r, u64) {
    if (!end) begin = r.begin;
    end = r.end;
    sums.add(r);
  }));
  if (!end) return ok;
  to.add("{08x}-{08x} ---p 00000000 00:00 0                          [rollup]\n", begin, end);
  add_sums(sums, true, to);
  return ok;
}

Attempt<> make_command_line(Thread& self, Subject const& of, Text& to) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  if (Ref<AddressSpace> const space = process->shared_space())
    add_memory(self, *space, space->program.arguments_begin, space->program.arguments_end, to);
  return ok;
}

Attempt<> make_environment(Thread& self, Subject const& of, Text& to) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  if (Ref<AddressSpace> const space = process->shared_space())
    add_memory(self, *space, space->program.environment_begin, space->program.environment_end, to);
  return ok;
}

Attempt<> make_vector(Thread&, Subject const& of, Text& to) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  if (Ref<AddressSpace> const space = process->shared_space())
    to.append({reinterpret_cast<char const*>(space->program.vector), space->program.vector_words * sizeof(u64)});
  return ok;
}

}  // namespace hinge::linux_service::proc
