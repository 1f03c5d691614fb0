// Interfaces declared once: a method *is* its request struct. This header turns a list of request structs into the
// dispatcher, the proxies for a boundary, and Port<I>, the re-bindable handle through which services call each other.
//
//     struct Console {
//       struct Write { using Reply = u64; Buffer from; };
//       using List = Calls<Write>;
//     };
//     server:  Result<u64> on(Console::Write const&, Caller const&);
//     client:  u64 n = TRY(console.on(Console::Write{...}, caller));
//
// A request that carries payload begins with its Buffers and says how many: `static constexpr u32 buffers = 1;`.
//
// Requests and replies are trivially copyable, hold no padding and no pointers, and fit 64 words. Enums in them must be
// checked by the handler: the other side may send any bits.
#pragma once

#include <bit>
#include <concepts>
#include <string_view>
#include <type_traits>

#include "host/host.hpp"
#include "host/process/proxy.hpp"

namespace hinge {

namespace host {
/// Calls method `index` the way the port was bound before its calls were recorded, and records that (host/trace.cpp).
Error traced_call(image::PortBinding& binding, u32 index, std::string_view method, void const* request, void* reply, Caller const& caller);
}

namespace detail {

template <class T>
inline constexpr bool wire_form =
    std::is_trivially_copyable_v<T> &&
    (std::is_empty_v<T> || (std::has_unique_object_representations_v<T> && sizeof(T) <= native::max_words * 8));

template <class T>
inline constexpr u32 words_of = std::is_empty_v<T> ? 0 : (sizeof(T) + 7) / 8;

template <class M>
consteval u32 buffers_of() {
  if constexpr (requires { M::buffers; }) return M::buffers;
  else return 0;
}

template <class T>
consteval std::string_view type_name() { return __PRETTY_FUNCTION__; }
/// "BlockDevice::Read": the type without its namespace.
template <class T>
consteval std::string_view method_name() {
  std::string_view name = type_name<T>();
  name.remove_suffix(1);
  name.remove_prefix(name.find("T = ") + 4);
  return name.starts_with("hinge::") ? name.substr(7) : name;
}

/// FNV-1a, 64 bits (IETF draft-eastlake-fnv).
constexpr u64 hash(std::string_view text, u64 seed = 0xcbf29ce484222325) {
  for (char c : text) seed = (seed ^ u8(c)) * 0x100000001b3;
  return seed;
}

}  // namespace detail

namespace detail {

template <class T>
inline constexpr bool whole_words = std::is_empty_v<T> || sizeof(T) % 8 == 0;

template <class M>
inline constexpr bool fits_registers = words_of<M> <= native::register_words && words_of<typename M::Reply> <= native::register_words;


/// A call to a peer in the same domain: through the gate, see image::PortBinding. Whoever finds the binding changed goes
/// the way it now says.
template <u32 Index>
Error direct(void* instance, void const* request, void* reply, Caller const& caller) {
  auto& binding = *static_cast<image::PortBinding*>(instance);
  auto& inside = binding.shard(caller.thread).inside;
  inside.fetch_add(1, std::memory_order_seq_cst);
  if (auto const now = binding.methods.load(std::memory_order_seq_cst); now != binding.direct) [[unlikely]] {
    inside.fetch_sub(1, std::memory_order_release);
    return now[Index](instance, request, reply, caller);
  }
  Error const e = binding.peer[Index](binding.instance, request, reply, caller);
  inside.fetch_sub(1, std::memory_order_release);  // pairs with the mover, who finds all that the call did
  return e;
}

/// Sends a request to a portal through the host table. `flags`: repeated, or 0. The status word.
inline constexpr u32 repeated = 1 << 18;
template <class M, u32 Index>
u64 send(Handle portal, u32 flags, void const* request, void* reply, Caller const& caller) {
  constexpr u32 in = words_of<M>, out = words_of<typename M::Reply>, granted = buffers_of<M>();
  // A long call wants room for the longest reply. Words that say nothing cross as zero.
  u64 words[fits_registers<M> ? native::register_words : native::max_words];
  if constexpr (in < native::register_words) __builtin_memset(words, 0, native::register_words * 8);
  else words[in - 1] = 0;
  if constexpr (in) __builtin_memcpy(words, request, sizeof(M));
  u64 const r = host::table().call(portal, Index, in | granted << 8 | u32(!fits_registers<M>) << 16 | flags, words, caller);
  if constexpr (out)
    if (r == u64{out} << 8) __builtin_memcpy(reply, words, sizeof(typename M::Reply));
  return r;
}

/// What a status word that is not "done, with as many words as there should be" comes down to. One that makes no sense is
/// its service's fault, and reported: it may come back in its right mind.
[[gnu::noinline, gnu::cold]] inline Error failed(Handle portal, u64 status) {
  Error const e = Error(u8(status));
  if (e != Error::none && e < Error::count_) return e;
  return host::portal_blame(portal, status) ? Error::peer_restarts : Error::corrupt;
}

template <class M, u32 Index, bool InRegisters>
Error proxy(void* instance, void const* request, void* reply, Caller const& caller) {
  constexpr u32 in = words_of<M>, out = words_of<typename M::Reply>, granted = buffers_of<M>();
  Handle const portal = static_cast<image::PortBinding const*>(instance)->portal;
  u64 r;
  if constexpr (InRegisters && whole_words<M> && whole_words<typename M::Reply>) {
    if (caller.deadline_ns == no_deadline) [[likely]] {
      r = host::call_in_registers<in, out>(portal, Index, granted, static_cast<u64 const*>(request), static_cast<u64*>(reply));
      if (r != u64{out} << 8) [[unlikely]] return failed(portal, r);
      return Error::none;
    }
  }
  r = send<M, Index>(portal, 0, request, reply, caller);
  if (r != u64{out} << 8) [[unlikely]] return failed(portal, r);
  return Error::none;
}

/// After peer_restarts: the request is sent to the peer's next life, as Reason::repeated, until there is an answer or the peer
/// is given up (peer_died). So a call is answered exactly once, whatever happens to the peer.
template <class M, u32 Index>
[[gnu::noinline, gnu::cold]] Error send_again(Handle portal, void const* request, void* reply, Caller const& caller) {
  for (;;) {
    u64 const r = send<M, Index>(portal, repeated, request, reply, caller);
    if (r == u64{words_of<typename M::Reply>} << 8) return Error::none;
    if (Error const e = failed(portal, r); e != Error::peer_restarts) return e;
  }
}

template <class M, u32 Index>
Error traced(void* instance, void const* request, void* reply, Caller const& caller) {
  static constexpr std::string_view name = method_name<M>();
  return host::traced_call(*static_cast<image::PortBinding*>(instance), Index, name, request, reply, caller);
}

/// For who brings the peer back: its death ends the call.
template <class M, u32 Index>
Error single(void* instance, void const* request, void* reply, Caller const& caller) {
  Handle const portal = static_cast<image::PortBinding const*>(instance)->portal;
  u64 const r = send<M, Index>(portal, 0, request, reply, caller);
  if (r == u64{words_of<typename M::Reply>} << 8) return Error::none;
  Error const e = failed(portal, r);
  return e == Error::peer_restarts ? Error::peer_died : e;
}

}  // namespace detail

/// The methods of an interface, in order; the order is the dense index. A request may carry `version` (default 1).
template <class... M>
struct Calls {
  static constexpr u32 count = sizeof...(M);
  static_assert((detail::wire_form<M> && ...), "requests: trivially copyable, no padding, at most 512 bytes");
  static_assert((detail::wire_form<typename M::Reply> && ...), "replies: the same");

  template <class T>
  static consteval u32 index() {
    u32 i = 0, found = count;
    ((std::same_as<T, M> ? (found = i) : 0, ++i), ...);
    return found;  // `count`, when not a method of this interface: each user asserts.
  }

  template <class T>
  static consteval u64 method_hash() {
    u64 version = 1;
    if constexpr (requires { T::version; }) version = T::version;
    return detail::hash(detail::type_name<T>()) + version;
  }
  /// Names the interface as a whole: equal on both sides, or the bind fails.
  static consteval u64 hash() {
    u64 h = count;
    ((h = h * 31 + method_hash<M>() + sizeof(M) * 1024 + sizeof(typename M::Reply)), ...);
    return h;
  }

  template <class S>
  static constexpr image::Method handlers[count] = {[](void* s, void const* request, void* reply, Caller const& caller) -> Error {
    auto result = static_cast<S*>(s)->on(*static_cast<M const*>(request), caller);
    if (!result) return result.error();
    if constexpr (!std::is_empty_v<typename M::Reply>) *static_cast<typename M::Reply*>(reply) = *result;
    return Error::none;
  }...};

  static constexpr image::Provided::Shape shapes[count] = {
      {detail::words_of<M>, detail::words_of<typename M::Reply>,
       std::is_empty_v<typename M::Reply> ? 0 : sizeof(typename M::Reply) % 8, 0}...};

  /// For a port whose peer is in the same domain.
  static constexpr image::Method direct[count] = {detail::direct<index<M>()>...};

  /// Proxies for a port whose peer is in another domain: through the host table, valid on either side, and for clients
  /// on the user side, which enter the nucleus at once where the words fit the registers.
  static constexpr image::Method proxies[count] = {detail::proxy<M, index<M>(), false>...};
  static constexpr image::Method user_proxies[count] = {detail::proxy<M, index<M>(), detail::fits_registers<M>>...};
  static constexpr image::Method traced[count] = {detail::traced<M, index<M>()>...};
  /// Proxies whose requests are sent once, whatever happens.
  static constexpr image::Method single[count] = {detail::single<M, index<M>()>...};
};

/// A client's handle for interface I. Unbound: every call fails with peer_died. Bound and re-bound by placement alone.
template <class I>
class Port {
 public:
  constexpr Port() : binding_{.methods = unbound} {}
  Port(Port const&) = delete;
  Port& operator=(Port const&) = delete;

  /// For tests and for static composition: calls `server` directly.
  template <class S>
  constexpr explicit Port(S& server)
      : binding_{.methods = I::List::direct, .direct = I::List::direct, .peer = I::List::template handlers<S>, .instance = &server} {}
  /// Binds it by hand, for those whom placement does not bind: to a portal of the own table, or to a server in reach.
  void connect(Handle portal) {
    binding_.portal = portal;
    binding_.methods.store(I::List::proxies, std::memory_order_relaxed);
  }
  /// The same for who brings the peer back after its death: a call that the death ends fails with peer_died.
  void connect_singly(Handle portal) {
    binding_.portal = portal;
    binding_.methods.store(I::List::single, std::memory_order_relaxed);
  }
  template <class S>
  void connect(S& server) {
    binding_.direct = I::List::direct;
    binding_.peer = I::List::template handlers<S>;
    binding_.instance = &server;
    binding_.methods.store(I::List::direct, std::memory_order_relaxed);
  }

  template <class M>
  Result<typename M::Reply> on(M const& request, Caller const& caller) const {
    static_assert(I::List::template index<M>() < I::List::count, "not a method of this interface");
    typename M::Reply reply;
    auto const* const methods = binding_.methods.load(std::memory_order_relaxed);
    constexpr u32 index = I::List::template index<M>();
    Error e = methods[index](&binding_, &request, &reply, caller);
    if (e != Error::none) [[unlikely]] {
      if (e == Error::peer_restarts) e = detail::send_again<M, index>(binding_.portal, &request, &reply, caller);
      if (e != Error::none) return fail(e);
    }
    return reply;
  }

  constexpr image::PortBinding* binding() { return &binding_; }

 private:
  static constexpr auto none_there = [](void*, void const*, void*, Caller const&) { return Error::peer_died; };
  static constexpr auto unbound_table = [] {
    struct { image::Method m[I::List::count]; } t{};
    for (auto& m : t.m) m = none_there;
    return t;
  }();
  static constexpr image::Method const* unbound = unbound_table.m;
  mutable image::PortBinding binding_;
};

// ---- what an image says of itself -----------------------------------------------------------------------------------

namespace detail {
template <usize N>
constexpr void put_name(char (&to)[image::name_bytes], char const (&name)[N]) {
  static_assert(N <= image::name_bytes);
  for (usize i = 0; i < N; ++i) to[i] = name[i];
}
}  // namespace detail

/// An entry of the image's provided list: `server` handles interface I under `name`.
template <class I, class S, usize N>
constexpr image::Provided provide(S& server, char const (&name)[N]) {
  image::Provided p{I::List::hash(), I::List::template handlers<S>, I::List::shapes, &server, I::List::count, 0, {}};
  detail::put_name(p.name, name);
  return p;
}

/// An entry of the image's required list: `port` is to be bound to the service the manifest calls `name`.
template <class I, usize N>
constexpr image::Required require(Port<I>& port, char const (&name)[N], bool optional = false) {
  image::Required r{I::List::hash(), port.binding(), I::List::direct, I::List::proxies, I::List::user_proxies, I::List::traced, I::List::count, optional, {}};
  detail::put_name(r.name, name);
  return r;
}

template <usize N>
constexpr image::Granted grant(Handle& handle, char const (&name)[N]) {
  image::Granted g{&handle, nullptr, {}};
  detail::put_name(g.name, name);
  return g;
}
template <usize N>
constexpr image::Granted grant(image::GrantedDevices& devices, char const (&name)[N]) {
  image::Granted g{nullptr, &devices, {}};
  detail::put_name(g.name, name);
  return g;
}

}  // namespace hinge
