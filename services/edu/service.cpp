#include "services/edu/service.hpp"

#include <cstring>

#include "host/heap.hpp"

namespace hinge::edu {
namespace {

// Registers (docs/specs/edu.rst), and where the device's own memory lies for its transfers.
constexpr u64 identification = 0x00, factorial = 0x08, status = 0x20;
constexpr u64 source = 0x80, destination = 0x88, length = 0x90, command = 0x98;
constexpr u32 identity = 0xed, identity_mask = 0xff, computing = 1;
constexpr u64 start_transfer = 1;
constexpr u64 own_memory = 0x40000;

constexpr u64 limit_ns = 2'000'000'000, nap_ns = 2'000'000;

/// Sleeps until done() or the limit: timed_out.
template <class F>
Result<> wait_for(F done) {
  static u32 const never = 0;
  for (u64 const limit = host::clock() + limit_ns; !done();) {
    u64 const now = host::clock();
    if (now >= limit) return fail(Error::timed_out);
    (void)host::word_wait(&never, 0, now + nap_ns);
  }
  return ok;
}

}  // namespace

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  if (!devices.count) return ok;   // Its requests fail then.
  auto const& device = devices.device[0];
  PciAddress const function{device.address};
  Guard guard{lock_};
  TRY(platform.on(Platform::Enable{function, Platform::Enable::memory}, Caller{}));
  if ((at<u32>(identification) & identity_mask) != identity) return fail(Error::not_supported);
  TRY(idle());
  TRY(host::dma_reset(dma()));
  return platform.on(Platform::Enable{function, Platform::Enable::memory | Platform::Enable::master}, Caller{});
}

Result<> Service::on(Lifecycle::Stop const&, Caller const&) {
  TRY(ready());
  Guard guard{lock_};
  return idle();
}

Result<> Service::ready() const { return devices.count ? Result<>{ok} : fail(Error::not_found); }

Result<> Service::idle() const {
  return wait_for([this] { return !(at<u64>(command) & start_transfer); });
}

Result<Edu::Info::Reply> Service::on(Edu::Info const&, Caller const&) {
  TRY(ready());
  return Edu::Info::Reply{devices.device[0].confined};
}

Result<u64> Service::on(Edu::Factorial const& request, Caller const&) {
  TRY(ready());
  Guard guard{lock_};
  at<u32>(factorial) = u32(request.of);
  TRY(wait_for([this] { return !(at<u32>(status) & computing); }));
  return at<u32>(factorial);
}

Result<> Service::transfer(u64 bus, u64 offset, u64 bytes, Direction direction) const {
  bool const to_memory = direction == Direction::to_memory;
  at<u64>(source) = to_memory ? own_memory + offset : bus;
  at<u64>(destination) = to_memory ? bus : own_memory + offset;
  at<u64>(length) = bytes;
  at<u64>(command) = start_transfer | u64(direction);
  return idle();
}

Result<> Service::transfer(Buffer const& buffer, Direction direction) {
  TRY(ready());
  if (buffer.bytes == 0 || buffer.bytes > Edu::memory_bytes) return fail(Error::invalid);
  Guard guard{lock_};
  host::DmaSegment segments[2];
  auto const mapping = TRY(host::dma_map(dma(), buffer.address, buffer.bytes, direction == Direction::to_memory, segments, 2));
  Result<> moved = ok;
  u64 done = 0;
  for (u32 i = 0; i < mapping.segments && moved; done += segments[i++].bytes)
    moved = transfer(segments[i].bus, done, segments[i].bytes, direction);
  TRY(host::dma_unmap(dma(), mapping.id));
  return moved;
}

Result<> Service::on(Edu::Load const& request, Caller const&) { return transfer(request.from, Direction::to_device); }
Result<> Service::on(Edu::Store const& request, Caller const&) { return transfer(request.into, Direction::to_memory); }

/// `pages`: two, zeroed.
Result<u64> Service::misuse(u8* pages, u64 kind) {
  constexpr u64 bytes = 512;
  host::DmaSegment segment;
  bool const writes = kind != Edu::Misuse::read_only;
  auto const mapping = TRY(host::dma_map(dma(), reinterpret_cast<u64>(pages), page_bytes, writes, &segment, 1));
  if (kind == Edu::Misuse::unmapped) TRY(host::dma_unmap(dma(), mapping.id));
  auto const moved = transfer(segment.bus + (kind == Edu::Misuse::beyond ? page_bytes : 0), 0, bytes, Direction::to_memory);
  if (kind != Edu::Misuse::unmapped) TRY(host::dma_unmap(dma(), mapping.id));
  TRY(moved);
  u64 changed = 0;
  for (u64 i = 0; i < 2 * page_bytes; ++i) changed += pages[i] != 0;
  return changed;
}

Result<u64> Service::on(Edu::Misuse const& request, Caller const&) {
  TRY(ready());
  if (request.kind >= Edu::Misuse::count_) return fail(Error::invalid);
  auto* const room = static_cast<u8*>(host::allocate(3 * page_bytes));
  if (!room) return fail(Error::no_memory);
  std::memset(room, 0, 3 * page_bytes);
  Guard guard{lock_};
  auto const changed = misuse(reinterpret_cast<u8*>(align_up(reinterpret_cast<u64>(room), page_bytes)), request.kind);
  host::release(room);
  return changed;
}

Result<> Service::on(Edu::Wild const& request, Caller const&) {
  TRY(ready());
  if (request.bytes == 0 || request.bytes > Edu::memory_bytes || request.read > 1) return fail(Error::invalid);
  Guard guard{lock_};
  return transfer(request.bus, 0, request.bytes, request.read ? Direction::to_device : Direction::to_memory);
}

}  // namespace hinge::edu
