#include "placement/supervisor.hpp"

#include <algorithm>

#include "base/ticks.hpp"
#include "host/log.hpp"
#include "iface/lifecycle.hpp"
#include "placement/devices.hpp"

namespace hinge::placement {
namespace {

constexpr u32 running = 1, died = 2;   // SlotInfo::state
constexpr u64 longest_backoff_ns = 5'000'000'000, nap_ns = 1'000'000;
constexpr u64 longest_look_away_ns = 5'000'000;  // While somebody waits: another's death has no other way to be seen.

/// Before the restart after the `recent`th death in the window.
u64 backoff(Recovery const& policy, u32 recent) {
  return recent < 2 ? 0 : std::min(policy.backoff_ns << std::min(recent - 2, 16u), longest_backoff_ns);
}

Result<host::SlotInfo> info_of(Instance const& i) {
  host::SlotInfo info;
  TRY(host::slot_info(i.slot, &info));
  return info;
}

}  // namespace

Result<> Supervisor::start(std::span<Instance> all, std::span<u32 const> order, host::Table const* kernel_table,
                           BootFiles const& files, image::Provided const& served) {
  all_ = all;
  order_ = order;
  kernel_table_ = kernel_table;
  files_ = &files;
  never_ = TRY(host::event_create());
  died_ = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&served), 1));
  TRY(host::event_bind(died_, portal, Deaths::List::index<Deaths::Died>()));
  for (Instance const& i : all_)
    if (i.service->recovery.restarts) TRY(host::slot_watch(i.slot, died_));
  return ok;
}

Result<u32> Supervisor::find(std::string_view service) const {
  for (u32 i = 0; i < all_.size(); ++i)
    if (all_[i].service->name == service) return i;
  return fail(Error::not_found);
}

Result<> Supervisor::kill(std::string_view service) {
  u32 const index = TRY(find(service));
  Guard guard{change_};  // Not between its placing and its start: who starts it would wait for itself.
  return host::slot_kill(all_[index].slot, Death::kill);
}

Result<> Supervisor::restart(std::string_view service) {
  u32 const index = TRY(find(service));
  Instance const& i = all_[index];
  if (!i.service->recovery.restarts || i.service->recovery.leave >> u32(Death::kill) & 1) return fail(Error::not_supported);
  {
    Guard guard{change_};
    if (i.side != Placement::user || TRY(info_of(i)).state != running) return fail(Error::invalid);
    u64 const limit = host::clock() + i.service->drain_limit_ns;
    for (u64 inside = TRY(host::slot_admit(i.slot, false)); inside && host::clock() < limit;)
      inside = TRY(host::slot_drain(i.slot, host::clock() + nap_ns));
    TRY(host::slot_kill(i.slot, Death::kill));
  }
  for (;;) {
    nap(nap_ns);
    Guard guard{change_};
    if (TRY(info_of(i)).state == running) return ok;
    Guard books{books_};
    if (lives_[index].given_up) return fail(Error::peer_died);
  }
}

void Supervisor::describe(u32 index, System::Describe::Reply& reply) {
  Guard guard{books_};
  Life const& life = lives_[index];
  reply.restarts = life.restarts;
  reply.restart_ticks = life.restart_ticks;
  reply.restartable = all_[index].service->recovery.restarts && !life.given_up;
}

void Supervisor::describe(u32 index, System::Details::Reply& reply) {
  Guard guard{books_};
  Life const& life = lives_[index];
  Recovery const& policy = all_[index].service->recovery;
  u32 const now = recent(index, host::clock());
  reply.deaths = life.deaths;
  reply.recent_deaths = now;
  reply.restart_limit = policy.restarts;
  reply.restart_window_ns = policy.window_ns;
  reply.backoff_ns = backoff(policy, now + 1);
  reply.given_up = life.given_up;
}

Result<> Supervisor::on(Deaths::Died const&, Caller const&) {
  for (;;) {
    u64 wait_ns;
    {
      Guard guard{change_};
      wait_ns = attend();
    }
    if (!wait_ns) return ok;
    nap(std::min(wait_ns, longest_look_away_ns));
  }
}

u64 Supervisor::attend() {
  u64 wait = 0;
  for (u32 i : order_) {
    if (!awaits(i)) continue;
    Group const group = group_of(i);
    u64 due_ns;
    {
      Guard guard{books_};
      due_ns = lives_[i].judged ? lives_[i].due_ns : 0;
    }
    if (!due_ns) {
      judge(group);
      if (!awaits(i)) continue;
      Guard guard{books_};
      due_ns = lives_[i].due_ns;
    }
    u64 const now = host::clock();
    u64 const left = now < due_ns ? due_ns - now : 1;  // It may die again at once: there is always another look.
    if (now >= due_ns) recover(group);
    wait = wait ? std::min(wait, left) : left;
  }
  return wait;
}

bool Supervisor::awaits(u32 index) {
  if (!all_[index].service->recovery.restarts) return false;
  {
    Guard guard{books_};
    if (lives_[index].given_up) return false;
  }
  auto const info = info_of(all_[index]);
  return info && info->state == died;
}

Supervisor::Group Supervisor::group_of(u32 index) const {
  Group group;
  for (u32 i : order_)
    if (all_[i].shares_domain(all_[index])) (void)group.add(i);
  return group;
}

u32 Supervisor::recent(u32 index, u64 now_ns) const {
  Life const& life = lives_[index];
  u32 sum = 0;
  for (u32 i = 0; i < std::min(life.counted, Recovery::most); ++i) sum += now_ns - life.at_ns[i] < all_[index].service->recovery.window_ns;
  return sum;
}

Result<u64> Supervisor::judge(u32 index, Death why, u64 now_ns) {
  Recovery const& policy = all_[index].service->recovery;
  Guard guard{books_};
  Life& life = lives_[index];
  ++life.deaths;
  if (!policy.restarts || policy.leave >> u32(why) & 1) return fail(Error::not_permitted);
  if (why == Death::kill) return 0;   // Which says nothing about the service.
  life.at_ns[life.counted++ % Recovery::most] = now_ns;
  u32 const now = recent(index, now_ns);
  if (now > policy.restarts || (now == Recovery::most && life.counted > Recovery::most)) return fail(Error::quota);
  return backoff(policy, now);
}

void Supervisor::judge(Group const& group) {
  auto const info = info_of(all_[group[0]]);
  Death const why = info ? info->death : Death::fault;
  u64 const now = host::clock();
  u64 wait = 0;
  for (u32 i : group) {
    auto const judged = judge(i, why, now);
    if (!judged) return give_up(group, judged.error() == Error::quota ? "it dies too often" : "the manifest leaves it dead");
    wait = std::max(wait, *judged);
  }
  Guard guard{books_};
  for (u32 i : group) {
    lives_[i].judged = true;
    lives_[i].due_ns = now + wait;
  }
}

void Supervisor::recover(Group const& group) {
  auto const info = info_of(all_[group[0]]);
  {
    Guard guard{books_};
    for (u32 i : group) lives_[i].judged = false;
  }
  if (auto const revived = revive(group); !revived) {
    // It died in its start, or is waiting in it, perhaps for a server that has died: the next look finds both dead, and the
    // server comes back first.
    auto const now = info_of(all_[group[0]]);
    bool const dead = (now && now->state == died) || host::slot_kill(all_[group[0]].slot, Death::hang);
    if (dead) return host::log("{} died as it came back", all_[group[0]].service->name);
    return give_up(group, revived.error().text());
  }
  for (u32 i : group) {
    auto const now = info_of(all_[i]);
    Guard guard{books_};
    ++lives_[i].restarts;
    if (now) lives_[i].restart_ticks = ticks() - now->died_at;
    host::log("{} is back after {}, restart {}", all_[i].service->name, to_string(info ? info->death : Death::fault), lives_[i].restarts);
  }
}

void Supervisor::give_up(Group const& group, std::string_view why) {
  for (u32 i : group) {
    (void)host::slot_watch(all_[i].slot, no_handle);
    host::log("{} stays dead: {}", all_[i].service->name, why);
    cut_off_devices(all_[i], all_);
    Guard guard{books_};
    lives_[i].given_up = true;
  }
}

}  // namespace hinge::placement
