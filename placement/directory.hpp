// The directory: what is where, for whoever asks through iface/placement.hpp. It reads, passes changes on, and calls no
// service but for its Faults and its Probe, whose handlers need nobody's answer: an edge to placement cannot close a circle.
#pragma once

#include <span>

#include "iface/probe.hpp"
#include "placement/changes.hpp"

namespace hinge::placement {

class Directory {
 public:
  constexpr explicit Directory(Changes& changes) : changes_{changes} {}
  /// Once, before the first service starts. `system`: the portal that leads here.
  void publish(std::span<Instance const> instances, Handle system) {
    instances_ = instances;
    system_ = system;
  }

  Result<System::Count::Reply> on(System::Count const&, Caller const&);
  Result<System::Describe::Reply> on(System::Describe const&, Caller const&);
  Result<System::Details::Reply> on(System::Details const&, Caller const&);
  Result<System::DescribeEdge::Reply> on(System::DescribeEdge const&, Caller const&);
  Result<System::MoveReport> on(System::Move const& request, Caller const&) { return changes_.move(request); }
  Result<System::MoveReport> on(System::LastMove const& request, Caller const&) { return changes_.last(request.index); }
  Result<System::MoveToPreset::Reply> on(System::MoveToPreset const& request, Caller const&) { return changes_.move_to(request); }
  Result<> on(System::Kill const& request, Caller const&) { return changes_.supervisor().kill(text_of(request.service)); }
  Result<> on(System::Restart const& request, Caller const&) { return changes_.supervisor().restart(text_of(request.service)); }
  Result<> on(System::Fault const&, Caller const&);
  // directory_probes.cpp
  Result<System::Price::Reply> on(System::Price const&, Caller const&);
  Result<> on(System::Trace const&, Caller const&);
  Result<System::TakeHops::Reply> on(System::TakeHops const&, Caller const&);

 private:
  /// Which of its client's calls an edge is.
  struct EdgeOf { u32 client, call; };
  Result<EdgeOf> find_edge(u64 index) const;
  Result<Probe::Price::Reply> ask_price(Instance const& client, Binding const& binding, Caller const& caller) const;

  Changes& changes_;
  std::span<Instance const> instances_;
  Handle system_{};
};

}  // namespace hinge::placement
