// Placement: the first domain. The nucleus enters placement_main on a thread of its own; it reads the manifest that the
// command line names, loads every service, binds them, places them, and starts them, servers before clients. Then the
// thread sleeps for good, and placement only answers questions (placement/directory.hpp).
// A boot that cannot go on ends this domain: the nucleus reports that as the end of the system.
#include "base/command_line.hpp"
#include "host/image.hpp"
#include "host/log.hpp"
#include "placement/binder.hpp"
#include "placement/confinement.hpp"
#include "placement/devices.hpp"
#include "placement/directory.hpp"
#include "placement/loader.hpp"

namespace hinge::placement {
namespace {

constinit Changes changes;
constinit Directory directory{changes};
constinit BootFiles files;
constinit Manifest manifest;
constinit char manifest_name[64];  ///< Problems point to it.
constinit Instance instances[max_services];

constinit image::Provided provided[] = {provide<System>(directory, "placement"), provide<Work>(changes, "work"),
                                         provide<Deaths>(changes.supervisor(), "deaths")};
constexpr u32 directory_activations = 4;  // So that some can look while others wait for a move.

std::span<Instance> all() { return {instances, manifest.services.size()}; }

Checked<> read_manifest() {
  std::string_view const preset = CommandLine{files.command_line()}.value("preset", "mono");
  auto const file = format_to(manifest_name, "{}.place", preset);
  if (auto r = parse(files, file, manifest); !r) return r;
  return check(manifest);
}

[[gnu::noinline]] Checked<> load_and_bind() {
  auto const system = host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(provided), directory_activations);
  if (!system) return std::unexpected{Problem{"placement", 0, {"no portal: ", to_string(system.error())}}};
  for (u32 i = 0; i < manifest.services.size(); ++i) CHECK(load(files, manifest.services[i], instances[i]));
  for (Instance& i : all()) {
    CHECK(create_portals(i));
    CHECK(give_grants(i));
  }
  for (Instance& i : all()) {
    CHECK(bind_ports(i, all(), *system));
    CHECK(bind_signals(i, all()));
  }
  directory.publish(all(), *system);
  return ok;
}

/// Each to its side; the first of a user-side domain opens it.
[[gnu::noinline]] Checked<> place(host::Table const* kernel_table) {
  for (Instance& i : all()) complete(i, all(), kernel_table);
  for (Instance& i : all()) CHECK(install(files, i));
  for (Instance& i : all()) {
    Handle with = no_handle;
    for (Instance const* earlier = instances; earlier != &i && i.side == Placement::user && with == no_handle; ++earlier)
      if (i.shares_domain(*earlier)) with = earlier->slot;
    auto const placed = host::slot_place(i.slot, i.side, with, i.base);
    if (!placed) return std::unexpected{Problem{i.service->image, 0, {"cannot be placed: ", to_string(placed.error())}}};
  }
  return ok;
}

[[gnu::noinline]] Result<> start_one(Instance const& i) {
  Port<Lifecycle> lifecycle;
  lifecycle.connect(i.portals[0].portal);
  return lifecycle.on(start_request(files, i, false), Caller{});
}

/// Before any device has a name. A machine whose IOMMU cannot be used runs on as if it had none, and says so.
RemappingUnit confine(u64 rsdp) {
  auto const unit = confine_devices(rsdp);
  if (unit) host::log("devices are confined by the IOMMU at {x}", unit->registers);
  else if (unit.error() != Error::not_found) host::log("devices are not confined, the IOMMU cannot be used: {}", unit.error());
  return unit.value_or(RemappingUnit{});
}

[[gnu::noinline]] Checked<> start(RemappingUnit const& iommu) {
  for (u32 index : manifest.order) {
    Instance& i = instances[index];
    CHECK(grant_devices(i, all(), iommu));
    if (auto const started = start_one(i); !started)
      return std::unexpected{Problem{i.service->file, i.service->line, {"'", i.service->name, "' does not start: ", to_string(started.error())}}};
    bool const kernel = i.side == Placement::kernel;
    host::log("{} started on the {} side, domain {}", i.service->name, kernel ? "kernel" : "user", kernel ? "kernel" : text_of(i.domain));
  }
  return ok;
}

[[gnu::noinline]] Checked<> supervise(host::Table const* kernel_table) {
  auto const started = changes.supervisor().start(all(), {manifest.order.begin(), manifest.order.size()}, kernel_table, files, provided[2]);
  if (!started) return std::unexpected{Problem{"placement", 0, {"no supervisor: ", to_string(started.error())}}};
  return ok;
}

Checked<> boot(boot::BootInfo const& info) {
  if (auto r = files.attach(info); !r) return std::unexpected{Problem{"boot archive", 0, {to_string(r.error())}}};
  CHECK(read_manifest());
  auto const iommu = confine(info.rsdp);
  CHECK(load_and_bind());
  CHECK(place(info.kernel_table));
  if (auto r = changes.start(all(), info.kernel_table, files, provided[1]); !r) return std::unexpected{Problem{"placement", 0, {"no worker: ", to_string(r.error())}}};
  CHECK(start(iommu));
  return supervise(info.kernel_table);
}

}  // namespace

extern "C" [[gnu::used, gnu::retain, noreturn]] void placement_main(boot::BootInfo const* info) {
  host::hinge_image.host = &host::hinge_process_table;
  if (auto const booted = boot(*info); !booted) {
    Problem const& p = booted.error();
    if (p.line()) host::log("{}:{}: {}", p.file(), p.line(), p.text());
    else host::log("{}: {}", p.file(), p.text());
    __builtin_trap();
  }
  auto const never = host::event_create();
  for (;;)
    if (!never || !host::event_wait(*never, 0, no_deadline)) __builtin_trap();
}

}  // namespace hinge::placement

HINGE_IMAGE("placement", hinge::placement::provided, hinge::host::nothing, hinge::host::nothing)
