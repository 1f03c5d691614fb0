#include "services/linux/files/flusher.hpp"

#include <atomic>

#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/mount.hpp"

namespace hinge::linux_service {
namespace {

constexpr u64 period_ns = 5'000'000'000, pause_ns = 1'000'000, pages_at_once = 2048;

constinit Handle event{};
constinit std::atomic<bool> waked{false}, hurried{false};
constinit std::atomic<u64> last_commit_ns{0};

void arm(u64 after_ns) {
  if (event != no_handle) (void)host::timer_set(event, host::clock() + after_ns, 0);
}

}  // namespace

Result<> Flusher::start(image::Provided const& provided) {
  host::SystemInfo system{};
  TRY(host::system_info(&system));
  constexpr u64 share_of_memory = 5;
  DirtyList::set_limit(system.frames_total / share_of_memory);
  Handle const made = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&provided), 1));
  TRY(host::event_bind(made, portal, 0));
  event = made;
  return ok;
}

void Flusher::wake() {
  if (!waked.exchange(true, std::memory_order_acq_rel)) arm(period_ns);
}

void Flusher::hurry() {
  if (!hurried.exchange(true, std::memory_order_acq_rel)) arm(0);
}

Result<> Flusher::on(Flush::Due const&, Caller const&) {
  // What becomes dirty from here on asks for another time.
  waked.store(false, std::memory_order_release);
  hurried.store(false, std::memory_order_release);
  Guard guard{write_back_lock};
  bool const more = DirtyList::write_some(pages_at_once) >= pages_at_once;
  u64 const now = host::clock();
  if (!more || now - last_commit_ns.load(std::memory_order_relaxed) >= period_ns) {
    last_commit_ns.store(now, std::memory_order_relaxed);
    for (u32 i = 0; auto const superblock = MountTable::superblock(i); ++i) superblock->commit_changes();
  }
  if (more && !waked.exchange(true, std::memory_order_acq_rel)) arm(pause_ns);
  return ok;
}

}  // namespace hinge::linux_service
