// The directory: what is where, for whoever asks through iface/placement.hpp. It reads, passes changes on, and calls no
// service but for its Faults, whose handler calls nobody: an edge to placement cannot close a circle of calls.
#pragma once

#include <span>

#include "placement/changes.hpp"

namespace hinge::placement {

class Directory {
 public:
  constexpr explicit Directory(Changes& changes) : changes_{changes} {}
  /// Once, before the first service starts.
  void publish(std::span<Instance const> instances) { instances_ = instances; }

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

 private:
  Changes& changes_;
  std::span<Instance const> instances_;
};

}  // namespace hinge::placement
