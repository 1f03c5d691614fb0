#include "host/faults.hpp"

namespace hinge::host {

namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winfinite-recursion"
[[gnu::noinline]] u64 recurse(u64 depth) {
  u64 volatile frame[64];
  frame[depth % 64] = depth;
  return recurse(depth + 1) + frame[depth % 64];
}
#pragma clang diagnostic pop

}  // namespace

namespace {

constinit Faults::Kind armed_kind{};

/// From the nucleus' image upwards and from the lower half: never the own slot.
void write_all_over() {
  for (u64 address : {u64{0x1000}, layout::nucleus_image, layout::direct_map, layout::slot_base(layout::slot_count - 1)})
    *reinterpret_cast<u64 volatile*>(address) = address;
}

/// The user side's `reply` with what rbx holds as status. The kernel side's refuses.
void reply_garbage() {
  constexpr u64 no_such_status = 0xee;
  auto const reply = table().operations[u32(native::Number::reply)];
  asm volatile("call *%0" : : "r"(reply), "b"(no_such_status) : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
  asm volatile("ud2");
}

void sleep_for_ever() {
  static constinit u32 nobody_gives_this_back = 1;
  for (;;) (void)word_wait(&nobody_gives_this_back, 1, no_deadline);
}

void forget() {
  auto const never = event_create();
  for (;;)
    if (!never || !event_wait(*never, 0, no_deadline)) break;
}

void write_nowhere() {
  u64 volatile* nowhere = nullptr;
  asm volatile("" : "+r"(nowhere));  // or the compiler would see the bug
  *nowhere = 1;
}

/// Above what the heap will ever reach.
void use_up_memory() {
  u64 at = layout::slot_base((own_slot().raw() >> 24) - 1) + layout::slot_heap + (layout::slot_vault - layout::slot_heap) / 4 * 3;
  while (memory_commit(no_handle, at, page_bytes, Protection::read | Protection::write)) at += page_bytes;
  write_nowhere();
}

Result<> mislead() {
  if (!mislead_device) return fail(Error::not_supported);
  mislead_device();
  return ok;
}

Result<> strike(Faults::Kind kind) {
  switch (kind) {
    case Faults::Kind::null_write: write_nowhere(); break;
    case Faults::Kind::exhaust: use_up_memory(); break;
    case Faults::Kind::wild_dma: return mislead();
    case Faults::Kind::illegal: asm volatile("ud2"); break;
    case Faults::Kind::stack: return recurse(0) ? Result<>{ok} : fail(Error::invalid);
    case Faults::Kind::loop:
      for (;;) asm volatile("pause");
    case Faults::Kind::nucleus_read: {
      u64 volatile const* const nucleus = reinterpret_cast<u64 volatile const*>(layout::nucleus_image + (u64{1} << 20));
      (void)*nucleus;
      break;
    }
    case Faults::Kind::wild_write: write_all_over(); break;
    case Faults::Kind::deadlock: sleep_for_ever(); break;
    case Faults::Kind::forget_reply: forget(); break;
    case Faults::Kind::garbage_reply: reply_garbage(); break;
    case Faults::Kind::count_: break;
  }
  return fail(Error::invalid);
}

}  // namespace

void reach_fault() {
  // Several threads may count: one of them gets the last.
  if (points_to_fault.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  // Who answers nonsense once is asked again; this one goes on so.
  if (armed_kind == Faults::Kind::garbage_reply) points_to_fault.store(1, std::memory_order_relaxed);
  else lock_watch.arm(false);
  (void)strike(armed_kind);
}

Result<> FaultServer::on(Faults::Break const& request, Caller const& caller) {
  if (caller.reason == Reason::repeated) return ok;  // it struck, and this is the next life
  return strike(request.kind);
}

Result<> FaultServer::on(Faults::Arm const& request, Caller const& caller) {
  if (request.kind >= Faults::Kind::count_) return fail(Error::invalid);
  if (caller.reason == Reason::repeated) return ok;
  armed_kind = request.kind;
  lock_watch.arm(true);
  points_to_fault.store(request.after + 1, std::memory_order_relaxed);
  return ok;
}

constinit FaultServer fault_server;

}  // namespace hinge::host
