// The nucleus' last act of its own: it loads placement, the first domain, gives it what there is to give, and from then
// on only serves. Format: abi/boot_image.hpp.
#include "abi/boot_image.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/boot/smp.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

using boot::FlatImage;
using boot::Initial;
using boot::Segment;

namespace {

template <class T>
T must(Result<T> r, char const* what) {
  if (!r) panic("cannot start placement: {}: {}", what, to_string(r.error()));
  return *r;
}

struct First {
  Slot* slot;
  FlatImage const* image;
  u64 argument;
} constinit first{};

void load_segments(Slot& slot, FlatImage const& image, u64 bytes) {
  if (image.magic != boot::flat_magic || image.segment_count > boot::max_segments || image.file_bytes > bytes ||
      image.file_bytes % page_bytes) {
    panic("boot.img does not begin with placement");
  }
  mm::SlotMemory& m = memory_of(slot);
  auto const* const file = reinterpret_cast<u8 const*>(&image);
  for (u32 i = 0; i < image.segment_count; ++i) {
    Segment const& s = image.segments[i];
    if (s.offset > image.file_bytes || s.file_bytes > image.file_bytes - s.offset || s.file_bytes > s.memory_bytes) {
      panic("boot.img: a segment of placement lies outside");
    }
    must(m.commit(m.base() + s.address, s.memory_bytes, Protection(s.protection)), "memory");
    for (u64 at = 0; at < s.file_bytes; at += page_bytes) {
      void* const page = must(m.pointer(m.base() + s.address + at, false), "memory");
      __builtin_memcpy(page, file + s.offset + at, std::min<u64>(page_bytes, s.file_bytes - at));
    }
  }
}

/// The capabilities of abi/boot_image.hpp, in the order of their indices.
void give_capabilities(Slot& slot, PhysRange archive) {
  auto const object = must(mm::Object::create_physical(memory, memory.nucleus_account, archive.begin,
                                                       align_up(archive.bytes(), page_bytes), mm::Caching::normal),
                           "archive");
  struct { Initial index; Kind kind; u64 object; u64 badge; } const given[] = {
      {Initial::own_slot, Kind::slot, slot.index, 0},
      {Initial::slot_factory, Kind::slot_factory, 0, 0},
      {Initial::archive, Kind::object, reinterpret_cast<u64>(object.get()), 0},
      {Initial::ports, Kind::ports, 0, u64{0xffff} << 16},
      {Initial::interrupts, Kind::interrupts, 0, 0},
      {Initial::power, Kind::power, 0, 0},
      {Initial::physical_memory, Kind::physical, 0, u64{0xffff'ffff} << 32},
      {Initial::dma, Kind::dma, 0, 0},
      {Initial::wall_clock, Kind::wall_clock, 0, 0},
  };
  CoreGuard guard;
  for (auto const& g : given) {
    Handle const h = must(core.insert(slot.index, g.kind, g.object, 0, Right::all, g.badge), "capabilities");
    if (h != boot::initial(g.index)) panic("placement's capabilities are out of order");
  }
}

/// A page that placement can read: the command line and what it needs to know.
u64 write_boot_info(Slot& slot, u64 archive_bytes) {
  mm::SlotMemory& m = memory_of(slot);
  u64 const address = m.base() + layout::slot_windows;
  must(m.commit(address, page_bytes, Protection::read), "boot information");
  auto& info = *static_cast<boot::BootInfo*>(must(m.pointer(address, false), "boot information"));
  info.magic = boot::flat_magic;
  info.kernel_table = kernel_host_table();
  info.archive_bytes = archive_bytes;
  info.rsdp = boot_info().rsdp.raw();
  auto const line = boot_info().command_line;
  info.command_bytes = std::min<usize>(line.size(), boot::command_line_bytes);
  __builtin_memcpy(info.command_line, line.data(), info.command_bytes);
  return address;
}

/// Placement's own thread: enters its slot once and never comes back, unless placement dies.
void run_placement(void*) {
  Slot& slot = *first.slot;
  Handle portal_handle;
  {
    CoreGuard guard;
    portal_handle = must(core.create_portal(slot.index, slot.index, PortalKind::message, 0, 1), "portal");
  }
  Portal& portal = core.portals.at(u32(core.entry(portal_handle).object));
  Activation& a = *must(acquire(portal, portal.id()), "stacks");
  UserRegisters r{};
  r.rdi = first.argument;
  r.rip = memory_of(slot).base() + first.image->entry;
  Error const e = call_user(a, r);
  panic("placement ended: {}", to_string(e));
}

/// "preempt=SEED" of the command line.
void start_fuzzing_if_asked() {
  constexpr std::string_view key = "preempt=";
  auto const line = boot_info().command_line;
  usize at = line.find(key);
  if (at == line.npos) return;
  u64 seed = 0;
  for (at += key.size(); at < line.size() && line[at] >= '0' && line[at] <= '9'; ++at) seed = seed * 10 + u64(line[at] - '0');
  log("preemption is fuzzed, seed {}", seed);
  start_fuzzing(seed);
}

}  // namespace

void nucleus_main() {
  machine_start();
  start_fuzzing_if_asked();
  machine_start_cpu();
  auto const initrd = boot_info().initrd;
  if (initrd.bytes() < sizeof(FlatImage)) panic("no boot image: give boot.img as -initrd");
  auto const& image = *static_cast<FlatImage const*>(mm::frame_pointer(initrd.begin));
  Slot& slot = *must(create_slot("placement", u64{1} << 20), "slot");
  load_segments(slot, image, initrd.bytes());
  PhysRange const archive{initrd.begin + image.file_bytes, initrd.end};
  give_capabilities(slot, archive);
  must(read_header(slot, memory_of(slot).base() + image.header_offset), "image header");
  must(place_slot(slot, Placement::user, no_domain), "domain");
  first = {&slot, &image, write_boot_info(slot, archive.bytes())};
  Thread* t;
  {
    CoreGuard guard;
    t = must(core.create_thread(slot.index), "thread");
  }
  must(start_kernel_thread(*t, worker_priority, run_placement), "thread");
  release_cpus();
  arm_timer(now_ns());  // from now on CPU 0 looks for hangs
  idle_loop();
}

void nucleus_main_ap() {
  machine_start_cpu();
  idle_loop();
}

}  // namespace hinge::nucleus
