// A service of the manifest on its way into its slot, and afterwards: its capabilities and where it lies.
#pragma once

#include "placement/image_view.hpp"
#include "placement/manifest.hpp"

namespace hinge::placement {

/// An interface it serves, with the portal that leads to it from elsewhere.
struct ServedPortal {
  u64 interface;
  Handle portal;
  char name[image::name_bytes];
};

struct Instance {
  Service const* service = nullptr;
  Handle slot;
  u64 base = 0;
  ElfImage image;
  u8* memory = nullptr;   ///< The laid-out image until install() has copied it into the slot.
  FixedList<ServedPortal, max_provided> portals;

  [[nodiscard]] ImageView view() const { return {service->image, image, {memory, image.memory_bytes}, base}; }
  [[nodiscard]] bool shares_domain(Instance const& other) const {
    return service->kernel == other.service->kernel && (service->kernel || service->domain == other.service->domain);
  }
  /// The portal of the interface with that name, or null.
  [[nodiscard]] ServedPortal const* portal(std::string_view name) const {
    for (auto const& p : portals)
      if (text_of(p.name) == name) return &p;
    return nullptr;
  }
};

}  // namespace hinge::placement
