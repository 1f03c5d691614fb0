// The image's description, and the small requests.
#include "host/image.hpp"
#include "services/hostile/service.hpp"

namespace hinge::hostile {

constinit Service service;

namespace {

constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Attacks>(service, "attacks"),
                                        provide<Sink>(service, "sink")};
constinit image::Required required[] = {require(service.echo, "echo", true), require(service.peer, "peer", true),
                                        require(service.target, "target", true), require(service.breaks_by_sse, "sse", true),
                                        require(service.breaks_by_step, "step", true)};

/// "seed=N" of the kernel command line, else 1.
u64 seed_of(Lifecycle::Start const& start) {
  std::string_view const line{reinterpret_cast<char const*>(start.command_line), start.command_bytes};
  usize const at = line.find("seed=");
  if (at == line.npos) return 1;
  u64 seed = 0;
  for (char c : line.substr(at + 5)) {
    if (c < '0' || c > '9') break;
    seed = seed * 10 + u64(c - '0');
  }
  return seed;
}

}  // namespace

constinit image::Provided const* const sink_provided = &provided[2];

u64 scratch() { return host::own_slot_base() + layout::slot_heap + (u64{1} << 30); }

Result<> Service::on(Lifecycle::Start const& start, Caller const& caller) {
  if (!target.on(Attacks::Frames{}, caller)) return ok;
  return drive(*this, seed_of(start), caller);
}

Result<Handle> Service::sink() {
  if (sink_ == no_handle) {
    sink_ = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(sink_provided), 2));
  }
  return sink_;
}

Result<Attacks::Look::Reply> Service::on(Attacks::Look const&, Caller const&) {
  Seen const s = hostile_seen;
  set_bases(magic_base | 0xf000, magic_base | 0x9000);
  return Attacks::Look::Reply{s.rcx, s.r11, s.r15, s.flags, s.fs_base, s.gs_base};
}

Result<Attacks::Frames::Reply> Service::on(Attacks::Frames const&, Caller const&) {
  host::SlotInfo info;
  TRY(host::slot_info(host::own_slot(), &info));
  return Attacks::Frames::Reply{info.frames};
}

Result<> Service::on(Attacks::Floating const&, Caller const&) {
  asm volatile("movaps %xmm0, %xmm1");
  return fail(Error::invalid);
}

Result<> Service::on(Attacks::Step const&, Caller const&) {
  asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" : : : "memory", "cc");
  return fail(Error::invalid);
}

}  // namespace hinge::hostile

namespace hinge::host {
extern "C" [[gnu::section(".hinge.header"), gnu::used]] constinit image::Header hinge_image = [] {
  auto header = describe("hostile", hostile::provided, hostile::required, nothing);
  header.call_entry = hostile::hostile_call_entry;
  return header;
}();
}  // namespace hinge::host
