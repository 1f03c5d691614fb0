// See the header.
#include "placement/directory.hpp"

#include <algorithm>

#include "iface/faults.hpp"
#include "placement/devices.hpp"

namespace hinge::placement {
namespace {

void put(char (&to)[System::name_bytes], std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), sizeof to - 1), to);
}

}  // namespace

Result<System::Count::Reply> Directory::on(System::Count const&, Caller const&) {
  System::Count::Reply reply{instances_.size(), 0};
  for (Instance const& i : instances_) reply.edges += i.service->calls.size();
  return reply;
}

Result<System::Describe::Reply> Directory::on(System::Describe const& request, Caller const&) {
  if (request.index >= instances_.size()) return fail(Error::not_found);
  Instance const& i = instances_[request.index];
  host::SlotInfo info;
  TRY(host::slot_info(i.slot, &info));
  System::Describe::Reply reply{};
  put(reply.name, i.service->name);
  changes_.name_place(i, reply.domain);
  reply.side = u32(info.side);
  reply.state = info.state;
  reply.calls = info.calls;
  reply.messages = info.messages;
  reply.switches = info.switches;
  reply.faults = info.faults;
  reply.frames = info.frames;
  reply.frame_limit = info.frame_limit;
  reply.slot = info.index;
  reply.dma = u64(dma_of(i));
  reply.dma_faults = info.dma_faults;
  reply.death = u32(info.death);
  reply.capabilities = info.capabilities;
  reply.activations = info.activations;
  reply.answer_ticks = info.answered_at > info.died_at ? info.answered_at - info.died_at : 0;
  changes_.supervisor().describe(u32(request.index), reply);
  return reply;
}

Result<System::Details::Reply> Directory::on(System::Details const& request, Caller const&) {
  if (request.index >= instances_.size()) return fail(Error::not_found);
  Instance const& i = instances_[request.index];
  host::SlotInfo info;
  TRY(host::slot_info(i.slot, &info));
  System::Details::Reply reply{};
  reply.vector = info.vector;
  reply.address = info.address;
  reply.instruction = info.instruction;
  reply.drain_limit_ns = i.service->drain_limit_ns;
  reply.hang_limit_ns = i.service->hang_limit_ns;
  reply.worker_budget_ns = i.service->worker_budget_ns;
  reply.worker_period_ns = i.service->worker_period_ns;
  reply.moves = changes_.moves_of(u32(request.index));
  changes_.supervisor().describe(u32(request.index), reply);
  return reply;
}

Result<Directory::EdgeOf> Directory::find_edge(u64 index) const {
  for (u32 client = 0; client < instances_.size(); ++client) {
    u64 const calls = instances_[client].service->calls.size();
    if (index < calls) return EdgeOf{client, u32(index)};
    index -= calls;
  }
  return fail(Error::not_found);
}

Result<System::DescribeEdge::Reply> Directory::on(System::DescribeEdge const& request, Caller const&) {
  auto const edge = TRY(find_edge(request.index));
  auto const& call = instances_[edge.client].service->calls[edge.call];
  System::DescribeEdge::Reply reply{edge.client, call.index, {}};
  put(reply.role, call.role);
  return reply;
}

Result<> Directory::on(System::Fault const& request, Caller const& caller) {
  for (Instance const& i : instances_) {
    if (i.service->name != text_of(request.service)) continue;
    ServedPortal const* const served = i.portal("faults");
    if (!served || served->interface != Faults::List::hash()) return fail(Error::not_supported);
    Port<Faults> faults;
    faults.connect(served->portal);
    if (request.after != ~u64{0}) return faults.on(Faults::Arm{Faults::Kind(request.kind), request.after}, caller);
    return faults.on(Faults::Break{Faults::Kind(request.kind)}, caller);
  }
  return fail(Error::not_found);
}

}  // namespace hinge::placement
