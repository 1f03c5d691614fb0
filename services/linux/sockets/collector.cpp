#include "services/linux/sockets/collector.hpp"

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::InFlight> lock;
constinit Socket* first HINGE_GUARDED_BY(lock) = nullptr;  ///< Sockets with a flight count.
constinit Socket* to_scan HINGE_GUARDED_BY(lock) = nullptr;
constinit std::atomic<u32> files_in_flight{0};

}  // namespace

/// What the steps do to each socket in a bundle. Everything here is under the lock.
struct Collector::Steps {
  static void count(Socket& s) HINGE_REQUIRES(lock) {
    if (s.flight_.count++) return;
    s.flight_.previous = nullptr;
    s.flight_.next = first;
    if (first) first->flight_.previous = &s;
    first = &s;
  }
  static void discount(Socket& s) HINGE_REQUIRES(lock) {
    if (--s.flight_.count) return;
    (s.flight_.previous ? s.flight_.previous->flight_.next : first) = s.flight_.next;
    if (s.flight_.next) s.flight_.next->flight_.previous = s.flight_.previous;
  }
  static void begin(Socket& s) {
    s.flight_.outside = s.flight_.count;
    s.flight_.candidate = s.references() == s.flight_.count;
  }
  static void held_by_candidate(Socket& s) { s.flight_.outside -= s.flight_.candidate; }
  /// Takes it off the candidates; its queue is still to be looked at.
  static void in_use(Socket& s) HINGE_REQUIRES(lock) {
    if (!std::exchange(s.flight_.candidate, false)) return;
    s.flight_.next_to_scan = std::exchange(to_scan, &s);
  }
  /// Every socket in a bundle, or in each bundle of a queue.
  template <class Do>
  static void each(FileBundle& bundle, Do what) {
    for (File* const file : bundle.files())
      if (Socket* const s = file->socket()) what(*s);
  }
  template <class Do>
  static void each_queued(Socket& socket, Do what) {
    struct Visitor final : BundleVisitor {
      explicit Visitor(Do d) : what{d} {}
      void visit(Ref<FileBundle>& held) override { each(*held, what); }
      Do what;
    } visitor{what};
    socket.each_bundle(visitor);
  }
};

namespace {

/// Takes bundles out of the queues of what cannot be reached.
struct Taker final : BundleVisitor {
  static constexpr u32 most = 32;
  void visit(Ref<FileBundle>& held) override {
    if (count < most) taken[count++] = std::move(held);
  }
  Ref<FileBundle> taken[most];
  u32 count = 0;
};

}  // namespace

u32 Collector::in_flight() { return files_in_flight.load(std::memory_order_relaxed); }

void Collector::departs(FileBundle& bundle) {
  Guard guard{lock};
  bundle.in_flight_ = true;
  files_in_flight.fetch_add(bundle.count_, std::memory_order_relaxed);
  Steps::each(bundle, Steps::count);
}

void Collector::arrives(FileBundle& bundle) {
  Guard guard{lock};
  if (!std::exchange(bundle.in_flight_, false)) return;
  files_in_flight.fetch_sub(bundle.count_, std::memory_order_relaxed);
  Steps::each(bundle, Steps::discount);
}

void Collector::collect() {
  for (bool more = in_flight() != 0; more;) {
    Taker unreachable;
    {
      Guard guard{lock};
      for (Socket* s = first; s; s = s->flight_.next) Steps::begin(*s);
      for (Socket* s = first; s; s = s->flight_.next)
        if (s->flight_.candidate) Steps::each_queued(*s, Steps::held_by_candidate);
      for (Socket* s = first; s; s = s->flight_.next)
        if (s->flight_.outside) Steps::in_use(*s);
      while (Socket* const s = to_scan) {
        to_scan = s->flight_.next_to_scan;
        Steps::each_queued(*s, Steps::in_use);
      }
      for (Socket* s = first; s; s = s->flight_.next)
        if (s->flight_.candidate) s->each_bundle(unreachable);
    }
    for (u32 i = 0; i < unreachable.count; ++i) arrives(*unreachable.taken[i]);
    more = unreachable.count == Taker::most;
  }
}

}  // namespace hinge::linux_service
