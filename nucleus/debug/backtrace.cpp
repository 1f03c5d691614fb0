#include "nucleus/debug/backtrace.hpp"

#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/symbols.hpp"

namespace hinge::nucleus {
namespace {

constexpr int max_frames = 32;

/// Whether ring 0 may read `address`, in the tables this CPU runs on: mapped, and not by way of user entries (SMAP).
bool readable(u64 address) {
  if (address < layout::direct_map || address % sizeof(u64) != 0) return false;
  auto const* table = direct<u64 const>(PhysAddr{read_cr3() & pte::frame_mask});
  u64 user = pte::user;
  for (u32 level = 3;; --level) {
    u64 const entry = table[address >> (page_shift + 9 * level) & 511];
    user &= entry;
    if ((entry & pte::present) == 0) return false;
    if (level == 0 || (level < 3 && (entry & pte::large) != 0)) return user == 0;
    table = direct<u64 const>(PhysAddr{entry & pte::frame_mask});
  }
}

bool read_kernel_word(void*, u64 address, u64& word) {
  if (!readable(address)) return false;
  word = *reinterpret_cast<u64 const*>(address);
  return true;
}

void log_address(u64 ip, Symbol const& s, u64 offset) {
  if (s.image.empty()) return log("  {x}", ip);
  log("  {x} {}: {}+{x}", ip, s.image, s.name(), offset);
}

/// A return address may be the first byte behind a function that ends with a call: the call itself counts.
void log_frame(void*, u64 ip) {
  Symbol const s = find_symbol(ip - 1);
  log_address(ip, s, s.offset + 1);
}

}  // namespace

constinit StackReader const kernel_stack_reader{read_kernel_word, nullptr};

constinit FrameSink const backtrace_to_log{log_frame, nullptr};

void backtrace(u64 rbp, StackReader const& reader, FrameSink const& sink) {
  for (int i = 0; i < max_frames; ++i) {
    u64 caller = 0, ip = 0;
    if (!reader.read(reader.context, rbp, caller) || !reader.read(reader.context, rbp + 8, ip) || ip == 0) return;
    sink.frame(sink.context, ip);
    rbp = caller;
  }
}

void log_backtrace(u64 ip, u64 rbp, StackReader const& reader) {
  Symbol const s = find_symbol(ip);
  log_address(ip, s, s.offset);
  backtrace(rbp, reader, backtrace_to_log);
}

}  // namespace hinge::nucleus
