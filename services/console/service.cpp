#include "services/console/service.hpp"

#include <algorithm>

namespace hinge::console {

namespace {
// Bytes that pass through the stack at a time.
constexpr usize piece_bytes = 512;
}  // namespace

Result<Service::Line*> Service::line(u64 number) {
  if (number >= Console::max_lines || !(present_ >> number & 1)) return fail(Error::not_found);
  return &lines_[number];
}

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  for (u64 i = 0; i < Console::max_lines; ++i) {
    if (handles[i].ports == no_handle) continue;
    Guard guard{lines_[i].lock};
    if (lines_[i].uart.start(handles[i].ports)) present_ |= u64{1} << i;
  }
  return present_ ? bind_interrupts() : ok;
}

Result<> Service::bind_interrupts() {
  image::Provided const* self = nullptr;
  auto const& image = host::hinge_image;
  for (u32 i = 0; i < image.provided_count; ++i)
    if (image.provided[i].interface == Interrupts::List::hash()) self = &image.provided[i];
  if (!self) return fail(Error::not_found);
  // One event for all lines: each request asks every line, and a device that wants nothing costs one port read.
  Handle const fired = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(self), 1));
  TRY(host::event_bind(fired, portal, Interrupts::List::index<Interrupts::Fired>()));
  for (u64 i = 0; i < Console::max_lines; ++i)
    if (present_ >> i & 1) TRY(host::interrupt_bind(handles[i].interrupt, fired));
  return ok;
}

Result<> Service::on(Lifecycle::Stop const&, Caller const&) {
  for (Line& l : lines_) {
    Guard guard{l.lock};
    l.uart.stop();
  }
  return ok;
}

Result<u64> Service::on(Console::Write const& request, Caller const&) {
  Line& l = *TRY(line(request.line));
  u8 piece[piece_bytes];
  u64 taken = 0;
  while (taken < request.from.bytes) {
    u64 const wish = std::min<u64>(piece_bytes, request.from.bytes - taken);
    TRY(request.from.copy_in(taken, piece, wish));
    Guard guard{l.lock};
    u64 const now = l.uart.send({piece, wish});
    taken += now;
    if (now < wish) break;
  }
  if (!taken && request.from.bytes) return fail(Error::would_block);
  return taken;
}

Result<u64> Service::on(Console::Read const& request, Caller const&) {
  Line& l = *TRY(line(request.line));
  if (!request.into.writable) return fail(Error::no_rights);
  u8 piece[piece_bytes];
  usize got;
  {
    Guard guard{l.lock};
    got = l.uart.receive({piece, std::min<usize>(piece_bytes, request.into.bytes)});
  }
  if (!got && request.into.bytes) return fail(Error::would_block);
  TRY(request.into.copy_out(0, piece, got));
  return got;
}

Result<> Service::on(Console::Drained const& request, Caller const&) {
  Line& l = *TRY(line(request.line));
  Guard guard{l.lock};
  if (!l.uart.drained()) return fail(Error::would_block);
  return ok;
}

Result<> Service::on(Console::Discard const& request, Caller const&) {
  Line& l = *TRY(line(request.line));
  Guard guard{l.lock};
  l.uart.discard();
  return ok;
}

Result<Console::Lines::Reply> Service::on(Console::Lines const&, Caller const&) { return Console::Lines::Reply{present_}; }

Result<> Service::on(Interrupts::Fired const&, Caller const&) {
  bool changed = false;
  for (u64 i = 0; i < Console::max_lines; ++i) {
    if (!(present_ >> i & 1)) continue;
    Guard guard{lines_[i].lock};
    changed |= lines_[i].uart.serve();
    (void)host::interrupt_ack(handles[i].interrupt);
    // ISA interrupts are edges: one that came between the last look and the acknowledgement was lost while masked.
    changed |= lines_[i].uart.serve();
  }
  if (changed && ready != no_handle) return host::event_signal(ready);
  return ok;
}

}  // namespace hinge::console
