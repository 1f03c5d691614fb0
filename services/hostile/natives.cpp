// Random native calls: numbers in and out of range, arguments that are small, huge, addresses of everybody's memory,
// handles of our own and of others. What could rightly stop the caller for ever gets a deadline that has passed.
#include "host/image.hpp"
#include "services/hostile/service.hpp"

namespace hinge::hostile {

namespace {

using native::Number;

constexpr u32 keeps = 64;

class Natives {
 public:
  Natives(u64 seed, Handle echo, Handle sink, u32 first) : random_{seed}, echo_{echo}, sink_{sink}, first_{first} {}

  void once() {
    u32 const number = number_of_call();
    Raw raw;
    Registers& r = raw.in;
    r.rax = number | (random_.below(8) ? 0 : random_.next() << 32);
    u64 a[6];
    for (u64& v : a) v = argument();
    if (random_.below(4)) shape(Number(number), a);
    fit(Number(number), a);
    r.rdi = a[0], r.rsi = a[1], r.rdx = a[2], r.r10 = a[3], r.r8 = a[4], r.r9 = a[5];
    r.rbx = random_.below(2) ? handle() : echo_.raw();
    if ((number & 0xff) == u32(Number::call) && callable_of_ours(u32(r.rbx))) r.rbx = echo_.raw();
    u64 const kept = random_.next();
    r.rbp = r.r12 = r.r13 = r.r14 = r.r15 = kept;
    hostile_raw(&raw);
    Registers const& o = raw.out;
    bool const same = o.rbx == r.rbx && o.rbp == kept && o.r12 == kept && o.r13 == kept && o.r14 == kept && o.r15 == kept;
    bool const cleared = (number & 0xff) <= 1 || !(o.rdi | o.rsi | o.rdx | o.r10 | o.r8 | o.r9);
    broken_ += !same || !cleared || raw.rsp != reinterpret_cast<u64>(&raw.above);
    if (makes_handle(Number(number)) && i64(o.rax) > 0) keep(u32(o.rax), Number(number));
  }
  [[nodiscard]] u64 broken() const { return broken_; }
  void forget_all() {
    for (Kept& k : kept_) drop(k);
  }

 private:
  u32 number_of_call() {
    for (;;) {
      u32 const n = random_.below(10) ? u32(random_.below(native::count)) : u32(random_.next());
      if ((n & 0xff) != u32(Number::reply)) return n;
    }
  }
  static bool makes_handle(Number n) {
    return n == Number::cap_mint || n == Number::cap_give || n == Number::portal_create || n == Number::event_create ||
           n == Number::object_create || n == Number::space_create || n == Number::space_clone;
  }
  u32 own_table() const { return host::own_slot().raw() >> 24; }
  /// Whether it may name a portal of our own: a call of it would leave stacks behind, or wait for ever.
  bool callable_of_ours(u32 h) const { return h >> 24 == own_table() && h != echo_.raw(); }

  u64 handle() {
    switch (random_.below(8)) {
      case 0: return host::own_slot().raw();
      case 1: return random_.next();
      case 2: return u32(random_.below(70) << 24 | random_.below(16));
      case 3: return echo_.raw();
      default: return kept_[random_.below(keeps)].handle;
    }
  }
  u64 argument() {
    switch (random_.below(12)) {
      case 0: return 0;
      case 1: return random_.below(16);
      case 2: return random_.below(64) * page_bytes;
      case 3: return scratch() + random_.below(scratch_bytes / page_bytes) * page_bytes;
      case 4: return scratch() + random_.below(scratch_bytes);
      case 5: return layout::nucleus_image + random_.below(u64{4} << 20);
      case 6: return layout::direct_map + random_.below(u64{1} << 30);
      case 7: return layout::slot_base(random_.below(layout::slot_count)) + (own_is_near() ? 0 : random_.below(u64{64} << 30));
      case 8: return random_.next() >> 17;
      case 9: return (u64{1} << 47) + random_.next() % (u64{1} << 60);
      case 10: return random_.next();
      default: return handle();
    }
  }
  bool own_is_near() { return random_.below(2); }

  /// Keeps what would rightly end or stop us out of the arguments.
  void fit(Number n, u64 (&a)[6]) {
    switch (n) {
      case Number::event_wait:
      case Number::word_wait: a[2] = 1 + random_.below(1000); break;
      case Number::cap_delete:
        if (a[0] >> 24 == own_table() && (a[0] & 0xff'ffff) < first_) a[0] = random_.next() | u64{1} << 40;
        for (Kept& k : kept_) k = k.handle == a[0] ? Kept{} : k;
        break;
      case Number::portal_create: a[2] = reinterpret_cast<u64>(sink_provided); break;
      case Number::event_bind: a[1] = random_.below(2) ? sink_.raw() : random_.next() | u64{1} << 40; break;
      default: spare_own_memory(a);
    }
    bool const about_slot = a[0] == host::own_slot().raw() || a[0] == 0;
    bool const of_slot = n == Number::memory_commit || n == Number::memory_release || n == Number::window_map ||
                         n == Number::window_unmap || n == Number::slot_copy;
    if (of_slot && about_slot && in_own_slot(a[1]) && !may_lose(a[1])) a[1] = scratch() + random_.below(scratch_bytes);
    if (of_slot && random_.below(16)) a[2] %= scratch_bytes;
  }
  bool in_own_slot(u64 v) const {
    u64 const base = reinterpret_cast<u64>(sink_provided) & ~(layout::entry_bytes - 1);
    return v - base < layout::entry_bytes;
  }
  static bool may_lose(u64 v) { return v - scratch() < scratch_bytes || v % layout::entry_bytes >= layout::slot_windows; }
  /// Addresses of ours are the scratch's: the nucleus may write there what it answers.
  void spare_own_memory(u64 (&a)[6]) {
    for (u64& v : a) {
      if (in_own_slot(v) && v != reinterpret_cast<u64>(&mapping_) && !may_lose(v)) v = scratch() + random_.below(scratch_bytes);
    }
  }
  struct Kept { u32 handle = 0; Number maker = Number::call; };
  void drop(Kept& k) {
    if (k.handle) (void)host::cap_delete(Handle{k.handle});
    k = {};
  }
  void keep(u32 h, Number maker) {
    if (h >> 24 != own_table() || (h & 0xff'ffff) < first_) return;
    Kept& place = kept_[random_.below(keeps)];
    drop(place);
    place = {h, maker};
  }
  /// A kept handle that `maker` gave, if there is one.
  u64 made_by(Number maker) {
    u64 const begin = random_.below(keeps);
    for (u32 i = 0; i < keeps; ++i) {
      Kept const& k = kept_[(begin + i) % keeps];
      if (k.handle && k.maker == maker) return k.handle;
    }
    return handle();
  }
  u64 pages(u64 most) { return random_.below(most) * page_bytes; }

  /// Arguments that make sense, so that calls get beyond their first check; some of them, at random, are left as they are.
  void shape(Number n, u64 (&a)[6]) {
    u64 const window = scratch() / layout::entry_bytes * layout::entry_bytes + layout::slot_windows;
    a[0] = host::own_slot().raw();
    switch (n) {
      case Number::portal_create: a[1] = 0, a[3] = 1 + random_.below(4); break;
      case Number::event_signal:
      case Number::event_wait:
      case Number::event_bind:
      case Number::timer_set: a[0] = made_by(Number::event_create); break;
      case Number::dma_map: a[0] = handle(), a[1] = scratch() + random_.below(scratch_bytes), a[2] = random_.below(20'000), a[4] = scratch(); break;
      case Number::cap_mint: a[0] = handle(), a[1] = random_.below(512); break;
      case Number::cap_delete:
      case Number::cap_revoke: a[0] = kept_[random_.below(keeps)].handle; break;
      case Number::word_wait:
      case Number::word_wake: a[0] = scratch() + random_.below(4) * 4, a[1] = random_.below(2); break;
      case Number::buffer_copy: a[0] = scratch() + pages(64), a[1] = scratch() + random_.below(scratch_bytes), a[2] = random_.below(20'000); break;
      case Number::memory_commit:
      case Number::memory_release: a[1] = scratch() + pages(64), a[2] = pages(64), a[3] = random_.below(8); break;
      case Number::window_map: a[1] = window + pages(64), a[2] = made_by(Number::object_create), a[3] = pages(8), a[4] = pages(64), a[5] = random_.below(4); break;
      case Number::window_unmap: a[1] = window + pages(64), a[2] = pages(64); break;
      case Number::object_create: a[1] = random_.below(2), a[2] = pages(64); break;
      case Number::object_supply: a[0] = made_by(Number::object_create), a[1] = random_.below(64), a[2] = scratch() + pages(64), a[3] = random_.below(8), a[4] = random_.below(2); break;
      case Number::object_withdraw: a[0] = made_by(Number::object_create), a[1] = random_.below(64), a[2] = random_.below(8); break;
      case Number::space_map: {
        mapping_ = {layout::user_begin + pages(64), 1 + pages(64), Protection(random_.below(8)), Protection(random_.below(8) | 1),
                    u32(random_.below(32)), random_.below(2) ? no_handle : Handle{u32(made_by(Number::object_create))}, pages(64), {}};
        a[0] = made_by(Number::space_create), a[1] = reinterpret_cast<u64>(&mapping_);
        break;
      }
      case Number::space_copy: a[0] = made_by(Number::space_create), a[1] = layout::user_begin + random_.below(200'000), a[2] = scratch() + pages(64), a[3] = random_.below(20'000); break;
      case Number::space_remap: a[2] = pages(64), a[3] = random_.below(2) * (layout::user_begin + pages(64)), a[4] = pages(64); [[fallthrough]];
      case Number::space_unmap:
      case Number::space_protect:
      case Number::space_query:
      case Number::space_resolve:
      case Number::space_discard:
        a[0] = made_by(Number::space_create), a[1] = layout::user_begin + pages(64);
        if (n != Number::space_query && n != Number::space_remap) a[2] = pages(64);
        break;
      case Number::space_clone: a[0] = made_by(Number::space_create); break;
      default: break;
    }
  }

  Random random_;
  Handle echo_, sink_;
  u32 first_;               ///< Capabilities of a lower index are not for deleting.
  u64 broken_ = 0;
  Kept kept_[keeps] = {};
  Mapping mapping_{};
};

}  // namespace

Result<Attacks::Held> Service::on(Attacks::Natives const& request, Caller const&) {
  Handle const portal = TRY(sink());
  Handle const first = TRY(host::event_create());
  TRY(host::memory_commit(no_handle, scratch(), scratch_bytes / 4, Protection::read | Protection::write));
  Natives natives{request.seed, handle_of(echo), portal, first.raw() & 0xff'ffff};
  for (u64 i = 0; i < request.rounds; ++i) natives.once();
  natives.forget_all();
  (void)host::cap_delete(first);
  while (!host::cap_revoke(host::own_slot())) {}
  TRY(host::memory_release(no_handle, scratch(), u64{1} << 30));
  TRY(host::memory_release(no_handle, host::own_slot_base() + layout::slot_windows, u64{1} << 20));
  return Attacks::Held{request.rounds, natives.broken()};
}

}  // namespace hinge::hostile
