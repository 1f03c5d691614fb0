// The directory: what is where, for whoever asks through iface/placement.hpp. It reads, and calls no service but for its
// Faults, whose handler calls nobody: an edge to placement cannot close a circle of calls.
#pragma once

#include <span>

#include "iface/placement.hpp"
#include "placement/instance.hpp"

namespace hinge::placement {

class Directory {
 public:
  /// Once, before the first service starts.
  void publish(std::span<Instance const> instances) { instances_ = instances; }

  Result<System::Count::Reply> on(System::Count const&, Caller const&);
  Result<System::Describe::Reply> on(System::Describe const&, Caller const&);
  Result<System::DescribeEdge::Reply> on(System::DescribeEdge const&, Caller const&);
  Result<> on(System::Move const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(System::Kill const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(System::Fault const&, Caller const&);

 private:
  std::span<Instance const> instances_;
};

}  // namespace hinge::placement
