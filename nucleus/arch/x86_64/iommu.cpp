#include "nucleus/arch/x86_64/iommu.hpp"

#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/irq/interrupts.hpp"
#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus {
namespace {

// Registers (VT-d, 11.4): offsets, and the bits of them that are used.
namespace reg {
constexpr u32 capability = 0x08, extended = 0x10, command = 0x18, status = 0x1c, root_table = 0x20, context_command = 0x28;
constexpr u32 fault_status = 0x34, fault_control = 0x38, fault_data = 0x3c, fault_address = 0x40, fault_upper_address = 0x44;
constexpr u64 bytes = page_bytes;
}  // namespace reg
constexpr u32 translate = u32{1} << 31, set_root = 1 << 30, one_shot = 0x6900'0000;   // command and status
constexpr u64 must_flush_writes = 1 << 4, caches_absent = 1 << 7;                     // capability
constexpr u64 coherent = 1;                                                          // extended
constexpr u64 context_invalidate = u64{1} << 63, context_global = u64{1} << 61;
constexpr u64 tlb_invalidate = u64{1} << 63, tlb_global = u64{1} << 60, tlb_domain = u64{2} << 60, tlb_drain = u64{3} << 48;
constexpr u64 fault_there = u64{1} << 63, fault_read = u64{1} << 62;                  // Upper half of a record (11.4.7.5).
constexpr u32 fault_overflow = 1;

/// A root or context entry (VT-d, 9.1 and 9.3).
struct TableEntry { u64 low, high; };
static_assert(sizeof(TableEntry) == 16);
constexpr u64 entry_present = 1, entry_silent = 2;
constexpr u32 domain_shift = 8;

struct Unit {
  u8 volatile* registers = nullptr;
  mm::Memory* memory = nullptr;
  TableEntry* root = nullptr;
  u32 tlb = 0, records = 0, record_count = 0;   ///< Offset of the TLB register, of the fault records; how many.
  bool snoops = false, keeps_absent = false;
  void (*on_fault)(IommuFault const&) = nullptr;
  u32 line = 0;                                 ///< Of the fault interrupt.

  template <class T> [[nodiscard]] T read(u32 offset) const { return *reinterpret_cast<T volatile*>(registers + offset); }
  template <class T> void write(u32 offset, T value) const { *reinterpret_cast<T volatile*>(registers + offset) = value; }
};
constinit Unit unit{};
constinit mm::DmaHardware hardware{};

/// The unit answers within microseconds. One that does not leaves nothing that could be promised.
template <class F>
void wait_until(F done) {
  constexpr u32 patience = 100'000'000;
  for (u32 i = 0; !done(); ++i) {
    if (i == patience) panic("the IOMMU does not answer");
    pause();
  }
}

void give_command(u32 bit) {
  unit.write(reg::command, (unit.read<u32>(reg::status) & ~one_shot) | bit);
  wait_until([=] { return unit.read<u32>(reg::status) & bit; });
}

/// A unit that does not snoop reads tables from memory; they were written by this CPU.
void write_back() {
  if (!unit.snoops) asm volatile("wbinvd" ::: "memory");
}

void invalidate_contexts() {
  unit.write(reg::context_command, context_invalidate | context_global);
  wait_until([] { return !(unit.read<u64>(reg::context_command) & context_invalidate); });
}
void invalidate_tlb(u64 which) {
  unit.write(unit.tlb, tlb_invalidate | tlb_drain | which);
  wait_until([] { return !(unit.read<u64>(unit.tlb) & tlb_invalidate); });
}

void flush(u32 domain) {
  write_back();
  invalidate_tlb(tlb_domain | u64{domain} << 32);
}
void publish(u32 domain) {
  write_back();
  if (unit.keeps_absent) invalidate_tlb(tlb_domain | u64{domain} << 32);
}

/// The lock of mm::Dma is held.
Result<> attach_device(u32 function, u32 domain, PhysAddr tables, mm::DmaHardware::Way way) {
  TableEntry& bus = unit.root[function >> 8];
  if (!(bus.low & entry_present)) {
    PhysAddr const contexts = TRY(unit.memory->frames.allocate(unit.memory->nucleus_account));
    write_back();
    bus.low = contexts.raw() | entry_present;
  }
  auto& context = mm::frame_pointer<TableEntry>(PhysAddr{align_down(bus.low, page_bytes)})[function & 0xff];
  __atomic_store_n(&context.low, 0, __ATOMIC_RELEASE);
  u64 const width = hardware.levels - 2;        // 1: three levels, 39 bits; 2: four levels, 48 bits.
  context.high = u64{domain} << domain_shift | width;
  __atomic_store_n(&context.low, tables.raw() | (way == mm::DmaHardware::Way::open ? entry_present : entry_silent), __ATOMIC_RELEASE);
  write_back();
  invalidate_contexts();
  invalidate_tlb(tlb_domain | u64{domain} << 32);
  return ok;
}

void serve_faults(void*) {
  for (u32 i = 0; i < unit.record_count; ++i) {
    u32 const record = unit.records + i * 16;
    u64 const upper = unit.read<u64>(record + 8), lower = unit.read<u64>(record);
    if (!(upper & fault_there)) continue;
    unit.write(record + 8, fault_there);
    unit.on_fault({u32(upper & 0xffff), u32(upper >> 32 & 0xff), align_down(lower, page_bytes), !(upper & fault_read)});
  }
  unit.write(reg::fault_status, fault_overflow);
  (void)unmask(unit.line);
}

}  // namespace

Result<mm::DmaHardware const*> iommu_find(PhysAddr registers, mm::Memory& memory) {
  if (unit.registers) return fail(Error::busy);
  auto* const mapped = registers.raw() % page_bytes ? nullptr : static_cast<u8 volatile*>(map_device(registers, reg::bytes));
  if (!mapped) return fail(Error::invalid);
  Unit const found{.registers = mapped, .memory = &memory};
  u64 const c = found.read<u64>(reg::capability), e = found.read<u64>(reg::extended);
  u32 const widths = u32(c >> 8 & 0x1f);
  u32 const tlb = u32(e >> 8 & 0x3ff) * 16 + 8, records = u32(c >> 24 & 0x3ff) * 16, count = u32(c >> 40 & 0xff) + 1;
  bool const fits = tlb + 8 <= reg::bytes && records + count * 16 <= reg::bytes;
  if (!(widths & 6) || c & must_flush_writes || !fits) return fail(Error::not_supported);
  PhysAddr const root = TRY(memory.frames.allocate(memory.nucleus_account));
  unit = found;
  unit.root = mm::frame_pointer<TableEntry>(root);
  unit.tlb = tlb;
  unit.records = records;
  unit.record_count = count;
  unit.snoops = e & coherent;
  unit.keeps_absent = c & caches_absent;
  hardware = {.levels = widths & 2 ? 3u : 4u, .domains = u32{1} << (4 + 2 * (c & 7)), .attach = attach_device, .flush = flush, .publish = publish};
  return &hardware;
}

void iommu_enable(void (*on_fault)(IommuFault const& fault)) {
  unit.on_fault = on_fault;
  if (auto const message = allocate_msi(); message && attach(message->line, serve_faults, nullptr)) {
    unit.line = message->line;
    unit.write(reg::fault_data, message->data);
    unit.write(reg::fault_address, u32(message->address));
    unit.write(reg::fault_upper_address, u32(message->address >> 32));
    unit.write(reg::fault_control, u32{0});
    serve_faults(nullptr);                      // What firmware left, and unmasks.
  }
  write_back();
  unit.write(reg::root_table, mm::frame_address(unit.root).raw());
  give_command(set_root);
  invalidate_contexts();
  invalidate_tlb(tlb_global);
  give_command(translate);
}

}  // namespace hinge::nucleus
