// The validation of image headers. Arrays of function pointers are followed to the last element: each must lie in an
// executable segment, since the nucleus will jump there on the kernel side.
#include "placement/image_view.hpp"

#include <algorithm>

#include "abi/layout.hpp"

namespace hinge::placement {

std::string_view text_of(char const (&name)[image::name_bytes]) {
  auto const end = std::find(name, name + sizeof name, '\0');
  if (end == name + sizeof name) return {};
  if (!std::all_of(name, end, [](char c) { return c > ' ' && c < 127; })) return {};
  return {name, usize(end - name)};
}

template <class T>
bool ImageView::holds(T const* first, u64 count, Protection protection) const {
  u64 const at = offset(first);
  if (at % alignof(T)) return false;
  ImageSegment const* const segment = image_.segment(at, count * sizeof(T));
  return segment && has(segment->protection, protection);
}

bool ImageView::is_code(void const* address) const {
  ImageSegment const* const segment = image_.segment(offset(address), 1);
  return segment && has(segment->protection, Protection::execute);
}

Checked<> ImageView::validate() const {
  if (image_.segments[0].memory_bytes < sizeof(image::Header) || !has(image_.segments[0].protection, Protection::write))
    return bad({"no room for a header in the first segment"});
  image::Header const& h = header();
  if (h.magic != image::magic) return bad({"no service image: the header's magic is missing"});
  if (h.version != image::version) return bad({"made for another version of the image format"});
  if (text_of(h.name).empty()) return bad({"the header has no name"});
  if (h.provided_count > max_provided || h.required_count > max_required || h.granted_count > max_granted)
    return bad({"the header's lists are too long"});
  if (!h.provided_count || !holds(h.provided, h.provided_count, Protection::read)) return bad({"the provided list lies outside the image"});
  if (h.required_count && !holds(h.required, h.required_count, Protection::read)) return bad({"the required list lies outside the image"});
  if (h.granted_count && !holds(h.granted, h.granted_count, Protection::read)) return bad({"the granted list lies outside the image"});
  if (!holds(h.process_host, 1, Protection::read)) return bad({"the process table lies outside the image"});
  auto const* const operations = &at(h.process_host);
  if (!std::all_of(operations->operations, operations->operations + native::count,
                   [&](host::Operation o) { return is_code(reinterpret_cast<void const*>(o)); }) ||
      !is_code(reinterpret_cast<void const*>(operations->call)) || !is_code(reinterpret_cast<void const*>(operations->copy_in)) ||
      !is_code(reinterpret_cast<void const*>(operations->copy_out)) || !is_code(reinterpret_cast<void const*>(operations->exchange_word)))
    return bad({"the process table leads outside the text"});
  if (!is_code(reinterpret_cast<void const*>(h.handle)) || !is_code(reinterpret_cast<void const*>(h.call_entry)))
    return bad({"an entry lies outside the text"});
  if ((h.linux_handle && !is_code(reinterpret_cast<void const*>(h.linux_handle))) ||
      (h.linux_entry && !is_code(reinterpret_cast<void const*>(h.linux_entry))) || !h.linux_handle != !h.linux_entry)
    return bad({"the personality's entries lie outside the text"});
  if (!is_code(h.copy_begin) || !is_code(h.copy_fixup) || offset(h.copy_end) < offset(h.copy_begin) ||
      !image_.segment(offset(h.copy_begin), offset(h.copy_end) - offset(h.copy_begin)))
    return bad({"the copy range lies outside the text"});
  for (image::Provided const& p : provided()) CHECK(validate(p));
  for (image::Required const& r : required()) CHECK(validate(r));
  for (image::Granted const& g : granted())
    if (text_of(g.name).empty() || !g.handle == !g.devices || (g.handle && !holds(g.handle, 1, Protection::write)) ||
        (g.devices && !holds(g.devices, 1, Protection::write)))
      return bad({"a grant's handle lies outside the image"});
  return ok;
}

Checked<> ImageView::validate(image::Provided const& p) const {
  std::string_view const name = text_of(p.name);
  if (name.empty()) return bad({"an interface without a name"});
  if (!p.method_count || p.method_count > max_methods || !holds(p.methods, p.method_count, Protection::read) ||
      !holds(p.shapes, p.method_count, Protection::read) || !image_.segment(offset(p.instance), 1))
    return bad({"interface ", name, " points outside the image"});
  for (u32 i = 0; i < p.method_count; ++i) {
    auto const shape = (&at(p.shapes))[i];
    if (!is_code(reinterpret_cast<void const*>((&at(p.methods))[i])) || shape.request_words > native::max_words ||
        shape.reply_words > native::max_words || shape.reply_tail > 7)
      return bad({"interface ", name, " has a method outside the text, or too big"});
  }
  return ok;
}

Checked<> ImageView::validate(image::Required const& r) const {
  std::string_view const name = text_of(r.name);
  if (name.empty()) return bad({"a port without a name"});
  if (!r.method_count || r.method_count > max_methods || !holds(r.port, 1, Protection::write))
    return bad({"port ", name, " points outside the image"});
  for (image::Method const* table : {r.direct, r.proxies, r.user_proxies, r.traced}) {
    if (!holds(table, r.method_count, Protection::read)) return bad({"port ", name, " has a table outside the image"});
    for (u32 i = 0; i < r.method_count; ++i)
      if (!is_code(reinterpret_cast<void const*>((&at(table))[i]))) return bad({"port ", name, " has a method outside the text"});
  }
  return ok;
}

image::Provided const* ImageView::find_provided(std::string_view name) const {
  for (auto const& p : provided())
    if (text_of(p.name) == name) return &p;
  return nullptr;
}

image::Provided const* ImageView::find_provided(u64 interface) const {
  for (auto const& p : provided())
    if (p.interface == interface) return &p;
  return nullptr;
}

image::Required const* ImageView::find_required(std::string_view name) const {
  for (auto const& r : required())
    if (text_of(r.name) == name) return &r;
  return nullptr;
}

image::Granted const* ImageView::find_granted(std::string_view name) const {
  for (auto const& g : granted())
    if (text_of(g.name) == name) return &g;
  return nullptr;
}

}  // namespace hinge::placement
