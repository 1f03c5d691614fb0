// A service of the manifest on its way into its slot, and afterwards: its capabilities, where it lies, and how it is
// bound. What is kept here is enough to bind it again, on another side or with a fresh image.
#pragma once

#include "host/host.hpp"
#include "placement/image_view.hpp"
#include "placement/manifest.hpp"

namespace hinge::placement {

/// An interface it serves, with the portal that leads to it from elsewhere.
struct ServedPortal {
  u64 interface;
  Handle portal;
  char name[image::name_bytes];
};

/// One of its ports, bound to the server of an edge: addresses in its slot, and in the server's.
struct Binding {
  u32 server = to_placement;                ///< Which instance.
  image::PortBinding* port = nullptr;
  image::Method const* direct = nullptr;    ///< Its own tables of that port, one of which the port uses.
  image::Method const* proxies = nullptr;
  image::Method const* user_proxies = nullptr;
  image::Method const* peer = nullptr;      ///< The server's methods and object; null when that is placement.
  void* instance = nullptr;
  Handle portal{};                          ///< In its table: leads to the server from any domain.
};

/// A handle that its image was promised, and where the image looks for it.
struct GivenHandle {
  Handle* at;
  Handle handle;
};

/// A capability that placement gave it, and what it was made of: enough to give it again.
struct Gift {
  Handle from;
  Right rights;
  u64 badge;
  Handle given;
};

struct Instance {
  Service const* service = nullptr;
  Handle slot;
  u64 base = 0;
  ElfImage image;
  u8* memory = nullptr;   ///< The laid-out image until install() has copied it into the slot.
  host::Table const* process_host = nullptr;   ///< Its system-call stubs, in the slot.
  Placement side = Placement::none;            ///< Where it is now, or is to be placed,
  char domain[image::name_bytes] = {};         ///< and on the user side in which domain.
  FixedList<ServedPortal, max_provided> portals;
  FixedList<Binding, max_calls> bindings;      ///< One for each of service->calls, in that order.
  FixedList<GivenHandle, max_granted> given;
  u64 device_window_bytes = 0;                 ///< Taken of its windows for registers of devices.
  FixedList<Gift, 64> gifts;                   ///< All of its capabilities at the start, in order.

  [[nodiscard]] ImageView view() const { return {service->image, image, {memory, image.memory_bytes}, base}; }
  [[nodiscard]] bool is_at(Placement where, std::string_view name) const {
    return side == where && (side == Placement::kernel || text_of(domain) == name);
  }
  [[nodiscard]] bool shares_domain(Instance const& other) const { return is_at(other.side, text_of(other.domain)); }
  /// Mints a capability into its table, and remembers that.
  Result<Handle> give(Handle from, Right rights, u64 badge) {
    Handle const handle = TRY(host::cap_give(slot, from, rights, badge));
    TRY(gifts.add({from, rights, badge, handle}));
    return handle;
  }
  /// The portal of the interface with that name, or null.
  [[nodiscard]] ServedPortal const* portal(std::string_view name) const {
    for (auto const& p : portals)
      if (text_of(p.name) == name) return &p;
    return nullptr;
  }
  /// `name` is that of a domain: shorter than the field.
  void set_place(Placement where, std::string_view name) {
    side = where;
    for (usize i = 0; i < sizeof domain; ++i) domain[i] = i < name.size() ? name[i] : '\0';
  }
};

}  // namespace hinge::placement
