// How a service describes itself: HINGE_IMAGE in its main file defines the header that begins its image, which placement
// and the nucleus read (abi/image.hpp). Also what a service may know of its own place: the base of its slot.
//
//     constinit Tmpfs server;
//     constinit image::Provided provided[] = {provide<Lifecycle>(server, "lifecycle"), provide<FileSystem>(server, "files")};
//     HINGE_IMAGE("tmpfs", provided, host::nothing, host::nothing);
//
// Lists are constinit arrays, or host::nothing. Lifecycle comes first in the provided list.
#pragma once

#include <span>

#include "host/host.hpp"

namespace hinge::host {

/// The process side of the contract (host/process, assembly): the stubs, where `call` and the personality's requests enter, the
/// range of the copies that may fault on a caller's memory.
extern "C" {
extern Table const hinge_process_table;
void hinge_call_entry();
void hinge_linux_entry();
extern char const hinge_copy_begin[], hinge_copy_end[], hinge_copy_fixup[];
extern char const hinge_symbols[];  // By the linker script; empty in the first of two links.
}

// entry.S knows these.
static_assert(offsetof(image::Provided, methods) == 8 && offsetof(image::Provided, shapes) == 16);
static_assert(offsetof(image::Provided, instance) == 24 && offsetof(image::Provided, method_count) == 32);
static_assert(sizeof(image::Provided::Shape) == 4 && sizeof(Caller) == 32);
static_assert(offsetof(image::Header, linux_handle) == 104 && u64(linux_entry::Action::block) == 0x200);
static_assert(offsetof(linux_entry::Wait, seen) == 8 && offsetof(linux_entry::Wait, deadline_ns) == 16);

/// Body of every call into this service, from either side (host/message.cpp).
u64 handle_message(image::Provided const* cookie, u32 method, u32 words_in, u64* words, Caller const& caller) asm("hinge_handle_message");

/// The first address of the slot this image was loaded into.
[[nodiscard]] u64 own_slot_base();

/// An empty list for HINGE_IMAGE.
struct Nothing {
  template <class T> constexpr operator std::span<T const>() const { return {}; }
};
inline constexpr Nothing nothing{};

/// What HINGE_IMAGE writes. `linux_handle` is the personality's; null for every other service.
template <usize N>
constexpr image::Header describe(char const (&name)[N], std::span<image::Provided const> provided,
                                 std::span<image::Required const> required, std::span<image::Granted const> granted,
                                 linux_entry::Handle linux_handle = nullptr) {
  static_assert(N <= image::name_bytes);
  image::Header h{};
  h.magic = image::magic;
  h.version = image::version;
  h.provided_count = u32(provided.size());
  h.required_count = u32(required.size());
  h.granted_count = u32(granted.size());
  for (usize i = 0; i < N; ++i) h.name[i] = name[i];
  h.provided = provided.data();
  h.required = required.data();
  h.granted = granted.data();
  h.process_host = &hinge_process_table;
  h.handle = handle_message;
  h.call_entry = hinge_call_entry;
  h.linux_handle = linux_handle;
  h.linux_entry = linux_handle ? hinge_linux_entry : nullptr;
  h.copy_begin = hinge_copy_begin;
  h.copy_end = hinge_copy_end;
  h.copy_fixup = hinge_copy_fixup;
  h.symbols = hinge_symbols;
  return h;
}

}  // namespace hinge::host

/// HINGE_IMAGE(name, provided, required, granted[, linux_handle]), once, at namespace scope.
#define HINGE_IMAGE(...)                                                                               \
  namespace hinge::host {                                                                              \
  extern "C" [[gnu::section(".hinge.header"), gnu::used]] constinit image::Header hinge_image =        \
      ::hinge::host::describe(__VA_ARGS__);                                                            \
  }
