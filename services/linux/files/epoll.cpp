#include "services/linux/files/epoll.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::Readiness> readiness;
constexpr u32 always = ready::error | ready::hang_up;

template <Watch* Watch::* next>
void take_off(Watch*& first, Watch& watch) {
  for (Watch** link = &first; *link; link = &((*link)->*next))
    if (*link == &watch) {
      *link = watch.*next;
      return;
    }
}

}  // namespace

PollSource::~PollSource() {
  Epoll::source_ends(*this);
  if (__atomic_load_n(&notes_, __ATOMIC_RELAXED)) end_notes();
}

void PollSource::notify_watches(u32 events) {
  Guard guard{readiness};
  Epoll::notify(*this, events, 0);
}

void Epoll::notify(PollSource& source, u32 events, u32 depth) {
  for (Watch* w = source.watches_; w; w = w->next_in_source)
    if (w->set && !w->disabled && (events & (w->events | always))) w->set->queue(*w, depth);
}

void Epoll::queue(Watch& watch, u32 depth) {
  if (watch.queued) return;
  watch.queued = true;
  watch.retain();
  watch.next_ready = nullptr;
  (last_ready_ ? last_ready_->next_ready : first_ready_) = &watch;
  last_ready_ = &watch;
  ++ready_count_;
  if (!source_.waiters.idle()) source_.waiters.wake_all();
  if (depth < deepest) notify(source_, ready::readable, depth + 1);
}

Watch* Epoll::find(File const& file, i32 fd) const {
  for (Watch* w = first_; w; w = w->next_in_set)
    if (w->file == &file && w->fd == fd) return w;
  return nullptr;
}

/// Off the set, the source and the file. The ready list lets go of it when it comes by.
void Epoll::unlink(Watch& watch) {
  if (watch.source) take_off<&Watch::next_in_source>(watch.source->watches_, watch);
  take_off<&Watch::next_in_file>(watch.file->watched_, watch);
  take_off<&Watch::next_in_set>(watch.set->first_, watch);
  watch.set = nullptr;
  watch.source = nullptr;
}

bool Epoll::reaches(Epoll const& target, u32 depth) const {
  if (this == &target || depth > deepest) return true;
  for (Watch const* w = first_; w; w = w->next_in_set)
    if (Epoll const* const inner = w->file->epoll(); inner && inner->reaches(target, depth + 1)) return true;
  return false;
}

Attempt<> Epoll::add(File& file, i32 fd, EpollEvent const& event) {
  PollSource* const source = file.poll_source();
  if (!source) return fail(Errno::not_permitted);
  Ref<Watch> const watch = host::make_ref<Watch>();
  if (!watch) return fail(Errno::no_memory);
  {
    Guard guard{readiness};
    if (find(file, fd)) return fail(Errno::exists);
    if (Epoll const* const inner = file.epoll(); inner && inner->reaches(*this, 0)) return fail(Errno::loop);
    watch->set = this;
    watch->file = &file;
    watch->source = source;
    watch->fd = fd;
    watch->events = event.events;
    watch->data = event.data;
    watch->retain();
    watch->next_in_set = std::exchange(first_, watch.get());
    watch->next_in_file = std::exchange(file.watched_, watch.get());
    watch->next_in_source = source->watches_;
    // Relaxed: see PollSource::notify.
    __atomic_store_n(&source->watches_, watch.get(), __ATOMIC_RELAXED);
  }
  bool const now = file.ready() & (event.events | always);
  Guard guard{readiness};
  if (now && watch->set) queue(*watch, 0);
  return ok;
}

Attempt<> Epoll::modify(File& file, i32 fd, EpollEvent const& event) {
  Ref<Watch> watch;
  {
    Guard guard{readiness};
    Watch* const found = find(file, fd);
    if (!found) return fail(Errno::no_entry);
    if ((found->events | event.events) & exclusive) return fail(Errno::invalid);
    found->events = event.events;
    found->data = event.data;
    found->disabled = false;
    watch = Ref<Watch>{*found};
  }
  bool const now = file.ready() & (event.events | always);
  Guard guard{readiness};
  if (now && watch->set) queue(*watch, 0);
  return ok;
}

Attempt<> Epoll::remove(File& file, i32 fd) {
  Ref<Watch> watch;
  Guard guard{readiness};
  Watch* const found = find(file, fd);
  if (!found) return fail(Errno::no_entry);
  unlink(*found);
  watch = Ref<Watch>::adopt(found);
  return ok;
}

u32 Epoll::collect(EpollEvent* to, u32 room) {
  u32 found = 0;
  u32 looks;
  {
    Guard guard{readiness};
    looks = ready_count_;
  }
  // Each watch on the list is looked at once; level-triggered ones go back to its end.
  for (; looks > 0 && found < room; --looks) {
    Ref<Watch> watch;
    Ref<File> file;
    u32 wanted = 0;
    u64 data = 0;
    {
      Guard guard{readiness};
      Watch* const w = first_ready_;
      if (!w) break;
      first_ready_ = w->next_ready;
      if (!first_ready_) last_ready_ = nullptr;
      --ready_count_;
      w->queued = false;
      watch = Ref<Watch>::adopt(w);
      if (w->set && !w->disabled && w->file->retain_if_alive()) {
        file = Ref<File>::adopt(w->file);
        wanted = w->events;
        data = w->data;
      }
    }
    if (!file) continue;
    u32 const events = file->ready() & (wanted | always);
    if (!events) continue;
    {
      Guard guard{readiness};
      if (!watch->set) continue;
      if (wanted & one_shot) watch->disabled = true;
      else if (!(wanted & edge)) queue(*watch, deepest);
    }
    to[found++] = {events, data};
  }
  return found;
}

u32 Epoll::ready() {
  // Asks each watch on the list once, and puts back what is ready.
  u32 looks;
  {
    Guard guard{readiness};
    looks = ready_count_;
  }
  for (; looks > 0; --looks) {
    Ref<Watch> watch;
    Ref<File> file;
    u32 wanted = 0;
    {
      Guard guard{readiness};
      Watch* const w = first_ready_;
      if (!w) return 0;
      if (w->set && !w->disabled && w->file->retain_if_alive()) {
        file = Ref<File>::adopt(w->file);
        wanted = w->events;
      }
      watch = Ref<Watch>{*w};
    }
    if (file && (file->ready() & (wanted | always))) return ready::readable;
    Guard guard{readiness};
    if (first_ready_ != watch.get()) continue;
    first_ready_ = watch->next_ready;
    if (!first_ready_) last_ready_ = nullptr;
    --ready_count_;
    watch->queued = false;
    (void)watch->drop();
  }
  return 0;
}

void Epoll::file_ends(File& file) {
  // Nobody can add a watch any more: that needs a reference to the file.
  if (!__atomic_load_n(&file.watched_, __ATOMIC_RELAXED)) return;
  for (;;) {
    Ref<Watch> watch;
    Guard guard{readiness};
    Watch* const w = file.watched_;
    if (!w) return;
    unlink(*w);
    watch = Ref<Watch>::adopt(w);
  }
}

void Epoll::source_ends(PollSource& source) {
  if (!__atomic_load_n(&source.watches_, __ATOMIC_RELAXED)) return;
  Guard guard{readiness};
  for (Watch* w = source.watches_; w; w = w->next_in_source) w->source = nullptr;
  source.watches_ = nullptr;
}

void Epoll::dispose() {
  for (;;) {
    Ref<Watch> watch;
    Guard guard{readiness};
    if (!first_) break;
    Watch* const w = first_;
    unlink(*w);
    watch = Ref<Watch>::adopt(w);
  }
  {
    Guard guard{readiness};
    while (Watch* const w = first_ready_) {
      first_ready_ = w->next_ready;
      (void)Ref<Watch>::adopt(w);
    }
  }
  host::destroy(this);
}

usize Epoll::describe(char* to, usize room) {
  constexpr std::string_view text = "anon_inode:[eventpoll]";
  usize const n = std::min(room, text.size());
  std::memcpy(to, text.data(), n);
  return n;
}

}  // namespace hinge::linux_service
