// Attacks on messages: garbage calls, forged replies, odd flags and segment bases, a buffer that goes during a copy.
#include "iface/buffer.hpp"
#include "services/hostile/service.hpp"

namespace hinge::hostile {

namespace {

u64 garbage_address(Random& random) {
  switch (random.below(6)) {
    case 0: return scratch() + random.below(scratch_bytes);
    case 1: return layout::nucleus_image + random.below(u64{4} << 20);
    case 2: return random.next() >> 17;
    case 3: return layout::slot_base(random.below(layout::slot_count)) + random.below(u64{1} << 30);
    case 4: return u64{1} << 47 | random.next() >> 3;
    default: return random.next();
  }
}

u64 call_word(u32 method, u32 words) { return u64{method} << 8 | u64{words} << 24; }

/// A reply that the nucleus cannot take comes back; then an honest one follows.
void forge(u64 variant, u64 own) {
  Random random{variant + 77};
  Raw raw;
  raw.in = {1, 0, magic, magic, magic, magic, magic, magic, magic, magic, magic, magic, magic};
  switch (variant) {
    case 0: raw.in.rax |= 255 << 8; break;
    case 1: raw.in.rbx = 0xff; break;
    case 2: raw.in.rax |= 6 << 8; raw.in.rbx = magic | 200; break;
    case 3: raw.in.rax = 1 | random.next() << 8; break;
    case 4: raw.in.rax |= 65 << 8; raw.in.rdi = own; break;
    case 5: raw.in.rax |= 64 << 8; raw.in.rdi = layout::nucleus_image; break;
    case 6: raw.in.rax |= 64 << 8; raw.in.rdi = own + layout::entry_bytes; break;
    default: raw.in.rax |= 7 << 8; raw.in.rdi = u64{1} << 47; break;
  }
  hostile_raw(&raw);
}

}  // namespace

Result<Attacks::Held> Service::on(Attacks::Calls_ const& request, Caller const& caller) {
  Random random{request.seed};
  TRY(host::memory_commit(no_handle, scratch(), 16 * page_bytes, Protection::read | Protection::write));
  u64 broken = 0;
  for (u64 i = 0; i < request.rounds; ++i) {
    Raw raw;
    u64 const kept = random.next();
    raw.in = {random.next() & ~u64{0xff}, handle_of(echo).raw(), garbage_address(random), random.next(), garbage_address(random), kept,
              random.next(), garbage_address(random), random.next(), kept, kept, kept, kept};
    if (random.below(2)) raw.in.rax = call_word(u32(random.below(6)), u32(random.below(8)));
    if (random.below(4) == 0) raw.in.rax |= native::long_call;
    if (random.below(4) == 0) raw.in.rax |= random.below(4) << 32;
    hostile_raw(&raw);
    broken += raw.out.rbx != raw.in.rbx || raw.out.rbp != kept || raw.out.r12 != kept || raw.out.r15 != kept;
    if (i % 64 == 0) TRY(echo.on(Echo::Nothing{}, caller));
  }
  TRY(host::memory_release(no_handle, scratch(), scratch_bytes));
  return Attacks::Held{request.rounds, broken};
}

Result<> Service::on(Attacks::Forge const& request, Caller const&) {
  forge(request.variant, reinterpret_cast<u64>(&request));
  return fail(Error::invalid);
}

Result<> Service::on(Attacks::ForgeLong const& request, Caller const&) {
  forge(request.variant, reinterpret_cast<u64>(&request));
  return fail(Error::invalid);
}

Result<Attacks::Held> Service::on(Attacks::Flags const&, Caller const& caller) {
  constexpr u64 trap = 0x100, direction = 0x400, alignment = 0x40000, identification = 0x20'0000, overflow = 0x800;
  u64 attempts = 0, broken = 0;
  for (u64 flags : {direction, alignment, identification, overflow, direction | alignment}) {
    for (u64 rax : {call_word(0, 0), call_word(0, 0) | native::long_call, u64(native::Number::clock), u64(native::Number::yield)}) {
      Raw raw;
      raw.in.rax = rax;
      raw.in.rbx = handle_of(echo).raw();
      raw.in.rdi = rax & native::long_call ? scratch() : 0;
      raw.flags |= flags;
      hostile_raw(&raw);
      ++attempts;
      broken += raw.rsp != reinterpret_cast<u64>(&raw.above) || (raw.flags_after & ~(flags | 0x8d5)) != 0x202;
      TRY(echo.on(Echo::Nothing{}, caller));
    }
  }
  // A trap that SYSCALL masks: the fast path comes back without it.
  Raw step;
  step.in.rax = call_word(0, 0);
  step.in.rbx = handle_of(echo).raw();
  step.flags |= trap;
  hostile_raw(&step);
  broken += (step.flags_after & trap) != 0;
  for (u64 base : {magic_base, u64{0}, layout::nucleus_image, scratch()}) {
    set_bases(base, base + 8);
    auto const answered = echo.on(Echo::Nothing{}, caller);
    u64 const fs = fs_base(), gs = gs_base();
    set_bases(0, 0);
    ++attempts;
    broken += !answered || (fs != 0 && fs != base) || (gs != 0 && gs != base + 8);
  }
  return Attacks::Held{attempts, broken};
}

Result<> Service::on(Sink::Fired const&, Caller const&) {
  if (!unmapping_.load(std::memory_order_relaxed)) return ok;
  u64 const bytes = 16 * page_bytes;
  for (u32 i = 0; i < 200; ++i) {
    (void)host::memory_release(no_handle, scratch(), bytes);
    (void)host::memory_commit(no_handle, scratch(), bytes, Protection::read | Protection::write);
  }
  fired_.fetch_add(1, std::memory_order_release);
  return ok;
}

Result<Attacks::Held> Service::on(Attacks::Unmap const& request, Caller const& caller) {
  u32 const bytes = 16 * page_bytes;
  Handle const event = TRY(host::event_create());
  TRY(host::memory_commit(no_handle, scratch(), bytes, Protection::read | Protection::write));
  TRY(host::event_bind(event, TRY(sink()), 0));
  unmapping_.store(true, std::memory_order_relaxed);
  u64 const already = fired_.load(std::memory_order_acquire);
  TRY(host::event_signal(event));
  u64 calls = 0;
  while (fired_.load(std::memory_order_acquire) == already && calls < request.rounds) {
    TRY(peer.on(Attacks::Copy{scratch(), bytes, u32(calls++ & 1), 20}, caller));
  }
  unmapping_.store(false, std::memory_order_relaxed);
  (void)host::cap_delete(event);
  TRY(host::memory_release(no_handle, scratch(), bytes));
  // Gone for good: the copies end with an error, the call does not.
  auto const gone = peer.on(Attacks::Copy{scratch(), bytes, 1, 2}, caller);
  return Attacks::Held{calls, u64(!gone)};
}

Result<> Service::on(Sink::Saw const& request, Caller const&) {
  Handle const branch{u32(request.handle)};
  return branch == no_handle ? Result<>{ok} : host::cap_delete(branch);
}

Result<Attacks::Held> Service::on(Attacks::Portals const& request, Caller const& caller) {
  u64 broken = 0;
  for (u64 i = 0; i < request.rounds; ++i) {
    Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(sink_provided), 1 + u32(i % 3)));
    Port<Sink> own;
    own.connect_singly(portal);
    bool const from_inside = i % 4 == 3;
    broken += !own.on(Sink::Saw{from_inside ? portal.raw() : no_handle.raw()}, caller);
    broken += bool(host::cap_delete(portal)) == from_inside;
  }
  return Attacks::Held{request.rounds, broken};
}

namespace {
constinit char copied[page_bytes]{};
}

Result<> Service::on(Attacks::Copy const& request, Caller const&) {
  Buffer const buffer{request.address, request.bytes, request.writable};
  for (u64 i = 0; i < request.rounds; ++i) {
    for (u64 at = 0; at < request.bytes; at += sizeof copied) {
      (void)buffer.copy_in(at, copied, sizeof copied);
      if (request.writable) (void)buffer.copy_out(at, copied, sizeof copied);
    }
  }
  return ok;
}

}  // namespace hinge::hostile
