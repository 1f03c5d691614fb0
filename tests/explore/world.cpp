#include "tests/explore/world.hpp"

#include <new>
#include <type_traits>

namespace hinge::explore {

namespace {

/// Every value of a state fits in a byte: the large ones have codes.
constexpr struct { u64 value; u8 code; } codes[] = {{~u64{0}, 255}, {~u32{0}, 254}, {words[1], 253}};

template <class T>
constexpr u64 raw(T const& value) {
  if constexpr (requires { value.load(); }) return value.load(std::memory_order_relaxed);
  else if constexpr (std::is_same_v<T, Handle>) return value.raw() >> 24 << 5 | (value.raw() & 0xff'ffff);
  else return u64(value);
}

template <class T>
constexpr void set(T& to, u64 value) {
  if constexpr (requires { to.load(); }) to.store(u32(value), std::memory_order_relaxed);
  else if constexpr (std::is_same_v<T, Handle>) to = Handle{u32(value >> 5 << 24 | (value & 31))};
  else to = T(value);
}

struct Writer {
  static constexpr bool writes = true;
  std::byte* at;
  bool fits = true;
  template <class T>
  void operator()(T& field) {
    u64 value = raw(field);
    for (auto const& c : codes) {
      if (value == c.value) value = c.code;
    }
    fits &= value < 256;
    *at++ = std::byte(value);
  }
};

struct Reader {
  static constexpr bool writes = false;
  std::byte const* at;
  template <class T>
  void operator()(T& field) {
    u64 value = u64(*at++);
    for (auto const& c : codes) {
      if (value == c.code) value = c.value;
    }
    set(field, value);
  }
};

/// A count that only grows: states tell only whether a value is today's.
constexpr u64 todays_count = 2;

}  // namespace

World::World(Bounds const& b)
    : bounds{b},
      small_{b.cpus, {.portals = b.portals, .activations = b.threads + b.activations, .events = b.events, .threads = b.threads,
                      .table_entries = b.entries}} {}

template <class Archive>
void World::visit(Archive& f) {
  Core& c = core();
  auto const deadline = [&](u64& at) {
    if (Archive::writes && at != no_deadline && at > later) at = later;
    f(at);
  };
  auto const pool = [&](auto& p, auto&& fields) {
    CoreTestAccess::pool(p, f);
    for (u32 i = 1; i <= p.used(); ++i) {
      auto& e = p.at(i);
      using Element = std::remove_reference_t<decltype(e)>;
      if constexpr (!Archive::writes) {
        e.~Element();
        new (&e) Element{};
        e.index = i;
        e.generation = 1;
      }
      f(e.live), f(e.next_free);
      if (e.live) fields(e);
    }
  };
  pool(c.portals, [&](Portal& p) {
    f(p.slot), f(p.kind), f(p.admits), f(p.limit), f(p.created), f(p.references), f(p.waiting), f(p.shared);
    f(p.wanted_next), f(p.wanted_previous), f(p.inside), f(p.open_root), f(p.slot_next), f(p.slot_previous), f(p.leaving_next);
    for (u32 cpu = 0; cpu < bounds.cpus; ++cpu) f(p.own[cpu].free);
    p.home = &c.slots[p.slot];
  });
  pool(c.activations, [&](Activation& a) {
    f(a.next), f(a.portal), f(a.thread), f(a.caller), f(a.domain), f(a.slot), f(a.dead);
    f(a.timed), f(a.timed_next), f(a.timed_previous);
    deadline(a.deadline_ns);
    a.home = a.portal ? &c.slots[a.slot] : nullptr;
  });
  pool(c.events, [&](Event& e) {
    f(e.references), f(e.waiting), f(e.worker), f(e.timer_next), f(e.timer_previous);
    deadline(e.deadline_ns);
    bool periodic = e.period_ns != 0;
    f(periodic);
    e.period_ns = periodic ? shortest_period_ns : 0;
  });
  pool(c.threads, [&](Thread& t) {
    f(t.state), f(t.wait), f(t.priority), f(t.cpu), f(t.next), f(t.previous), f(t.timer_next), f(t.timer_previous);
    deadline(t.deadline_ns);
    f(t.own_priority), f(t.lends_to), f(t.lenders), f(t.next_lender), f(t.previous_lender);
    u64 left = u64(t.left_ns + most_debt);
    f(t.budget_ns), f(t.period_ns), f(left);
    t.left_ns = i64(left) - most_debt;
    deadline(t.period_end_ns);
    f(t.cpu_mask), f(t.flags), f(t.references), f(t.activation), f(t.base), f(t.personality), f(t.worker_portal), f(t.worker_event), f(t.origin);
    Actor& a = actor(t);
    f(a.at), f(a.portal), f(a.activation), f(a.may_grow), f(a.woken), f(a.looked), f(a.moved), f(a.depth), f(a.deadline);
    // What a finished wait leaves behind is read by nobody but a caller in a queue.
    if (t.wait == Wait::nothing && a.at != At::queued) t.wake_reason = Error::none;
    if (t.wait != Wait::event && t.wait != Wait::portal) t.wait_object = 0;
    if (t.wait != Wait::event && t.wait != Wait::word) t.wait_word = 0;
    f(t.wake_reason), f(t.wait_object);
    // A sleeper on an event has seen today's count, or the state says so.
    u64 word = t.wait_word;
    if (Archive::writes && t.wait == Wait::event) word = todays_count + (word != c.events.at(t.wait_object).count);
    f(word);
    if constexpr (!Archive::writes) t.wait_word = word;
  });
  if constexpr (!Archive::writes) {
    for (u32 i = 1; i <= c.events.used(); ++i) c.events.at(i).count = todays_count;
  }
  for (u32 i = 1; i <= bounds.slots; ++i) {
    Slot& s = c.slots[i];
    f(s.live), f(s.admits), f(s.state), f(s.side), f(s.domain), f(s.table.used), f(s.table.free_head), f(s.table.live), f(s.table.cleared);
    f(s.portals), f(s.portal_count), f(s.spare);
    for (u32 k = 1; k <= s.table.used; ++k) {
      Capability& cap = s.table.entries[k];
      f(cap.kind), f(cap.next_free);
      if (cap.kind == Kind::none) continue;
      u32 generation = 1;
      if constexpr (Archive::writes) {
        generation = cap.kind == Kind::portal  ? 1 + (c.portals.at(u32(cap.object)).generation - cap.generation)
                     : cap.kind == Kind::event ? 1 + (c.events.at(u32(cap.object)).generation - cap.generation)
                     : cap.kind == Kind::thread ? 1 + (c.threads.at(u32(cap.object)).generation - cap.generation)
                                                : cap.generation;
      }
      u16 high = u16(cap.rights) >> 8, low = u16(cap.rights) & 0xff;
      f(generation), f(high), f(low), f(cap.object), f(cap.badge);
      if constexpr (!Archive::writes) {
        cap.generation = generation;
        cap.rights = Right(high << 8 | low);
      }
      f(cap.parent), f(cap.first_child), f(cap.next_sibling), f(cap.previous_sibling);
    }
  }
  for (u32 i = 1; i <= bounds.slots + 1; ++i) {
    Domain& d = c.domains[i];
    f(d.live), f(d.dead), f(d.slots), f(d.root);
    d.index = d.live ? i : 0;
  }
  for (u32 cpu = 0; cpu < bounds.cpus; ++cpu) {
    CoreTestAccess::queues(c, cpu, lowest, highest, f);
    u32 running = c.processors[cpu].running ? c.processors[cpu].running->index : 0;
    f(running), f(c.processors[cpu].idle), f(asked[cpu]);
    c.processors[cpu].running = running ? &c.threads.at(running) : nullptr;
  }
  CoreTestAccess::rest(c, f);
  f(objects), f(fake_machine.poked);
  deadline(fake_machine.armed_ns);
}

u32 World::pack(std::span<std::byte, most_bytes> to) {
  Writer writer{to.data()};
  visit(writer);
  return writer.fits ? u32(writer.at - to.data()) : 0;
}

void World::unpack(std::span<std::byte const> from) {
  Reader reader{from.data()};
  visit(reader);
}

}  // namespace hinge::explore
