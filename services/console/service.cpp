#include "services/console/service.hpp"

#include <algorithm>

namespace hinge::console {

Result<Service::Line*> Service::line(u64 number) {
  if (number >= Console::max_lines || !(present_ >> number & 1)) return fail(Error::not_found);
  return &lines_[number];
}

Result<> Service::on(Lifecycle::Start const& start, Caller const&) {
  u64 const vault = host::own_slot_base() + layout::slot_vault;
  TRY(host::memory_commit(no_handle, vault, align_up(Console::max_lines * sizeof(LineBooks), page_bytes), Protection::read | Protection::write));
  for (u64 i = 0; i < Console::max_lines; ++i) {
    if (handles[i].ports == no_handle) continue;
    Guard guard{lines_[i].lock};
    // All zero is an empty line: a fresh vault needs no format.
    lines_[i].books = reinterpret_cast<LineBooks*>(vault) + i;
    if (lines_[i].uart.start(handles[i].ports, *lines_[i].books)) present_ |= u64{1} << i;
  }
  if (!present_) return ok;
  TRY(bind_interrupts());
  // The client may wait for what an interrupt has told an earlier life.
  return start.restarted && ready != no_handle ? host::event_signal(ready) : ok;
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

Result<u64> Service::on(Console::Write const& request, Caller const& caller) {
  using enum LineBooks::Kind;
  Line& l = *TRY(line(request.line));
  Guard guard{l.lock};
  LineBooks& books = *l.books;
  if (auto const before = books.done_before(write, caller)) return *before;
  u64 const taken = std::min<u64>(request.from.bytes, books.output_room());
  if (!taken && request.from.bytes) return fail(Error::would_block);
  for (u64 done = 0; done < taken;) {
    auto const room = books.free_output(done, taken - done);
    TRY(request.from.copy_in(done, room.data(), room.size()));
    done += room.size();
  }
  books.commit(write, taken, caller);
  l.uart.feed();
  return taken;
}

Result<u64> Service::on(Console::Read const& request, Caller const& caller) {
  using enum LineBooks::Kind;
  Line& l = *TRY(line(request.line));
  if (!request.into.writable) return fail(Error::no_rights);
  Guard guard{l.lock};
  LineBooks& books = *l.books;
  if (auto const before = books.done_before(read, caller)) return *before;  // the bytes are in the buffer
  u64 const got = std::min<u64>(request.into.bytes, books.unread());
  if (!got && request.into.bytes) return fail(Error::would_block);
  for (u64 done = 0; done < got;) {
    auto const bytes = books.unread_input(done, got - done);
    TRY(request.into.copy_out(done, bytes.data(), bytes.size()));
    done += bytes.size();
  }
  books.commit(read, got, caller);
  l.uart.pull();
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
