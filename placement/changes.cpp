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

namespace {

/// Whoever asks for anything is inside the personality.
bool is_personality(Instance const& i) {
  return std::any_of(i.service->grants.begin(), i.service->grants.end(), [](Grant const& g) { return g.kind == GrantKind::caller_view; });
}

void put_name(char (&to)[image::name_bytes], std::string_view name) {
  std::fill(std::copy(name.begin(), name.end(), to), std::end(to), '\0');
}

}  // namespace

Result<> Changes::on(Work::Run const&, Caller const&) {
  {
    Guard guard{change_};
    mover_.move(job_.index, job_.side, text_of(job_.domain), job_.report);
  }
  {
    Guard guard{books_};
    reports_[job_.index] = job_.report;
  }
  working_.store(false, std::memory_order_release);  // pairs with run
  return host::event_signal(finished_);
}

Result<System::MoveReport> Changes::run(u32 index, Placement side, std::string_view domain) {
  if (working_.load(std::memory_order_acquire)) return fail(Error::busy);
  job_ = {index, side, {}, {}};
  put_name(job_.domain, domain);
  job_.report.number = ++moves_;
  {
    Guard guard{books_};
    reports_[index] = job_.report;
    reports_[index].outcome = u64(Error::would_block);
    ++moves_of_[index];
  }
  working_.store(true, std::memory_order_release);
  TRY(host::event_signal(wanted_));
  // An asker that is killed meanwhile wakes early, and waits on: the job is in the worker's hands.
  while (!is_personality(all_[index]) && working_.load(std::memory_order_acquire))
    seen_ = host::event_wait(finished_, seen_, no_deadline).value_or(seen_);
  Guard guard{books_};
  return reports_[index];
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

u64 Changes::moves_of(u32 index) {
  Guard guard{books_};
  return moves_of_[index];
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
    auto const report = TRY(run(u32(here - all_.begin()), side, there.domain));
    bool const goes = !report.outcome || Error(report.outcome) == Error::would_block;
    ++(goes ? reply.moved : reply.refused);
  }
  return reply;
}

void Changes::name_place(Instance const& instance, char (&to)[image::name_bytes]) {
  Guard guard{books_};
  put_name(to, instance.side == Placement::kernel ? "kernel" : text_of(instance.domain));
}

}  // namespace hinge::placement
