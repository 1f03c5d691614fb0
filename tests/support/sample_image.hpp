// A service image as the linker writes one, by hand: for tests of what reads images. It serves "numbers" (interface 77),
// calls a "peer" of the same interface, and has use for a grant called "ports".
#pragma once

#include <cstring>

#include "abi/host_table.hpp"
#include "abi/image.hpp"
#include "abi/layout.hpp"
#include "base/elf.hpp"
#include "tests/support/mutate.hpp"

namespace hinge::test {

inline constexpr u64 text = 0x1000, data = 0x2000, data_bytes = 0x1000;

/// Header page, text, data with everything the header points to.
class SampleImage {
 public:
  SampleImage() : bytes_(0x3000) {
    auto& header = at<elf::Header>(0x400);
    std::memcpy(header.identification, elf::identification, sizeof elf::identification);
    header.type = elf::dynamic;
    header.machine = elf::machine_x86_64;
    header.program_offset = sizeof(elf::Header);
    header.program_entry_bytes = sizeof(elf::Program);
    header.program_count = 4;
    // The file's first page holds the ELF header; the image header's page lies behind it in memory order 0.
    std::memcpy(bytes_.data(), &header, sizeof header);
    program(0) = {elf::load, elf::read | elf::write, 0x800, 0, 0, sizeof(image::Header), sizeof(image::Header), 4096};
    program(1) = {elf::load, elf::read | elf::execute, 0x1000, text, 0, 0x1000, 0x1000, 4096};
    program(2) = {elf::load, elf::read | elf::write, 0x2000, data, 0, 0x1000, data_bytes + 0x800, 4096};
    program(3) = {elf::dynamic_section, elf::read, 0x2fc0, 0x2fc0, 0, 0x40, 0x40, 8};
    elf::Dynamic const dynamic[] = {{elf::rela, 0x2680}, {elf::rela_bytes, 0}, {elf::rela_entry_bytes, sizeof(elf::Rela)}, {elf::end, 0}};
    std::memcpy(&bytes_[0x2fc0], dynamic, sizeof dynamic);

    auto& h = image_header();
    h.magic = image::magic;
    h.version = image::version;
    std::strcpy(h.name, "sample");
    h.provided_count = h.required_count = h.granted_count = 1;
    point(offsetof(image::Header, provided), 0x2000);
    point(offsetof(image::Header, required), 0x2100);
    point(offsetof(image::Header, granted), 0x2200);
    point(offsetof(image::Header, process_host), 0x2400);
    for (usize field : {offsetof(image::Header, handle), offsetof(image::Header, call_entry), offsetof(image::Header, copy_begin),
                        offsetof(image::Header, copy_end), offsetof(image::Header, copy_fixup)})
      point(field, 0x1010);
    auto& provided = at<image::Provided>(0x2000);
    provided.interface = 77;
    provided.method_count = 1;
    std::strcpy(provided.name, "numbers");
    point(0x2000 + offsetof(image::Provided, methods), 0x2300);
    point(0x2000 + offsetof(image::Provided, shapes), 0x2310);
    point(0x2000 + offsetof(image::Provided, instance), 0x3400);
    auto& required = at<image::Required>(0x2100);
    required.interface = 77;
    required.method_count = 1;
    std::strcpy(required.name, "peer");
    point(0x2100 + offsetof(image::Required, port), 0x3000);
    point(0x2100 + offsetof(image::Required, direct), 0x2320);
    point(0x2100 + offsetof(image::Required, proxies), 0x2328);
    point(0x2100 + offsetof(image::Required, user_proxies), 0x2330);
    point(0x2100 + offsetof(image::Required, traced), 0x2338);
    std::strcpy(at<image::Granted>(0x2200).name, "ports");
    point(0x2200 + offsetof(image::Granted, handle), 0x3300);
    for (u64 method : {0x2300, 0x2320, 0x2328, 0x2330, 0x2338}) point(method, 0x1020);
    for (u64 i = 0; i < sizeof(host::Table) / 8; ++i) point(0x2400 + i * 8, 0x1030);
  }

  template <class T> T& at(u64 offset) { return *reinterpret_cast<T*>(&bytes_[offset]); }
  elf::Header& elf_header() { return at<elf::Header>(0); }
  elf::Program& program(u64 i) { return at<elf::Program>(sizeof(elf::Header) + i * sizeof(elf::Program)); }
  image::Header& image_header() { return at<image::Header>(0x800); }
  elf::Rela& relocation(u64 i) { return at<elf::Rela>(0x2680 + i * sizeof(elf::Rela)); }
  Bytes const& bytes() const { return bytes_; }

 private:
  /// The word at image address `where` (header page or data) is to hold base + target.
  void point(u64 where, u64 target) {
    auto& bytes = at<elf::Dynamic>(0x2fd0).value;
    relocation(bytes / sizeof(elf::Rela)) = {where, elf::relative, i64(target)};
    bytes += sizeof(elf::Rela);
  }
  Bytes bytes_;
};

}  // namespace hinge::test
