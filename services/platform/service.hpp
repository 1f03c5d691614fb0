// The platform service: PCI and the power switch behind iface/platform.hpp. Enumerates once, at its first start: what it found
// and whom it was told to obey lie in its vault (form: table), since drivers use the devices while it comes back.
#pragma once

#include "host/mutex.hpp"
#include "host/vault.hpp"
#include "iface/lifecycle.hpp"
#include "services/platform/configuration.hpp"

namespace hinge::platform {

struct ConfigurationRank { static constexpr u32 level = 20; };

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&);
  Result<u64> on(Platform::Count const&, Caller const&);
  Result<Platform::Device> on(Platform::Describe const&, Caller const&);
  Result<u64> on(Platform::ReadConfig const&, Caller const&);
  Result<> on(Platform::Enable const&, Caller const&);
  Result<> on(Platform::SetVector const&, Caller const&);
  Result<> on(Platform::Stop const&, Caller const&);
  Result<> on(Platform::Assign const&, Caller const&);

  // Filled in by placement before Start.
  Handle pci_ports{};          ///< 0xcf8 to 0xcff; the reset register 0xcf9 is among them.
  Handle power_ports{};        ///< Where the chipset's power management lies; firmware chooses, hence a wide range.
  Handle power{};              ///< For host::system_stop, where the chipset offers nothing. Optional.

 private:
  static constexpr u32 most_devices = 64;
  /// Who drives a device, and what its MSI-X table may be told. Parallel to devices_.
  struct Assignment {
    u64 owner = 0;               ///< A badge; 0: nobody.
    u32 volatile* table = nullptr;
    u32 message_count = 0;
    Platform::Assign::Message messages[Platform::Assign::max_messages] = {};
  };

  /// One device in the vault.
  struct Function {
    Platform::Device device;
    Assignment assignment;
  };

  Result<> remember(u32 index, Assignment const& assignment) HINGE_REQUIRES(lock_);
  void recall() HINGE_REQUIRES(lock_);
  [[nodiscard]] Result<u32> find(PciAddress address) const;
  /// The device's index, if the caller drives it.
  [[nodiscard]] Result<u32> find_for(PciAddress address, Caller const& caller) HINGE_REQUIRES(lock_);
  Result<> power_off();
  Result<> reset();

  Mutex<ConfigurationRank> lock_;
  Configuration pci_ HINGE_GUARDED_BY(lock_);
  Assignment assignments_[most_devices] HINGE_GUARDED_BY(lock_){};
  host::Vault vault_;
  host::Pool<Function> functions_{most_devices};
  host::Name names_[most_devices]{};   ///< Of each device's record in the vault.
  // Written by Start alone.
  Platform::Device devices_[most_devices]{};
  u32 count_ = 0;
};

}  // namespace hinge::platform
