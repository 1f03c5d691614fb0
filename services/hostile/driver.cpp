// The driver: every attack in turn, and after each that the echo answers and no memory is lost.
#include "host/log.hpp"
#include "services/hostile/service.hpp"

namespace hinge::hostile {

namespace {

/// What may be in use that was not before: leaves of pools that grew, a stack for one caller more at the same time.
constexpr u64 frames_allowed = 128;

Result<u64> frames_free() {
  host::SystemInfo info{};
  TRY(host::system_info(&info));
  return info.frames_free;
}

/// Keeps what is wrong from passing as well.
Result<> hold(char const* name, u64 attempts, bool held, Service& s, Caller const& caller) {
  if (!held || !s.echo.on(Echo::Nothing{}, caller)) {
    host::log("hostile {} BROKE something", name);
    return fail(Error::corrupt);
  }
  host::log("hostile {} survived ({} attempts)", name, attempts);
  return ok;
}

template <class M>
Result<> attack(char const* name, M const& warm, M const& request, Service& s, Caller const& caller) {
  TRY(s.target.on(warm, caller));
  u64 const before = TRY(frames_free()), charged = TRY(s.target.on(Attacks::Frames{}, caller)).frames;
  auto const done = TRY(s.target.on(request, caller));
  u64 const after = TRY(frames_free()), charged_after = TRY(s.target.on(Attacks::Frames{}, caller)).frames;
  host::log("hostile {}: frames free {} then {}, charged {} then {}, broken {}", name, before, after, charged, charged_after, done.broken);
  bool const leaks = after + frames_allowed < before || charged_after > charged + frames_allowed;
  return hold(name, done.attempts, !done.broken && !leaks, s, caller);
}

/// A caller's registers are its own after the call, and none shows what the callee had in it; nor the other way.
bool hygiene(Service& s, bool is_long) {
  u64 words[native::max_words] = {};
  Raw raw;
  constexpr u64 m = magic;
  raw.in = {u64{Attacks::List::index<Attacks::Look>()} << 8 | (is_long ? native::long_call : 0), handle_of(s.target).raw(),
            m | 1, m | 2, is_long ? reinterpret_cast<u64>(words) : m | 3, m | 4, m | 5, m | 6, m | 7, m | 8, m | 9, m | 10, m | 11};
  raw.flags |= 0x400;
  set_bases(magic_base, magic_base | 0x1000);
  hostile_raw(&raw);
  u64 const fs = fs_base(), gs = gs_base();
  set_bases(0, 0);
  Registers const &i = raw.in, &o = raw.out;
  bool const kept = o.rbx == i.rbx && o.rbp == i.rbp && o.r12 == i.r12 && o.r13 == i.r13 && o.r14 == i.r14 && o.r15 == i.r15 &&
                    raw.rsp == reinterpret_cast<u64>(&raw.above);
  bool const bases = (fs == 0 || fs == magic_base) && (gs == 0 || gs == (magic_base | 0x1000));
  u64 const found[] = {is_long ? words[0] : o.rdi, is_long ? words[1] : o.rsi, is_long ? words[2] : o.rdx,
                       is_long ? words[3] : o.r10, is_long ? words[4] : o.r8, is_long ? words[5] : o.r9};
  // The order of Look::Reply: rcx, r11, r15, flags, fs_base, gs_base.
  bool const hidden = found[0] >> 16 != magic >> 16 && found[1] >> 16 != magic >> 16 && found[2] == 0 && !(found[3] & 0x4'0500) &&
                      found[4] == 0 && found[5] == 0;
  if (!kept || !bases || !hidden || o.rax != 6 << 8) {
    host::log("hygiene, long {}: status {x}, kept {}, bases {x} {x}, callee found {x} {x} {x} {x} {x} {x}", is_long, o.rax, kept, fs, gs,
              found[0], found[1], found[2], found[3], found[4], found[5]);
    return false;
  }
  return true;
}

template <class M>
Result<> forgeries(char const* name, Service& s, Caller const& caller) {
  u64 wrong = 0;
  for (u64 variant = 0; variant < forged; ++variant) {
    M request{};
    request.variant = variant;
    wrong += bool(s.target.on(request, caller));   // each says something that no reply says
  }
  return hold(name, forged, !wrong, s, caller);
}

/// A request that ends the domain it is sent to, alone.
template <class M>
Result<> ends(char const* name, Port<Attacks>& victim, Service& s, Caller const& caller) {
  auto const r = victim.on(M{}, caller);
  auto const again = victim.on(Attacks::Frames{}, caller);
  bool const died = !r && r.error() == Error::peer_died && !again && again.error() == Error::peer_died;
  return hold(name, 1, died && s.target.on(Attacks::Frames{}, caller), s, caller);
}

}  // namespace

Result<> drive(Service& s, u64 seed, Caller const& caller) {
  TRY(hold("registers", 4, hygiene(s, false) & hygiene(s, true) & hygiene(s, false) & hygiene(s, true), s, caller));
  TRY(attack("flags", Attacks::Flags{}, Attacks::Flags{}, s, caller));
  TRY(attack("calls", Attacks::Calls_{seed + 1, 2000}, Attacks::Calls_{seed, 50'000}, s, caller));
  TRY(forgeries<Attacks::Forge>("replies", s, caller));
  TRY(forgeries<Attacks::ForgeLong>("long-replies", s, caller));
  TRY(attack("natives", Attacks::Natives{seed + 1, 5000}, Attacks::Natives{seed, 100'000}, s, caller));
  TRY(attack("unmap", Attacks::Unmap{10'000}, Attacks::Unmap{10'000}, s, caller));
  host::SystemInfo info{};
  TRY(host::system_info(&info));
  u64 const portals = info.cpus == 1 ? 100'000 : 10'000;  // to collect them all other processors are interrupted
  TRY(attack("portals", Attacks::Portals{1000}, Attacks::Portals{portals}, s, caller));
  TRY(ends<Attacks::Floating>("sse", s.breaks_by_sse, s, caller));
  TRY(ends<Attacks::Step>("single-step", s.breaks_by_step, s, caller));
  host::log("hostile all survived, seed {}", seed);
  return ok;
}

}  // namespace hinge::hostile
