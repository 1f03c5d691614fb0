#include "host/trace.hpp"

#include <algorithm>

#include "host/heap.hpp"
#include "host/image.hpp"

namespace hinge::host {

constinit Recorder recorder;

Result<> Recorder::clear() {
  if (!entries_) {
    auto* const made = static_cast<Entry*>(allocate(room * sizeof(Entry)));
    if (!made) return fail(Error::no_memory);
    for (u64 i = 0; i < room; ++i) new (&made[i]) Entry{};
    entries_ = made;
  }
  Probe::Hop forgotten[8];
  while (take(forgotten)) {}
  lost_.store(0, std::memory_order_relaxed);
  return ok;
}

void Recorder::put(Probe::Hop const& hop) {
  u64 n = put_.load(std::memory_order_relaxed);
  do {
    if (n - taken_.load(std::memory_order_acquire) >= room) {  // pairs with take: the entry is free
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  } while (!put_.compare_exchange_weak(n, n + 1, std::memory_order_relaxed));
  Entry& entry = entries_[n % room];
  entry.hop = hop;
  entry.whole.store(true, std::memory_order_release);  // pairs with take
}

u64 Recorder::take(std::span<Probe::Hop> into) {
  u64 done = 0;
  u64 n = taken_.load(std::memory_order_relaxed);
  for (; entries_ && done < into.size() && n != put_.load(std::memory_order_relaxed); ++n, ++done) {
    Entry& entry = entries_[n % room];
    if (!entry.whole.load(std::memory_order_acquire)) break;
    into[done] = entry.hop;
    entry.whole.store(false, std::memory_order_relaxed);
    taken_.store(n + 1, std::memory_order_release);
  }
  return done;
}

namespace {

void put_text(std::span<char> to, std::string_view text) {
  usize const bytes = std::min(text.size(), to.size() - 1);
  std::copy_n(text.begin(), bytes, to.begin());
}

std::span<image::Required const> ports() { return {hinge_image.required, hinge_image.required_count}; }

image::Required const& port_of(image::PortBinding const& binding) {
  return *std::find_if(ports().begin(), ports().end(), [&](image::Required const& r) { return r.port == &binding; });
}

/// As detail::direct, for a port that is bound to its recording table.
Error call_inside(image::PortBinding& binding, image::Method const* traced, u32 index, void const* request, void* reply, Caller const& caller) {
  auto& inside = binding.shard(caller.thread).inside;
  inside.fetch_add(1, std::memory_order_seq_cst);
  if (auto const now = binding.methods.load(std::memory_order_seq_cst); now != traced) {
    inside.fetch_sub(1, std::memory_order_release);
    return now[index](&binding, request, reply, caller);
  }
  Error const e = binding.peer[index](binding.instance, request, reply, caller);
  inside.fetch_sub(1, std::memory_order_release);
  return e;
}

}  // namespace

Probe::Hop hop_since(u64 start, Probe::Way way, std::string_view port, std::string_view method) {
  Probe::Hop hop{};
  hop.start = start;
  hop.end = ticks();
  hop.way = u32(way);
  hop.stack = layout::stack_number(reinterpret_cast<u64>(&hop));
  put_text(hop.port, port);
  put_text(hop.method, method);
  return hop;
}

Error traced_call(image::PortBinding& binding, u32 index, std::string_view method, void const* request, void* reply, Caller const& caller) {
  image::Required const& port = port_of(binding);
  image::Method const* const way = binding.untraced;
  bool const direct = way == port.direct;
  u64 const start = ticks();
  Error const e = direct ? call_inside(binding, port.traced, index, request, reply, caller) : way[index](&binding, request, reply, caller);
  Probe::Hop hop = hop_since(start, direct ? Probe::Way::call : Probe::Way::message, port.name, method);
  hop.outcome = u32(e);
  recorder.put(hop);
  return e;
}

void trace_ports(bool on) {
  for (image::Required const& r : ports()) {
    if (r.port->portal == no_handle) continue;  // Nobody's.
    auto now = r.port->methods.load(std::memory_order_relaxed);
    if (on == (now == r.traced)) continue;
    if (on) r.port->untraced = now;
    // A move that comes in between has the last word: then this port is not recorded.
    r.port->methods.compare_exchange_strong(now, on ? r.traced : r.port->untraced, std::memory_order_seq_cst);
  }
}

}  // namespace hinge::host
