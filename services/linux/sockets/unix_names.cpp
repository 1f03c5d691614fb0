#include "services/linux/sockets/unix_names.hpp"

#include <cstring>

#include "base/format.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/walk.hpp"
#include "services/linux/sockets/endpoint.hpp"

namespace hinge::linux_service {

UnixName::UnixName(SocketType t, std::string_view text, Path p) : type{t}, place{std::move(p)}, bytes_{u32(text.size())} {
  std::memcpy(text_, text.data(), text.size());
}

namespace unix_names {
namespace {

constexpr u32 buckets = 256;
constinit Mutex<rank::SocketNames> lock;
constinit UnixName* table[buckets] HINGE_GUARDED_BY(lock);
constinit Endpoint* first_listed HINGE_GUARDED_BY(lock) = nullptr;
constinit Endpoint* last_listed HINGE_GUARDED_BY(lock) = nullptr;

/// Paths are known by their inode, abstract names by type and text.
u32 hash(Inode const* inode, SocketType type, std::string_view text) {
  u64 h = inode ? reinterpret_cast<u64>(inode) >> 4 : u64(type);
  if (!inode)
    for (char const c : text) h = h * 31 + u8(c);
  return u32(h * 0x9e37'79b9'7f4a'7c15 >> 56);
}
u32 hash(UnixName const& n) { return hash(n.abstract() ? nullptr : &n.place.inode(), n.type, n.text()); }

UnixName* find_abstract(SocketType type, std::string_view text) HINGE_REQUIRES(lock) {
  for (UnixName* n = table[hash(nullptr, type, text)]; n; n = n->next)
    if (n->abstract() && n->type == type && n->text() == text) return n;
  return nullptr;
}

void put(UnixName& name, Endpoint& owner) HINGE_REQUIRES(lock) {
  UnixName*& chain = table[hash(name)];
  name.owner = &owner;
  name.next = std::exchange(chain, &name);
}

Attempt<Ref<UnixName>> bind_abstract(Endpoint& owner, SocketType type, std::string_view text) {
  auto name = host::make_ref<UnixName>(type, text, Path{});
  if (!name) return fail(Errno::no_memory);
  Guard guard{lock};
  if (find_abstract(type, text)) return fail(Errno::address_in_use);
  put(*name, owner);
  return name;
}

/// Five hexadecimal digits that nobody has.
Attempt<Ref<UnixName>> bind_any(Endpoint& owner, SocketType type) {
  static constinit std::atomic<u32> next{0};
  constexpr u32 all = 1 << 20;
  for (u32 i = 0; i < all; ++i) {
    char text[6] = {};
    (void)format_to(std::span<char>{text + 1, 5}, "{05x}", next.fetch_add(1, std::memory_order_relaxed) % all);
    auto name = bind_abstract(owner, type, {text, sizeof text});
    if (name || name.error() != Errno::address_in_use) return name;
  }
  return fail(Errno::no_space);
}

Attempt<Ref<UnixName>> bind_path(Thread& self, Endpoint& owner, SocketType type, std::string_view text) {
  Walk walk{self, self.process().fs->cwd()};
  ATTEMPT(walk.to_last(text));
  if (walk.last_kind() != Walk::Last::name) return fail(Errno::address_in_use);
  if (!ATTEMPT(walk.look_up_last()).name->negative()) return fail(Errno::address_in_use);
  if (walk.trailing_slash()) return fail(Errno::no_entry);
  auto made = make_node(self, walk.directory(), walk.last(), u32(FileType::socket) | 0777, 0);
  if (!made) return fail(made.error() == Errno::exists ? Errno::address_in_use : made.error());
  auto name = host::make_ref<UnixName>(type, text, Path{walk.directory().mount, *made});
  if (!name) return fail(Errno::no_memory);
  Guard guard{lock};
  put(*name, owner);
  return name;
}

}  // namespace

Attempt<std::string_view> text_of(SocketAddress const& address) {
  if (address.bytes < sizeof(u16) || address.bytes > sizeof(u16) + UnixName::most || address.family() != family_unix) return fail(Errno::invalid);
  std::string_view const text{address.data + sizeof(u16), address.bytes - sizeof(u16)};
  if (text.empty() || text[0] == 0) return text;
  return text.substr(0, text.find('\0'));
}

void show(UnixName const* name, SocketAddress& to) {
  u16 const family = family_unix;
  std::memcpy(to.data, &family, sizeof family);
  to.bytes = sizeof family;
  if (!name) return;
  std::memcpy(to.data + to.bytes, name->text().data(), name->text().size());
  to.bytes += u32(name->text().size());
  if (!name->abstract()) to.data[to.bytes++] = 0;
}

Attempt<Ref<UnixName>> bind(Thread& self, Endpoint& owner, SocketType type, std::string_view text) {
  if (text.empty()) return bind_any(owner, type);
  return text[0] == 0 ? bind_abstract(owner, type, text) : bind_path(self, owner, type, text);
}

Attempt<Ref<Endpoint>> find(Thread& self, SocketType type, std::string_view text) {
  if (text.empty()) return fail(Errno::invalid);
  if (text[0] == 0) {
    Guard guard{lock};
    UnixName const* const name = find_abstract(type, text);
    if (!name) return fail(Errno::connection_refused);
    return Ref<Endpoint>{*name->owner};
  }
  Walk walk{self, self.process().fs->cwd()};
  Path const place = ATTEMPT(walk.whole(text, true));
  Inode const& inode = place.inode();
  ATTEMPT(check_permission(*self.credentials, inode, may::write));
  if (inode.type() != FileType::socket) return fail(Errno::connection_refused);
  Guard guard{lock};
  for (UnixName const* n = table[hash(&inode, type, {})]; n; n = n->next) {
    if (n->abstract() || &n->place.inode() != &inode) continue;
    if (n->type != type) return fail(Errno::wrong_socket_type);
    return Ref<Endpoint>{*n->owner};
  }
  return fail(Errno::connection_refused);
}

void forget(UnixName& name, Endpoint& owner) {
  Guard guard{lock};
  if (name.owner != &owner) return;
  name.owner = nullptr;
  UnixName** at = &table[hash(name)];
  while (*at != &name) at = &(*at)->next;
  *at = name.next;
}

void list(Endpoint& e) {
  Guard guard{lock};
  e.previous_listed = last_listed;
  (last_listed ? last_listed->next_listed : first_listed) = &e;
  last_listed = &e;
}

void unlist(Endpoint& e) {
  Guard guard{lock};
  (e.previous_listed ? e.previous_listed->next_listed : first_listed) = e.next_listed;
  (e.next_listed ? e.next_listed->previous_listed : last_listed) = e.previous_listed;
}

Ref<Endpoint> next_listed(u64 number) {
  Guard guard{lock};
  for (Endpoint* e = first_listed; e; e = e->next_listed)
    if (e->number > number && e->retain_if_alive()) return Ref<Endpoint>::adopt(e);
  return nullptr;
}

}  // namespace unix_names
}  // namespace hinge::linux_service
