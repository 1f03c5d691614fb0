#include "services/linux/sysfs/services.hpp"

#include <algorithm>

#include "iface/faults.hpp"

namespace hinge::linux_service::sysfs {

constinit Port<System> system_port;

namespace {

using generated::Entry;
using generated::Found;
using generated::Names;
using generated::Subject;
using Service = System::Describe::Reply;
using Details = System::Details::Reply;

std::string_view side_of(Service const& s) {
  switch (Placement(s.side)) {
    case Placement::none: return "none";
    case Placement::kernel: return "kernel";
    case Placement::user: return "user";
  }
  return "?";
}
std::string_view state_of(Service const& s) {
  constexpr std::string_view names[] = {"empty", "running", "died"};
  return s.state < std::size(names) ? names[s.state] : "?";
}

std::string_view dma_of(Service const& s) {
  switch (System::Dma(s.dma)) {
    case System::Dma::none: return "-";
    case System::Dma::trusted: return "trusted for DMA";
    case System::Dma::confined: return "confined";
  }
  return "?";
}

/// One number of a service as a file.
template <auto field>
constexpr Entry number(std::string_view name) {
  return {.name = name, .mode = generated::file_mode, .read = [](Thread&, Subject const& of, Text& to) -> Attempt<> {
    to.add("{}\n", ATTEMPT(describe(of.number)).*field);
    return ok;
  }};
}
template <auto field>
constexpr Entry detail(std::string_view name) {
  return {.name = name, .mode = generated::file_mode, .read = [](Thread&, Subject const& of, Text& to) -> Attempt<> {
    to.add("{}\n", ATTEMPT(system_port.on(System::Details{of.number}, Caller{})).*field);
    return ok;
  }};
}
/// What a function says of it.
template <auto say>
constexpr Entry text(std::string_view name) {
  return {.name = name, .mode = generated::file_mode, .read = [](Thread&, Subject const& of, Text& to) -> Attempt<> {
    Service const s = ATTEMPT(describe(of.number));
    to.add("{}\n", say(s));
    return ok;
  }};
}
Attempt<> show_domain(Thread&, Subject const& of, Text& to) {
  Service const s = ATTEMPT(describe(of.number));
  to.add("{}\n", name_in(s.domain));
  return ok;
}
std::string_view name_of(Service const& s) { return name_in(s.name); }
u64 memory_of(Service const& s) { return s.frames * page_bytes; }
u64 memory_limit_of(Service const& s) { return s.frame_limit * page_bytes; }
std::string_view death_of(Service const& s) { return to_string(Death(s.death)); }

Attempt<> put_name(char (&to)[System::name_bytes], std::string_view name) {
  if (name.empty() || name.size() >= sizeof to) return fail(Errno::invalid);
  std::fill(std::copy(name.begin(), name.end(), to), std::end(to), '\0');
  return ok;
}

Attempt<> move_service(Thread& self, Subject const& of, std::string_view text) {
  auto const domain = ATTEMPT(command(self, text));
  System::Move request{};
  request.side = u64(domain == "kernel" ? Placement::kernel : Placement::user);
  ATTEMPT(put_name(request.domain, domain));
  Service const service = ATTEMPT(describe(of.number));
  std::copy(std::begin(service.name), std::end(service.name), request.service);
  auto const report = ATTEMPT(system_port.on(request, Caller{}));
  // The personality itself goes when this request has left it; last_move tells.
  if (report.outcome && Error(report.outcome) != Error::would_block) return fail(from(Error(report.outcome)));
  return ok;
}

Attempt<> show_last_move(Thread&, Subject const& of, Text& to) {
  auto const m = ATTEMPT(system_port.on(System::LastMove{of.number}, Caller{}));
  to.add("number {}\noutcome {}\nwaited {}\ndrain_ticks {}\ndrain_ns {}\nswitch_ticks {}\nswitch_ns {}\n", m.number,
         Error(m.outcome), m.waited, m.drain_ticks, m.drain_ns, m.switch_ticks, m.switch_ns);
  if (*m.reason) to.add("reason {}\n", name_in(m.reason));
  return ok;
}

/// "kill", or "restart": which drains it before.
Attempt<> end_service(Thread& self, Subject const& of, std::string_view text) {
  auto const how = ATTEMPT(command(self, text));
  Service const service = ATTEMPT(describe(of.number));
  System::Kill kill{};
  System::Restart restart{};
  std::copy(std::begin(service.name), std::end(service.name), kill.service);
  std::copy(std::begin(service.name), std::end(service.name), restart.service);
  if (how == "kill") ATTEMPT(system_port.on(kill, Caller{}));
  else if (how == "restart") ATTEMPT(system_port.on(restart, Caller{}));
  else return fail(Errno::invalid);
  return ok;
}

constexpr Entry service_files[] = {
    {.name = "domain", .mode = u32(FileType::regular) | 0644, .read = show_domain, .write = move_service},
    {.name = "last_move", .mode = generated::file_mode, .read = show_last_move},
    text<name_of>("name"),
    text<side_of>("side"),
    text<state_of>("state"),
    text<memory_of>("memory"),
    text<memory_limit_of>("memory_limit"),
    text<dma_of>("dma"),
    text<death_of>("death"),
    number<&Service::slot>("slot"),
    number<&Service::calls>("calls"),
    number<&Service::messages>("messages"),
    number<&Service::switches>("switches"),
    number<&Service::faults>("faults"),
    number<&Service::dma_faults>("dma_faults"),
    number<&Service::restarts>("restarts"),
    number<&Service::restart_ticks>("restart_ticks"),
    number<&Service::answer_ticks>("answer_ticks"),
    number<&Service::restartable>("restartable"),
    number<&Service::capabilities>("capabilities"),
    number<&Service::activations>("activations"),
    detail<&Details::deaths>("deaths"),
    detail<&Details::recent_deaths>("recent_deaths"),
    detail<&Details::restart_limit>("restart_limit"),
    detail<&Details::restart_window_ns>("restart_window_ns"),
    detail<&Details::backoff_ns>("backoff_ns"),
    detail<&Details::given_up>("given_up"),
    detail<&Details::vector>("death_vector"),
    detail<&Details::address>("death_address"),
    detail<&Details::instruction>("death_instruction"),
    detail<&Details::moves>("moves"),
    detail<&Details::drain_limit_ns>("drain_limit_ns"),
    detail<&Details::hang_limit_ns>("hang_limit_ns"),
    detail<&Details::worker_budget_ns>("worker_budget_ns"),
    detail<&Details::worker_period_ns>("worker_period_ns"),
    {.name = "end", .mode = u32(FileType::regular) | 0200, .write = end_service},
};
constexpr Entry service_directory{.name = "", .mode = generated::directory_mode, .children = service_files};

}  // namespace

Attempt<Service> describe(u64 index) { return ATTEMPT(system_port.on(System::Describe{index}, Caller{})); }
Attempt<u64> service_count() { return ATTEMPT(system_port.on(System::Count{}, Caller{})).services; }

Attempt<std::string_view> command(Thread& self, std::string_view text) {
  if (!self.credentials->has(Capability::sys_admin)) return fail(Errno::not_permitted);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

Attempt<> make_services(Thread&, Subject const&, Text& to) {
  u64 const services = ATTEMPT(service_count());
  to.append("name         slot domain       side   state      calls   messages   switches faults  memory_kib dma\n");
  for (u64 i = 0; i < services; ++i) {
    Service const s = ATTEMPT(describe(i));
    to.add("{12} {4} {12} {6} {7} {8} {10} {10} {6} {11} {}\n", name_in(s.name), s.slot, name_in(s.domain), side_of(s), state_of(s), s.calls,
           s.messages, s.switches, s.faults, s.frames * (page_bytes / 1024), dma_of(s));
  }
  return ok;
}

Attempt<> make_map(Thread&, Subject const&, Text& to) {
  System::Count::Reply const counts = ATTEMPT(system_port.on(System::Count{}, Caller{}));
  for (u64 i = 0; i < counts.edges; ++i) {
    System::DescribeEdge::Reply const edge = ATTEMPT(system_port.on(System::DescribeEdge{i}, Caller{}));
    Service const client = ATTEMPT(describe(edge.client));
    if (edge.server >= counts.services) {
      to.add("{} placement {}\n", name_in(client.name), name_in(edge.role));
      continue;
    }
    Service const server = ATTEMPT(describe(edge.server));
    to.add("{} {} {}\n", name_in(client.name), name_in(server.name), name_in(edge.role));
  }
  return ok;
}

Attempt<> inject_fault(Thread& self, Subject const&, std::string_view text) {
  text = ATTEMPT(command(self, text));
  auto const word = [&text] {
    usize const blank = std::min(text.find(' '), text.size());
    auto const first = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    return first;
  };
  System::Fault request{};
  ATTEMPT(put_name(request.service, word()));
  auto const kind = word();
  request.after = text.empty() ? ~u64{0} : ATTEMPT(generated::number_in(text));
  for (request.kind = 0; request.kind < u64(Faults::Kind::count_); ++request.kind) {
    if (kind != to_string(Faults::Kind(request.kind))) continue;
    ATTEMPT(system_port.on(request, Caller{}));
    return ok;
  }
  return fail(Errno::invalid);
}

Attempt<> move_to_preset(Thread& self, Subject const&, std::string_view text) {
  System::MoveToPreset request{};
  ATTEMPT(put_name(request.preset, ATTEMPT(command(self, text))));
  if (ATTEMPT(system_port.on(request, Caller{})).refused) return fail(Errno::busy);
  return ok;
}

Attempt<Found> find_service(Thread&, Subject const&, std::string_view name) {
  u64 const services = ATTEMPT(service_count());
  for (u64 i = 0; i < services; ++i)
    if (name_in(ATTEMPT(describe(i)).name) == name) return Found{&service_directory, {.number = i}};
  return fail(Errno::no_entry);
}

Attempt<> list_services(Thread&, Subject const&, u64 from, Names& names) {
  u64 const services = ATTEMPT(service_count());
  for (u64 i = from; i < services; ++i) {
    Service const s = ATTEMPT(describe(i));
    if (!names.add(name_in(s.name), FileType::directory, i + 1)) break;
  }
  return ok;
}

}  // namespace hinge::linux_service::sysfs
