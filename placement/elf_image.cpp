// See the header. Offsets are compared by subtraction only, so that no sum can wrap.
#include "placement/elf_image.hpp"

#include <algorithm>
#include <cstring>

#include "abi/layout.hpp"

namespace hinge::placement {
namespace {

/// The image area's last page holds the command line (placement/loader.cpp).
constexpr u64 image_limit = layout::slot_stacks - page_bytes;
constexpr u32 max_programs = 16;
constexpr u32 max_dynamic = 64;

/// Why the file is nothing for us; empty when it may be.
std::string_view wrong_with(elf::Header const& h) {
  if (std::memcmp(h.identification, elf::identification, sizeof elf::identification) != 0) return "not an ELF64 file";
  if (h.type != elf::dynamic) return "not position-independent (type is not DYN)";
  if (h.machine != elf::machine_x86_64) return "not for x86-64";
  if (h.program_entry_bytes != sizeof(elf::Program)) return "program headers of another size";
  if (h.program_count > max_programs) return "too many program headers";
  return {};
}

/// One file being checked: says what is wrong in its name.
class Reader {
 public:
  Reader(std::string_view name, ElfImage& image) : name_{name}, image_{image} {}

  [[gnu::noinline]] Checked<> headers() {
    elf::Header header;
    CHECK(read(0, header, "the ELF header"));
    if (auto const reason = wrong_with(header); !reason.empty()) return bad(reason);
    for (u32 i = 0; i < header.program_count; ++i) {
      elf::Program program;
      if (header.program_offset > image_.file.size()) return bad("program headers lie outside the file");
      CHECK(read(header.program_offset + i * sizeof program, program, "a program header"));
      CHECK(on_program(program));
    }
    if (image_.segments.empty() || image_.segments[0].address != 0) return bad("the first segment does not begin at 0");
    return ok;
  }

  /// After lay_out has filled `memory`: finds the relocations by the dynamic section.
  [[gnu::noinline]] Checked<> dynamic() {
    if (!dynamic_bytes_) return ok;
    ImageSegment const* const segment = image_.segment(dynamic_, dynamic_bytes_);
    if (!segment || dynamic_ % 8) return bad("the dynamic section lies outside the segments");
    u64 const at = segment->file_offset + (dynamic_ - segment->address);
    if (dynamic_ - segment->address + dynamic_bytes_ > segment->file_bytes) return bad("the dynamic section lies outside the file");
    for (u64 i = 0;; ++i) {
      if (i == max_dynamic || (i + 1) * sizeof(elf::Dynamic) > dynamic_bytes_) return bad("the dynamic section has no end");
      elf::Dynamic d;
      CHECK(read(at + i * sizeof d, d, "the dynamic section"));
      if (d.tag == elf::end) return relocations();
      CHECK(on_dynamic(d));
    }
  }

 private:
  std::unexpected<Problem> bad(std::string_view what) const { return std::unexpected{Problem{name_, 0, {what}}}; }

  template <class T>
  Checked<> read(u64 at, T& to, std::string_view what) const {
    auto const size = image_.file.size();
    if (at > size || sizeof(T) > size - at) return std::unexpected{Problem{name_, 0, {"the file ends inside ", what}}};
    std::memcpy(&to, image_.file.data() + at, sizeof(T));
    return ok;
  }

  [[gnu::noinline]] Checked<> on_program(elf::Program const& p) {
    switch (p.type) {
      case elf::load: return p.memory_bytes ? on_load(p) : Checked<>{ok};
      case elf::dynamic_section:
        if (dynamic_bytes_) return bad("two dynamic sections");
        dynamic_ = p.address;
        dynamic_bytes_ = p.file_bytes;
        return ok;
      case elf::interpreter: return bad("asks for an interpreter");
      case elf::thread_storage: return bad("has thread-local storage");
      default: return ok;  // Notes and hints.
    }
  }

  Checked<> on_load(elf::Program const& p) {
    u64 const size = image_.file.size();
    if (p.address % page_bytes) return bad("a segment is not page-aligned");
    if (p.address < image_.memory_bytes) return bad("segments overlap or are out of order");
    if (p.address > image_limit || p.memory_bytes > image_limit - p.address) return bad("a segment lies outside the image area");
    if (p.file_bytes > p.memory_bytes) return bad("a segment has more bytes in the file than in memory");
    if (p.offset > size || p.file_bytes > size - p.offset) return bad("a segment lies outside the file");
    Protection protection = Protection::none;
    if (p.flags & elf::read) protection = protection | Protection::read;
    if (p.flags & elf::write) protection = protection | Protection::write;
    if (p.flags & elf::execute) protection = protection | Protection::execute;
    if (has(protection, Protection::write | Protection::execute)) return bad("a segment is writable and executable");
    if (!has(protection, Protection::read)) return bad("a segment is not readable");
    u64 const memory_bytes = align_up(p.memory_bytes, page_bytes);
    if (!image_.segments.add({p.address, memory_bytes, p.offset, p.file_bytes, protection})) return bad("too many segments");
    image_.memory_bytes = p.address + memory_bytes;
    return ok;
  }

  [[gnu::noinline]] Checked<> on_dynamic(elf::Dynamic const& d) {
    switch (d.tag) {
      case elf::rela: rela_ = d.value; return ok;
      case elf::rela_bytes: rela_bytes_ = d.value; return ok;
      case elf::rela_entry_bytes: rela_entry_bytes_ = d.value; return ok;
      case elf::needed: return bad("needs a shared library");
      case elf::rel:
      case elf::relr:
      case elf::jump_relocations: return bad("relocations of an unknown form");
      case elf::text_relocations: return bad("relocations in its text");
      default: return ok;
    }
  }

  [[gnu::noinline]] Checked<> relocations() {
    if (!rela_bytes_) return ok;
    if (rela_entry_bytes_ != sizeof(elf::Rela) || rela_bytes_ % sizeof(elf::Rela)) return bad("relocations of another size");
    if (rela_ % 8 || !image_.segment(rela_, rela_bytes_)) return bad("the relocations lie outside the segments");
    image_.relocations = rela_;
    image_.relocation_count = rela_bytes_ / sizeof(elf::Rela);
    return ok;
  }

  std::string_view name_;
  ElfImage& image_;
  u64 dynamic_ = 0, dynamic_bytes_ = 0;
  u64 rela_ = 0, rela_bytes_ = 0, rela_entry_bytes_ = sizeof(elf::Rela);
};

}  // namespace

ImageSegment const* ElfImage::segment(u64 at, u64 bytes) const {
  auto const found = std::find_if(segments.begin(), segments.end(), [&](ImageSegment const& s) { return s.contains(at, bytes); });
  return found == segments.end() ? nullptr : found;
}

Checked<> read_elf_image(std::string_view name, std::span<u8 const> file, ElfImage& image) {
  image = {};
  image.file = file;
  Reader reader{name, image};
  CHECK(reader.headers());
  return reader.dynamic();
}

Checked<> lay_out(std::string_view name, ElfImage const& image, std::span<u8> memory, u64 base) {
  for (ImageSegment const& s : image.segments)
    if (s.file_bytes) std::memcpy(memory.data() + s.address, image.file.data() + s.file_offset, s.file_bytes);
  for (u64 i = 0; i < image.relocation_count; ++i) {
    elf::Rela r;
    std::memcpy(&r, memory.data() + image.relocations + i * sizeof r, sizeof r);
    if (r.info != elf::relative) return std::unexpected{Problem{name, 0, {"a relocation that is not R_X86_64_RELATIVE"}}};
    ImageSegment const* const target = image.segment(r.offset, sizeof(u64));
    if (!target || r.offset % sizeof(u64) || !has(target->protection, Protection::write))
      return std::unexpected{Problem{name, 0, {"a relocation outside writable memory"}}};
    if (u64(r.addend) > image.memory_bytes) return std::unexpected{Problem{name, 0, {"a relocation that points outside the image"}}};
    u64 const value = base + u64(r.addend);
    std::memcpy(memory.data() + r.offset, &value, sizeof value);
  }
  return ok;
}

}  // namespace hinge::placement
