#include "services/linux/events/inotify.hpp"

#include <cstring>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/name.hpp"

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::Notify> lock;

/// struct inotify_event, before its name.
struct Told {
  i32 number;
  u32 events, cookie, name_bytes;
};
static_assert(sizeof(Told) == 16);

}  // namespace

/// What is to be read: Told and the name, padded with zeros to the same alignment.
struct Inotify::Event {
  Event* next;
  Told told;
  [[nodiscard]] char* name() { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] u32 bytes() const { return sizeof(Told) + told.name_bytes; }
  static Event* make(Told told, std::string_view name) {
    told.name_bytes = name.empty() ? 0 : u32(align_up(name.size() + 1, sizeof(Told)));
    void* const at = host::allocate(sizeof(Event) + told.name_bytes);
    if (!at) return nullptr;
    auto* const event = new (at) Event{nullptr, told};
    std::memset(event->name(), 0, told.name_bytes);
    std::memcpy(event->name(), name.data(), name.size());
    return event;
  }
  [[nodiscard]] bool same_as(Event& other) {
    return std::memcmp(&told, &other.told, sizeof told) == 0 && std::memcmp(name(), other.name(), told.name_bytes) == 0;
  }
};

constinit std::atomic<u32> inotify::watch_count{0};

void Inotify::put(i32 number, u32 events, std::string_view name, u32 cookie) {
  Event* event = count_ < most_events ? Event::make({number, events, cookie, 0}, name) : nullptr;
  if (!event && !overflowed_) {
    event = Event::make({-1, inotify::overflow, 0, 0}, {});
    overflowed_ = true;
  }
  if (!event) return;
  if (last_ && last_->same_as(*event)) {
    host::release(event);
    return;
  }
  (last_ ? last_->next : first_) = event;
  last_ = event;
  ++count_;
  bytes_ += event->bytes();
  waiting_.wake_all();
  source_.notify(ready::readable);
}

/// Takes a watch off its inode and its owner; the caller destroys it without the lock, since its inode may end with it.
InotifyWatch* Inotify::unlink(InotifyWatch& watch, bool say_so) {
  InotifyWatch** at = &watch.inode->watches;
  while (*at != &watch) at = &(*at)->next_of_inode;
  *at = watch.next_of_inode;
  for (at = watch.owner ? &watch.owner->watches_ : nullptr; at && *at; at = &(*at)->next_of_owner)
    if (*at == &watch) {
      *at = watch.next_of_owner;
      break;
    }
  inotify::watch_count.fetch_sub(1, std::memory_order_relaxed);
  if (say_so && watch.owner) watch.owner->put(watch.number, inotify::ignored, {}, 0);
  return &watch;
}

void Inotify::dispose() {
  for (;;) {
    InotifyWatch* watch;
    {
      Guard guard{lock};
      if (!watches_) break;
      watch = unlink(*watches_, false);
    }
    host::destroy(watch);
  }
  while (Event* const event = first_) {
    first_ = event->next;
    host::release(event);
  }
  host::destroy(this);
}

Attempt<i32> Inotify::add(Inode& inode, u32 mask) {
  Guard guard{lock};
  u32 const events = mask & (inotify::all_events | inotify::once | inotify::not_removed);
  for (InotifyWatch* w = watches_; w; w = w->next_of_owner)
    if (w->inode.get() == &inode) {
      if (mask & inotify::must_be_new) return fail(Errno::exists);
      w->events = mask & inotify::add_to_mask ? w->events | events : events;
      return w->number;
    }
  InotifyWatch* const w = host::make<InotifyWatch>();
  if (!w) return fail(Errno::no_memory);
  w->owner = this;
  w->inode = Ref<Inode>{inode};
  w->number = ++last_number_;
  w->events = events;
  w->next_of_owner = std::exchange(watches_, w);
  w->next_of_inode = std::exchange(inode.watches, w);
  inotify::watch_count.fetch_add(1, std::memory_order_relaxed);
  return w->number;
}

Attempt<> Inotify::remove(i32 number) {
  InotifyWatch* found = nullptr;
  {
    Guard guard{lock};
    for (InotifyWatch* w = watches_; w && !found; w = w->next_of_owner)
      if (w->number == number) found = w;
    if (!found) return fail(Errno::invalid);
    unlink(*found, true);
  }
  host::destroy(found);
  return ok;
}

Value Inotify::read(Thread& self, Transfer& into, u64) {
  usize done = 0;
  for (;;) {
    Event* event = nullptr;
    {
      Guard guard{lock};
      if (first_ && first_->bytes() <= into.left()) {
        event = first_;
        first_ = event->next;
        if (!first_) last_ = nullptr;
        --count_;
        bytes_ -= event->bytes();
        if (event->told.events == inotify::overflow) overflowed_ = false;
      } else if (done) {
        return done;
      } else if (first_) {
        return Errno::invalid;
      } else {
        if (nonblocking()) return Errno::again;
        ATTEMPT(waiting_.enqueue(self));
      }
    }
    if (!event) return self.block();
    auto put = into.put_all(self, &event->told, sizeof event->told);
    if (put) put = into.put_all(self, event->name(), event->told.name_bytes);
    done += event->bytes();
    host::release(event);
    if (!put) return put.error();
  }
}

u32 Inotify::ready() {
  Guard guard{lock};
  return first_ ? ready::readable : 0;
}

Value Inotify::control(Thread& self, u32 request, u64 argument) {
  constexpr u32 bytes_to_read = 0x541b;
  if (request != bytes_to_read) return Errno::not_terminal;
  i32 bytes;
  {
    Guard guard{lock};
    bytes = i32(bytes_);
  }
  return copy_to_user(self, UserAddr{argument}, bytes);
}

void inotify::tell(Inode& inode, u32 events, std::string_view name, u32 cookie) {
  InotifyWatch* shot = nullptr;  // Watches that wanted to hear once; off the lists.
  {
    Guard guard{lock};
    for (InotifyWatch *w = inode.watches, *next; w; w = next) {
      next = w->next_of_inode;
      if (!(w->events & events & all_events)) continue;
      if (w->owner) w->owner->put(w->number, events, name, cookie);
      else signal_owner::tell(*w->directory, w->fd, signal_owner::message);
      if (!(w->events & once)) continue;
      Inotify::unlink(*w, true);
      w->next_of_inode = std::exchange(shot, w);
    }
  }
  while (InotifyWatch* const w = shot) {
    shot = w->next_of_inode;
    host::destroy(w);
  }
}

void inotify::tell_path(Path const& path, u32 events) {
  if (!path.name || path.name->negative()) return;
  Inode& inode = path.inode();
  if (inode.is_directory()) events |= directory;
  if (path.name->removed()) return tell(inode, events);
  if (Ref<Name> const parent = path.name->parent(); parent && parent->inode()) {
    char text[Name::max_bytes];
    usize const bytes = path.name->copy_text(text);
    tell(*parent->inode(), events, {text, bytes});
  }
  tell(inode, events);
}

void inotify::end_if_nameless(Thread& self, Inode& inode) {
  if (!any()) return;
  auto const status = inode.status(self);
  if (!inode.is_directory() && status && status->of.links) return;
  for (;;) {
    InotifyWatch* w;
    {
      Guard guard{lock};
      w = inode.watches;
      if (!w) return;
      if (w->owner && w->events & remove_self) w->owner->put(w->number, remove_self, {}, 0);
      Inotify::unlink(*w, true);
    }
    host::destroy(w);
  }
}

Attempt<> inotify::notify_owner(Thread& self, File& directory, i32 fd, u32 wanted) {
  constexpr u32 multishot = 0x8000'0000;
  struct { u32 asked, means; } constexpr table[] = {{1, access}, {2, modify}, {4, create | moved_to}, {8, remove | moved_from},
                                                    {0x10, moved_from}, {0x20, attributes}};  // DN_*
  if (!directory.inode() || !directory.inode()->is_directory()) return fail(Errno::not_directory);
  u32 events = 0;
  for (auto const [asked, means] : table)
    if (wanted & asked) events |= means;
  if (!events) {
    stop_notifying(self, directory);
    return ok;
  }
  ATTEMPT(signal_owner::set(self, directory, SignalOwner::Kind::process, self.process().pid));
  void const* const asker = self.process().descriptors.get();
  Inode& inode = *directory.inode();
  InotifyWatch* fresh = host::make<InotifyWatch>();
  if (!fresh) return fail(Errno::no_memory);
  {
    Guard guard{lock};
    InotifyWatch* w = inode.watches;
    while (w && (w->directory != &directory || w->table != asker)) w = w->next_of_inode;
    if (!w) {
      w = std::exchange(fresh, nullptr);
      w->inode = Ref<Inode>{inode};
      w->directory = &directory;
      w->table = asker;
      w->events = once;
      w->next_of_inode = std::exchange(inode.watches, w);
      watch_count.fetch_add(1, std::memory_order_relaxed);
    }
    w->fd = fd;
    w->events |= events;
    if (wanted & multishot) w->events &= ~once;
  }
  if (fresh) host::destroy(fresh);
  return ok;
}

void inotify::stop_notifying(Thread& self, File& directory) {
  InotifyWatch* w;
  {
    Guard guard{lock};
    w = directory.inode()->watches;
    while (w && (w->directory != &directory || w->table != self.process().descriptors.get())) w = w->next_of_inode;
    if (w) Inotify::unlink(*w, false);
  }
  if (w) host::destroy(w);
}

u32 inotify::new_cookie() {
  static constinit std::atomic<u32> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace hinge::linux_service
