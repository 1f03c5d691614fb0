// A manifest: which services there are, where each is placed, what each may reach. The text format is specified in
// docs/interfaces/manifest.md. Parsing gives plain data; check() resolves names, refuses cycles, and orders the starts.
// All strings are views into the manifest's files.
#pragma once

#include <string_view>

#include "base/fixed_list.hpp"
#include "placement/problem.hpp"

namespace hinge::placement {

inline constexpr u32 max_services = 32, max_calls = 16;
/// An edge to placement itself (iface/placement.hpp), which is no service of the manifest and calls nobody's handlers.
inline constexpr u32 to_placement = ~0u;

enum class GrantKind : u8 { ports, interrupt, memory, power, boot_archive, caller_view, wall_clock, device };

/// Vendor and device of a PCI function.
struct DeviceId { u16 vendor, device; };
inline constexpr u32 max_device_ids = 4;

/// A capability for a service, under the name its image knows it by.
struct Grant {
  GrantKind kind;
  u64 first, last;           ///< Ports, physical addresses, or (first) the interrupt.
  std::string_view name;
  u32 line;
  FixedList<DeviceId, max_device_ids> ids{};  ///< Of `device`: any of them.
};

/// "calls SERVER as ROLE".
struct Edge {
  std::string_view server, role;
  u32 line;
  u32 index = to_placement;  ///< Of the server; set by check().
};

/// "signal EVENT -> SERVICE.INTERFACE": the event, granted under its name, enters that interface's first method.
struct Signal {
  std::string_view event, service, interface;
  u32 line;
  u32 index = 0;             ///< Of the service it enters; set by check().
};

/// "restart N in TIME [backoff TIME]" and "leave CONDITION...": what is done when its domain dies.
struct Recovery {
  static constexpr u32 most = 64;
  u32 restarts = 0;          ///< As many in `window_ns`, then it is given up; 0: never restarted.
  u64 window_ns = 0;
  u64 backoff_ns = 0;        ///< Waited before the second restart in the window; doubled for each further one.
  u32 leave = 0;             ///< Bit n: a Death n is not answered by a restart.
};

struct Service {
  std::string_view name, image, file;
  u32 line = 0;
  u64 frames = 1024;         ///< Limit of its memory, or, with frames_are_percent, its share of what is free at boot.
  bool frames_are_percent = false;
  u32 activations = 4;       ///< Of each of its portals.
  u32 worker_priority = 16;
  u64 worker_budget_ns = 0, worker_period_ns = 0;  ///< Of each of its workers; period 0: no limit.
  u64 drain_limit_ns = 1'000'000'000;  ///< How long a move waits for the calls inside.
  u64 hang_limit_ns = 2'000'000'000;   ///< How long a call may stay inside, on the user side; 0: for ever.
  Recovery recovery;
  bool placed = false;
  bool kernel = false;
  std::string_view domain;   ///< User side: services of one domain share it.
  FixedList<std::string_view, 8> provides;
  FixedList<Grant, 16> grants;
  FixedList<Edge, max_calls> calls;
  FixedList<Signal, 8> signals;
};

/// "place WHICH kernel | domain NAME | apart". Later rules win.
struct PlaceRule {
  std::string_view which;    ///< A service or "*".
  bool kernel;
  std::string_view domain;   ///< Empty: a domain of the service's own, under its name.
  std::string_view file;
  u32 line;
};

struct Manifest {
  FixedList<Service, max_services> services;
  FixedList<PlaceRule, 64> rules;
  FixedList<u32, max_services> order;  ///< Indices, servers before their clients; set by check().

  [[nodiscard]] Service const* find(std::string_view name) const;
};

/// Where included files come from.
class Files {
 public:
  virtual Result<std::string_view> open(std::string_view name) = 0;

 protected:
  ~Files() = default;
};

/// Parses `file` and what it includes into *manifest (empty before).
Checked<> parse(Files& files, std::string_view file, Manifest& manifest);
/// Everything that can be known without the images. Applies the rules, resolves names, orders the services.
Checked<> check(Manifest& manifest);

}  // namespace hinge::placement
