#include "services/linux/time/vdso.hpp"

#include "host/host.hpp"
#include "services/linux/memory/map.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service::vdso {

extern "C" [[gnu::visibility("hidden")]] char const vdso_image[page_bytes];  // vdso_image.S

namespace {
constinit Handle object{};
}

Attempt<> start() {
  object = ATTEMPT(host::object_create(ObjectKind::held, mapped_bytes));
  ATTEMPT(host::object_supply(object, 0, reinterpret_cast<u64>(vdso_image), 1));
  ATTEMPT(host::object_supply(object, 1, reinterpret_cast<u64>(&hinge_time_page), 1));
  return ok;
}

Attempt<u64> map(AddressSpace& space) {
  u64 const at = ATTEMPT(host::space_map(space.handle, {.address = 0, .bytes = mapped_bytes,
                                                        .protection = Protection::read | Protection::execute,
                                                        .maximum = all_access, .flags = 0, .object = object, .offset = 0,
                                                        .opaque = {}}));
  return at;
}

}  // namespace hinge::linux_service::vdso
