#include "services/platform/service.hpp"

#include "host/log.hpp"
#include "services/platform/enumeration.hpp"

namespace hinge::platform {

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  if (pci_ports == no_handle) return ok;
  Guard guard{lock_};
  pci_.start(pci_ports);
  count_ = enumerate(pci_, devices_);
  host::log("{} PCI functions", count_);
  return ok;
}

Result<> Service::on(Lifecycle::Stop const&, Caller const&) { return ok; }

Result<u64> Service::on(Platform::Count const&, Caller const&) { return count_; }

Result<Platform::Device> Service::on(Platform::Describe const& request, Caller const&) {
  if (request.index >= count_) return fail(Error::not_found);
  return devices_[request.index];
}

Platform::Device const* Service::find(PciAddress address) const {
  for (u32 i = 0; i < count_; ++i)
    if (devices_[i].address == address.raw()) return &devices_[i];
  return nullptr;
}

Result<u64> Service::on(Platform::ReadConfig const& request, Caller const&) {
  if (!find(request.device)) return fail(Error::not_found);
  u32 const w = request.width;
  if ((w != 1 && w != 2 && w != 4) || request.offset % w != 0 || request.offset > 256 - w) return fail(Error::invalid);
  Guard guard{lock_};
  return pci_.read(request.device, request.offset, w);
}

Result<> Service::on(Platform::Enable const& request, Caller const&) {
  constexpr u64 all = Platform::Enable::ports | Platform::Enable::memory | Platform::Enable::master;
  if (request.access & ~all) return fail(Error::invalid);
  if (!find(request.device)) return fail(Error::not_found);
  Guard guard{lock_};
  u32 const command = pci_.read(request.device, config::command, 2);
  pci_.write(request.device, config::command, 2, u32((command & ~all) | request.access));
  return ok;
}

Result<> Service::on(Platform::SetVector const&, Caller const&) { return fail(Error::not_supported); }

}  // namespace hinge::platform
