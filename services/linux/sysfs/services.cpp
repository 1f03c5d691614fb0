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

template <usize N>
std::string_view name_in(char const (&field)[N]) {
  return {field, usize(std::find(field, field + N, '\0') - field)};
}

Attempt<Service> describe(u64 index) {
  return ATTEMPT(system_port.on(System::Describe{index}, Caller{}));
}
Attempt<u64> count() { return ATTEMPT(system_port.on(System::Count{}, Caller{})).services; }

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

/// One field of a service as a file.
enum class Field {
  name, domain, side, state, slot, calls, messages, switches, faults, memory, memory_limit, dma, dma_faults,
  restarts, restart_ticks, answer_ticks, restartable, death, capabilities, activations
};
template <Field field>
Attempt<> show(Thread&, Subject const& of, Text& to) {
  Service const s = ATTEMPT(describe(of.number));
  switch (field) {
    case Field::name: to.add("{}\n", name_in(s.name)); break;
    case Field::domain: to.add("{}\n", name_in(s.domain)); break;
    case Field::side: to.add("{}\n", side_of(s)); break;
    case Field::state: to.add("{}\n", state_of(s)); break;
    case Field::slot: to.add("{}\n", s.slot); break;
    case Field::calls: to.add("{}\n", s.calls); break;
    case Field::messages: to.add("{}\n", s.messages); break;
    case Field::switches: to.add("{}\n", s.switches); break;
    case Field::faults: to.add("{}\n", s.faults); break;
    case Field::memory: to.add("{}\n", s.frames * page_bytes); break;
    case Field::dma: to.add("{}\n", dma_of(s)); break;
    case Field::dma_faults: to.add("{}\n", s.dma_faults); break;
    case Field::memory_limit: to.add("{}\n", s.frame_limit * page_bytes); break;
    case Field::restarts: to.add("{}\n", s.restarts); break;
    case Field::restart_ticks: to.add("{}\n", s.restart_ticks); break;
    case Field::answer_ticks: to.add("{}\n", s.answer_ticks); break;
    case Field::restartable: to.add("{}\n", s.restartable); break;
    case Field::death: to.add("{}\n", Death(s.death)); break;
    case Field::capabilities: to.add("{}\n", s.capabilities); break;
    case Field::activations: to.add("{}\n", s.activations); break;
  }
  return ok;
}
template <Field field>
constexpr Entry file(std::string_view name) { return {.name = name, .mode = generated::file_mode, .read = show<field>}; }

/// What a line written to a file says; only an administrator's counts.
Attempt<std::string_view> command(Thread& self, std::string_view text) {
  if (!self.credentials->has(Capability::sys_admin)) return fail(Errno::not_permitted);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}
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
    {.name = "domain", .mode = u32(FileType::regular) | 0644, .read = show<Field::domain>, .write = move_service},
    {.name = "last_move", .mode = generated::file_mode, .read = show_last_move},
    file<Field::name>("name"),         file<Field::side>("side"),
    file<Field::state>("state"),       file<Field::slot>("slot"),         file<Field::calls>("calls"),
    file<Field::messages>("messages"), file<Field::switches>("switches"), file<Field::faults>("faults"),
    file<Field::memory>("memory"),     file<Field::memory_limit>("memory_limit"),
    file<Field::dma>("dma"),           file<Field::dma_faults>("dma_faults"),
    file<Field::restarts>("restarts"), file<Field::restart_ticks>("restart_ticks"),
    file<Field::restartable>("restartable"),
    file<Field::death>("death"),       file<Field::answer_ticks>("answer_ticks"),
    file<Field::capabilities>("capabilities"), file<Field::activations>("activations"),
    {.name = "end", .mode = u32(FileType::regular) | 0200, .write = end_service},
};
constexpr Entry service_directory{.name = "", .mode = generated::directory_mode, .children = service_files};

}  // namespace

Attempt<> make_services(Thread&, Subject const&, Text& to) {
  u64 const services = ATTEMPT(count());
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
  u64 const services = ATTEMPT(count());
  for (u64 i = 0; i < services; ++i)
    if (name_in(ATTEMPT(describe(i)).name) == name) return Found{&service_directory, {.number = i}};
  return fail(Errno::no_entry);
}

Attempt<> list_services(Thread&, Subject const&, u64 from, Names& names) {
  u64 const services = ATTEMPT(count());
  for (u64 i = from; i < services; ++i) {
    Service const s = ATTEMPT(describe(i));
    if (!names.add(name_in(s.name), FileType::directory, i + 1)) break;
  }
  return ok;
}

}  // namespace hinge::linux_service::sysfs
