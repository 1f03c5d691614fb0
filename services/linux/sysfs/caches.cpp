#include "services/linux/sysfs/caches.hpp"

#include <algorithm>
#include <bit>

#include "base/cpuid.hpp"
#include "services/linux/core/machine.hpp"

namespace hinge::linux_service::sysfs {
namespace {

using generated::Entry;
using generated::Found;
using generated::Names;
using generated::Subject;

/// The leaf that lists caches, one by one; 0: there is none.
u32 cache_leaf() {
  constexpr u32 intel = 4, amd = 0x8000'001d, extended = 0x8000'0000, topology_extensions = 1 << 22;
  if (cpuid(extended).eax >= amd && (cpuid(extended + 1).ecx & topology_extensions)) return amd;
  return cpuid(0).eax >= intel && (cpuid(intel).eax & 31) ? intel : 0;
}

enum Kind : u32 { none = 0, data = 1, instructions = 2, unified = 3 };
struct Cache { u32 kind, level, line_bytes, partitions, ways, sets, sharers; };

/// From a register of the older leaves: KiB, ways (0: one set has all lines), bytes in a line.
Cache older(Kind kind, u32 level, u32 kib, u32 ways, u32 line_bytes, u32 sharers = 1) {
  if (kib == 0 || line_bytes == 0) return {};
  u32 const lines = kib * 1024 / line_bytes;
  if (ways == 0) ways = lines;
  return {kind, level, line_bytes, 1, ways, lines / ways, sharers};
}

/// AMD APM vol. 3, E.4.4 and E.4.5.
Cache older_cache(u64 index) {
  constexpr u32 first_level = 0x8000'0005, others = 0x8000'0006;
  constexpr u32 ways_by_code[16] = {0, 1, 2, 3, 4, 6, 8, 0, 16, 0, 32, 48, 64, 96, 128, 0};
  if (index > 3 || cpuid(0x8000'0000).eax < others) return {};
  if (index < 2) {
    u32 const r = index == 0 ? cpuid(first_level).ecx : cpuid(first_level).edx;
    u32 const ways = r >> 16 & 0xff;
    return older(index == 0 ? data : instructions, 1, r >> 24, ways == 0xff ? 0 : ways, r & 0xff);
  }
  u32 const r = index == 2 ? cpuid(others).ecx : cpuid(others).edx, ways = ways_by_code[r >> 12 & 15];
  return index == 2 ? older(unified, 2, r >> 16, ways, r & 0xff) : older(unified, 3, (r >> 18) * 512, ways, r & 0xff, machine().cpus);
}

/// no_entry behind the last.
Attempt<Cache> cache(u64 index) {
  u32 const leaf = cache_leaf();
  if (!leaf) {
    Cache const c = older_cache(index);
    if (c.kind == none) return fail(Errno::no_entry);
    return c;
  }
  Cpuid const r = cpuid(leaf, u32(index));
  u32 const kind = r.eax & 31;
  if (kind == none || kind > unified) return fail(Errno::no_entry);
  return Cache{kind, r.eax >> 5 & 7, (r.ebx & 0xfff) + 1, (r.ebx >> 12 & 0x3ff) + 1, (r.ebx >> 22) + 1, r.ecx + 1, (r.eax >> 14 & 0xfff) + 1};
}

// A Subject's number: CPU and index.
constexpr u64 indices = 16;
constexpr u64 cpu_of(Subject const& of) { return of.number / indices; }

template <auto say>
constexpr Entry file(std::string_view name) {
  return {.name = name, .mode = generated::file_mode, .read = [](Thread&, Subject const& of, Text& to) -> Attempt<> {
    to.add("{}\n", say(ATTEMPT(cache(of.number % indices))));
    return ok;
  }};
}

std::string_view kind_of(Cache const& c) { return c.kind == data ? "Data" : c.kind == instructions ? "Instruction" : "Unified"; }

Attempt<> show_size(Thread&, Subject const& of, Text& to) {
  Cache const c = ATTEMPT(cache(of.number % indices));
  to.add("{}K\n", u64{c.line_bytes} * c.partitions * c.ways * c.sets / 1024);
  return ok;
}

/// Those whose numbers agree but for the bits that count the sharers.
struct Sharers { u64 first, last; };
Attempt<Sharers> sharers(Subject const& of) {
  u64 const most = std::bit_ceil(u64{ATTEMPT(cache(of.number % indices)).sharers}), first = cpu_of(of) & ~(most - 1);
  return Sharers{first, std::min<u64>(first + most, machine().cpus) - 1};
}
Attempt<> show_sharers(Thread&, Subject const& of, Text& to) {
  Sharers const s = ATTEMPT(sharers(of));
  if (s.first == s.last) to.add("{}\n", s.first);
  else to.add("{}-{}\n", s.first, s.last);
  return ok;
}
Attempt<> show_sharers_as_bits(Thread&, Subject const& of, Text& to) {
  Sharers const s = ATTEMPT(sharers(of));
  u64 const up_to_last = s.last >= 63 ? ~u64{0} : (u64{1} << (s.last + 1)) - 1;
  to.add("{x}\n", up_to_last & ~((u64{1} << s.first) - 1));
  return ok;
}

constexpr Entry cache_files[] = {
    file<[](Cache const& c) { return c.level; }>("level"),
    file<kind_of>("type"),
    {.name = "size", .mode = generated::file_mode, .read = show_size},
    file<[](Cache const& c) { return c.line_bytes; }>("coherency_line_size"),
    file<[](Cache const& c) { return c.partitions; }>("physical_line_partition"),
    file<[](Cache const& c) { return c.ways; }>("ways_of_associativity"),
    file<[](Cache const& c) { return c.sets; }>("number_of_sets"),
    {.name = "shared_cpu_list", .mode = generated::file_mode, .read = show_sharers},
    {.name = "shared_cpu_map", .mode = generated::file_mode, .read = show_sharers_as_bits},
};
constexpr Entry one_cache{.name = "", .mode = generated::directory_mode, .children = cache_files};

}  // namespace

Attempt<Found> find_cache(Thread&, Subject const& of, std::string_view name) {
  constexpr std::string_view prefix = "index";
  if (!name.starts_with(prefix)) return fail(Errno::no_entry);
  u64 const index = ATTEMPT(generated::number_in(name.substr(prefix.size())));
  if (index >= indices || !cache(index)) return fail(Errno::no_entry);
  return Found{&one_cache, {.number = of.number * indices + index}};
}
Attempt<> list_caches(Thread&, Subject const&, u64 from, Names& names) {
  char text[24];
  for (u64 i = from; i < indices && cache(i); ++i)
    if (!names.add(format_to(std::span<char>{text}, "index{}", i), FileType::directory, i + 1)) break;
  return ok;
}

}  // namespace hinge::linux_service::sysfs
