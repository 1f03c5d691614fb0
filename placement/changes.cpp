#include "placement/changes.hpp"

#include <algorithm>

#include "host/log.hpp"

namespace hinge::placement {

Result<> Changes::start(std::span<Instance> all, host::Table const* kernel_table, BootFiles& files, image::Provided const& served) {
  all_ = all;
  files_ = &files;
  TRY(mover_.start(all, kernel_table));
  wanted_ = TRY(host::event_create());
  finished_ = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&served), 1));
  return host::event_bind(wanted_, portal, Work::List::index<Work::Run>());
}

Result<> Changes::on(Work::Run const&, Caller const&) {
  mover_.move(job_.index, job_.side, job_.domain, job_.report);
  __atomic_store_n(&job_.waits, false, __ATOMIC_RELEASE);  // pairs with run
  return host::event_signal(finished_);
}

System::MoveReport Changes::run(u32 index, Placement side, std::string_view domain) {
  job_ = {index, side, domain, true, {}};
  job_.report.number = ++moves_;
  (void)host::event_signal(wanted_);
  // An asker that is killed meanwhile wakes early, and waits on: the job is in the worker's hands.
  while (__atomic_load_n(&job_.waits, __ATOMIC_ACQUIRE)) seen_ = host::event_wait(finished_, seen_, no_deadline).value_or(seen_);
  Guard guard{books_};
  return reports_[index] = job_.report;
}

Result<System::MoveReport> Changes::move(System::Move const& request) {
  auto const name = text_of(request.service), domain = text_of(request.domain);
  Placement const side = Placement(request.side);
  if (name.empty() || (side != Placement::kernel && (side != Placement::user || domain.empty()))) return fail(Error::invalid);
  for (u32 i = 0; i < all_.size(); ++i) {
    if (all_[i].service->name != name) continue;
    Guard guard{askers_};
    return run(i, side, domain);
  }
  return fail(Error::not_found);
}

Result<System::MoveReport> Changes::last(u64 index) {
  if (index >= all_.size()) return fail(Error::not_found);
  Guard guard{books_};
  return reports_[index];
}

Result<> Changes::read_preset(std::string_view name) {
  std::construct_at(&preset_);
  auto const file = format_to(preset_file_, "{}.place", name);
  if (!files_->open(file)) return fail(Error::not_found);
  auto read = parse(*files_, file, preset_);
  if (read) read = check(preset_);
  if (read) return ok;
  host::log("{}:{}: {}", read.error().file(), read.error().line(), read.error().text());
  return fail(Error::invalid);
}

Result<System::MoveToPreset::Reply> Changes::move_to(System::MoveToPreset const& request) {
  Guard guard{askers_};
  TRY(read_preset(text_of(request.preset)));
  System::MoveToPreset::Reply reply{};
  for (u32 wanted : preset_.order) {
    Service const& there = preset_.services[wanted];
    auto const here = std::find_if(all_.begin(), all_.end(), [&](Instance const& i) { return i.service->name == there.name; });
    Placement const side = there.kernel ? Placement::kernel : Placement::user;
    if (here == all_.end() || here->is_at(side, there.domain)) continue;
    auto const report = run(u32(here - all_.begin()), side, there.domain);
    ++(report.outcome ? reply.refused : reply.moved);
  }
  return reply;
}

void Changes::name_place(Instance const& instance, char (&to)[image::name_bytes]) {
  Guard guard{books_};
  std::string_view const name = instance.side == Placement::kernel ? "kernel" : text_of(instance.domain);
  std::fill(std::copy(name.begin(), name.end(), to), std::end(to), '\0');
}

}  // namespace hinge::placement
