#include "services/platform/service.hpp"

#include "host/log.hpp"
#include "services/platform/enumeration.hpp"

namespace hinge::platform {

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  if (pci_ports == no_handle) return ok;
  Guard guard{lock_};
  pci_.start(pci_ports);
  host::PoolBase* const pools[] = {&functions_};
  // To find the size of a device's ranges takes them away for a moment: not while its driver uses them.
  if (TRY(vault_.attach("platform", 1, pools))) {
    recall();
  } else {
    count_ = enumerate(pci_, devices_);
    for (u32 i = 0; i < count_; ++i) TRY(remember(i, {}));
  }
  host::log("{} PCI functions", count_);
  return ok;
}

Result<> Service::remember(u32 index, Assignment const& assignment) {
  host::Activation undo{vault_};
  if (!names_[index]) names_[index] = TRY(functions_.allocate(*undo));
  TRY(undo->set(*functions_.find(names_[index]), {devices_[index], assignment}));
  undo->commit();
  assignments_[index] = assignment;
  return ok;
}

void Service::recall() {
  count_ = 0;
  Assignment* const assignments = assignments_;
  functions_.for_each([&](host::Name name, Function const& f) {
    names_[count_] = name;
    devices_[count_] = f.device;
    assignments[count_++] = f.assignment;
  });
}

Result<> Service::on(Lifecycle::Stop const&, Caller const&) { return ok; }

Result<u64> Service::on(Platform::Count const&, Caller const&) { return count_; }

Result<Platform::Device> Service::on(Platform::Describe const& request, Caller const&) {
  if (request.index >= count_) return fail(Error::not_found);
  return devices_[request.index];
}

Result<u32> Service::find(PciAddress address) const {
  for (u32 i = 0; i < count_; ++i)
    if (devices_[i].address == address.raw()) return i;
  return fail(Error::not_found);
}

Result<u32> Service::find_for(PciAddress address, Caller const& caller) {
  u32 const index = TRY(find(address));
  if (caller.badge && caller.badge != assignments_[index].owner) return fail(Error::no_rights);
  return index;
}

Result<u64> Service::on(Platform::ReadConfig const& request, Caller const& caller) {
  u32 const w = request.width;
  if ((w != 1 && w != 2 && w != 4) || request.offset % w != 0 || request.offset > 256 - w) return fail(Error::invalid);
  Guard guard{lock_};
  TRY(find_for(request.device, caller));
  return pci_.read(request.device, request.offset, w);
}

Result<> Service::on(Platform::Enable const& request, Caller const& caller) {
  constexpr u64 all = Platform::Enable::ports | Platform::Enable::memory | Platform::Enable::master;
  if (request.access & ~all) return fail(Error::invalid);
  Guard guard{lock_};
  TRY(find_for(request.device, caller));
  u32 const command = pci_.read(request.device, config::command, 2);
  pci_.write(request.device, config::command, 2, u32((command & ~all) | request.access));
  return ok;
}

Result<> Service::on(Platform::SetVector const& request, Caller const& caller) {
  Guard guard{lock_};
  u32 const index = TRY(find_for(request.device, caller));
  Assignment const& a = assignments_[index];
  if (!a.table) return fail(Error::not_supported);
  if (request.entry >= devices_[index].msix_vectors) return fail(Error::invalid);
  bool assigned = false;
  for (u32 i = 0; i < a.message_count; ++i)
    assigned |= a.messages[i].address == request.message_address && a.messages[i].data == request.message_data;
  if (!assigned) return fail(Error::no_rights);
  // An entry changes only while it is masked (PCI 3.0, 6.8.2.9).
  u32 volatile* const entry = a.table + request.entry * config::msix_entry_words;
  entry[config::msix_entry_control] = config::msix_entry_masked;
  entry[0] = u32(request.message_address);
  entry[1] = u32(request.message_address >> 32);
  entry[config::msix_entry_data] = u32(request.message_data);
  entry[config::msix_entry_control] = 0;
  u32 const control = find_msix(pci_, request.device) + config::msix_control;
  u32 const old = pci_.read(request.device, control, 2);
  pci_.write(request.device, control, 2, u32((old | config::msix_enable) & ~config::msix_function_mask));
  return ok;
}

Result<> Service::on(Platform::Assign const& request, Caller const& caller) {
  if (caller.badge) return fail(Error::no_rights);
  if (request.owner == 0 || request.message_count > Platform::Assign::max_messages || request.table % sizeof(u32)) return fail(Error::invalid);
  Guard guard{lock_};
  u32 const index = TRY(find(request.device));
  if (assignments_[index].owner && assignments_[index].owner != request.owner) return fail(Error::busy);
  Assignment a{.owner = request.owner, .table = reinterpret_cast<u32 volatile*>(request.table), .message_count = u32(request.message_count)};
  for (u32 i = 0; i < a.message_count; ++i) a.messages[i] = request.messages[i];
  return remember(index, a);
}

}  // namespace hinge::platform
