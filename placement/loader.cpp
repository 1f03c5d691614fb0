// See the header.
#include "placement/loader.hpp"

#include <algorithm>
#include <cstring>

#include "host/heap.hpp"

namespace hinge::placement {
namespace {

/// Above the image, below the stacks: read-only to the service.
constexpr u64 command_line_offset = layout::slot_stacks - page_bytes;
static_assert(boot::command_line_bytes <= page_bytes);

std::unexpected<Problem> refused(Service const& s, std::string_view what, Error e) {
  return std::unexpected{Problem{s.image, 0, {what, ": ", to_string(e)}}};
}

/// The manifest says what an image must serve; the image says what it cannot do without.
Checked<> check_against_manifest(Service const& s, ImageView const& view) {
  auto const lifecycle = view.provided()[0];
  if (lifecycle.interface != Lifecycle::List::hash()) return std::unexpected{Problem{s.image, 0, {"does not begin with a lifecycle"}}};
  for (std::string_view name : s.provides)
    if (!view.find_provided(name)) return std::unexpected{Problem{s.image, 0, {"does not provide '", name, "'"}}};
  for (image::Required const& r : view.required()) {
    bool const there = std::any_of(s.calls.begin(), s.calls.end(), [&](Edge const& e) { return e.role == text_of(r.name); });
    if (!there && !r.optional) return std::unexpected{Problem{s.file, s.line, {"'", s.name, "' needs a peer as '", text_of(r.name), "'"}}};
  }
  return ok;
}

/// The capability for its own slot comes first: its index is known to everyone.
Result<> give_own_slot(Instance& instance) {
  Right rights = Right::read | Right::write | Right::control;
  for (Grant const& g : instance.service->grants)
    if (g.kind == GrantKind::caller_view) rights = rights | Right::caller_view;
  Handle const given = TRY(instance.give(instance.slot, rights, 0));
  return (given.raw() & 0xff'ffff) == own_slot_index ? Result<>{ok} : fail(Error::busy);
}

/// What the slot may hold, in frames.
Result<u64> frame_limit(Service const& s) {
  if (!s.frames_are_percent) return s.frames;
  host::SystemInfo info;
  TRY(host::system_info(&info));
  return info.frames_free / 100 * s.frames;
}

bool is_granted(Service const& s, GrantKind kind) {
  return std::any_of(s.grants.begin(), s.grants.end(), [&](Grant const& g) { return g.kind == kind; });
}

}  // namespace

Checked<> unfold(Instance& instance) {
  u64 const bytes = instance.image.memory_bytes;
  instance.memory = static_cast<u8*>(host::allocate(bytes));
  if (!instance.memory) return refused(*instance.service, "no memory to load it", Error::no_memory);
  std::memset(instance.memory, 0, bytes);
  return lay_out(instance.service->image, instance.image, {instance.memory, bytes}, instance.base);
}

Checked<> load(BootFiles const& files, Service const& service, Instance& instance) {
  instance.service = &service;
  if (service.image.empty()) return std::unexpected{Problem{service.file, service.line, {"'", service.name, "' names no image"}}};
  auto const file = files.file(service.image);
  if (!file) return std::unexpected{Problem{service.file, service.line, {"no image ", service.image, " in the boot archive"}}};
  CHECK(read_elf_image(service.image, *file, instance.image));
  u64 const bytes = instance.image.memory_bytes;
  auto const frames = frame_limit(service);
  if (!frames) return refused(service, "no frame limit", frames.error());
  if (bytes > *frames * page_bytes) return std::unexpected{Problem{service.file, service.line, {"'", service.name, "' does not fit its frames"}}};

  host::SlotSetup setup{{}, *frames, service.worker_budget_ns, service.worker_period_ns, service.worker_priority, 0, service.hang_limit_ns};
  std::copy(service.name.begin(), service.name.end(), setup.name);
  auto const slot = host::slot_create(boot::initial(boot::Initial::slot_factory), setup);
  if (!slot) return refused(service, "no slot", slot.error());
  instance.slot = *slot;
  if (auto r = give_own_slot(instance); !r) return refused(service, "no capability for its slot", r.error());
  host::SlotInfo info;
  if (auto r = host::slot_info(*slot, &info); !r) return refused(service, "no slot", r.error());
  instance.base = layout::slot_base(info.index);

  CHECK(unfold(instance));
  CHECK(instance.view().validate());
  instance.process_host = instance.view().header().process_host;
  instance.set_place(service.kernel ? Placement::kernel : Placement::user, service.domain);
  return check_against_manifest(service, instance.view());
}

Checked<> install(BootFiles const& files, Instance& instance) {
  Service const& s = *instance.service;
  auto const copy = [&]() -> Result<> {
    for (ImageSegment const& segment : instance.image.segments) {
      TRY(host::memory_commit(instance.slot, instance.base + segment.address, segment.memory_bytes, segment.protection));
      TRY(host::slot_copy(instance.slot, instance.base + segment.address, instance.memory + segment.address, segment.memory_bytes, true));
    }
    u64 const line = instance.base + command_line_offset;
    TRY(host::memory_commit(instance.slot, line, page_bytes, Protection::read));
    auto const text = files.command_line();
    if (!text.empty()) TRY(host::slot_copy(instance.slot, line, const_cast<char*>(text.data()), text.size(), true));
    if (is_granted(s, GrantKind::boot_archive)) {
      TRY(host::window_map(instance.slot, instance.base + layout::slot_windows, boot::initial(boot::Initial::archive), 0,
                           align_up(files.archive_bytes(), page_bytes), Protection::read));
    }
    return ok;
  };
  auto const copied = copy();
  host::release(instance.memory);
  instance.memory = nullptr;
  if (!copied) return refused(s, "cannot fill its slot", copied.error());
  return ok;
}

Lifecycle::Start start_request(BootFiles const& files, Instance const& instance, bool restarted) {
  bool const archive = is_granted(*instance.service, GrantKind::boot_archive);
  return {.boot_image = archive ? instance.base + layout::slot_windows : 0,
          .boot_bytes = archive ? files.archive_bytes() : 0,
          .command_line = instance.base + command_line_offset,
          .command_bytes = files.command_line().size(),
          .restarted = restarted};
}

}  // namespace hinge::placement
