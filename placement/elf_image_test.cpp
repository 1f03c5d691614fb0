// links: placement/elf_image.cpp placement/image_view.cpp
#include "placement/elf_image.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "abi/layout.hpp"
#include "placement/image_view.hpp"
#include "tests/support/mutate.hpp"

namespace hinge::placement {
namespace {

constexpr u64 base = layout::slot_base(5);
constexpr u64 text = 0x1000, data = 0x2000, data_bytes = 0x1000;

/// A service image as the linker writes one: header page, text, data with everything the header points to.
class Sample {
 public:
  Sample() : bytes_(0x3000) {
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
    program(3) = {elf::dynamic_section, elf::read, 0x2f00, 0x2f00, 0, 0x40, 0x40, 8};
    elf::Dynamic const dynamic[] = {{elf::rela, 0x2680}, {elf::rela_bytes, 0}, {elf::rela_entry_bytes, sizeof(elf::Rela)}, {elf::end, 0}};
    std::memcpy(&bytes_[0x2f00], dynamic, sizeof dynamic);

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
    point(0x2000 + offsetof(image::Provided, instance), 0x3100);
    auto& required = at<image::Required>(0x2100);
    required.method_count = 1;
    std::strcpy(required.name, "peer");
    point(0x2100 + offsetof(image::Required, port), 0x3000);
    point(0x2100 + offsetof(image::Required, proxies), 0x2300);
    point(0x2100 + offsetof(image::Required, user_proxies), 0x2300);
    std::strcpy(at<image::Granted>(0x2200).name, "ports");
    point(0x2200 + offsetof(image::Granted, handle), 0x3010);
    point(0x2300, 0x1020);
    for (u64 i = 0; i < sizeof(host::Table) / 8; ++i) point(0x2400 + i * 8, 0x1030);
  }

  template <class T> T& at(u64 offset) { return *reinterpret_cast<T*>(&bytes_[offset]); }
  elf::Header& elf_header() { return at<elf::Header>(0); }
  elf::Program& program(u64 i) { return at<elf::Program>(sizeof(elf::Header) + i * sizeof(elf::Program)); }
  image::Header& image_header() { return at<image::Header>(0x800); }
  elf::Rela& relocation(u64 i) { return at<elf::Rela>(0x2680 + i * sizeof(elf::Rela)); }
  test::Bytes const& bytes() const { return bytes_; }

 private:
  /// The word at image address `where` (header page or data) is to hold base + target.
  void point(u64 where, u64 target) {
    auto& bytes = at<elf::Dynamic>(0x2f10).value;
    relocation(bytes / sizeof(elf::Rela)) = {where, elf::relative, i64(target)};
    bytes += sizeof(elf::Rela);
  }
  test::Bytes bytes_;
};

std::string load(test::Bytes const& file, std::function<void(ImageView const&)> const& look = {}) {
  ElfImage image;
  if (auto r = read_elf_image("x", file, image); !r) return std::string{r.error().text()};
  if (image.memory_bytes > 1 << 20) return "too big for the test";
  // Aligned to a page as in placement; the vector's end is the image's, so that an overrun is seen.
  auto const memory = std::unique_ptr<u8[], decltype(&std::free)>{static_cast<u8*>(std::aligned_alloc(page_bytes, image.memory_bytes)), &std::free};
  std::memset(memory.get(), 0, image.memory_bytes);
  std::span<u8> const span{memory.get(), image.memory_bytes};
  if (auto r = lay_out("x", image, span, base); !r) return std::string{r.error().text()};
  ImageView const view{"x", image, span, base};
  if (auto r = view.validate(); !r) return std::string{r.error().text()};
  if (look) look(view);
  return "";
}

TEST(ElfImage, LoadsAndRelocates) {
  EXPECT_EQ(load(Sample{}.bytes(), [](ImageView const& view) {
    EXPECT_EQ(text_of(view.header().name), "sample");
    ASSERT_TRUE(view.find_provided("numbers"));
    EXPECT_EQ(view.find_provided(77), view.find_provided("numbers"));
    EXPECT_EQ(u64(view.find_provided("numbers")->instance), base + 0x3100);
    EXPECT_EQ(u64(view.find_required("peer")->port), base + 0x3000);
    EXPECT_EQ(view.address_of(view.find_granted("ports")), base + 0x2200);
    EXPECT_FALSE(view.find_granted("power"));
  }), "");
}

TEST(ElfImage, SaysWhatIsWrongWithTheFile) {
  auto const with = [](auto change) {
    Sample s;
    change(s);
    return load(s.bytes());
  };
  EXPECT_EQ(load({}), "the file ends inside the ELF header");
  EXPECT_EQ(with([](Sample& s) { s.elf_header().identification[4] = 1; }), "not an ELF64 file");
  EXPECT_EQ(with([](Sample& s) { s.elf_header().type = elf::executable; }), "not position-independent (type is not DYN)");
  EXPECT_EQ(with([](Sample& s) { s.elf_header().program_offset = 0x2ff0; }), "the file ends inside a program header");
  EXPECT_EQ(with([](Sample& s) { s.program(1).flags = elf::read | elf::write | elf::execute; }), "a segment is writable and executable");
  EXPECT_EQ(with([](Sample& s) { s.program(1).address = 0x800; }), "a segment is not page-aligned");
  EXPECT_EQ(with([](Sample& s) { s.program(2).address = text; }), "segments overlap or are out of order");
  EXPECT_EQ(with([](Sample& s) { s.program(2).offset = ~u64{0} - 4; }), "a segment lies outside the file");
  EXPECT_EQ(with([](Sample& s) { s.program(2).memory_bytes = ~u64{0}; }), "a segment lies outside the image area");
  EXPECT_EQ(with([](Sample& s) { s.program(2).memory_bytes = 1; }), "a segment has more bytes in the file than in memory");
  EXPECT_EQ(with([](Sample& s) { s.program(3).type = elf::interpreter; }), "asks for an interpreter");
  EXPECT_EQ(with([](Sample& s) { s.relocation(3).info = 1; }), "a relocation that is not R_X86_64_RELATIVE");
  EXPECT_EQ(with([](Sample& s) { s.relocation(3).offset = text; }), "a relocation outside writable memory");
  EXPECT_EQ(with([](Sample& s) { s.relocation(3).addend = -8; }), "a relocation that points outside the image");
}

TEST(ImageView, SaysWhatIsWrongWithTheHeader) {
  auto const with = [](auto change) {
    Sample s;
    change(s);
    return load(s.bytes());
  };
  EXPECT_EQ(with([](Sample& s) { s.image_header().magic = 0; }), "no service image: the header's magic is missing");
  EXPECT_EQ(with([](Sample& s) { s.image_header().version = 9; }), "made for another version of the image format");
  EXPECT_EQ(with([](Sample& s) { s.image_header().provided_count = 1000; }), "the header's lists are too long");
  EXPECT_EQ(with([](Sample& s) { s.relocation(0).addend = 0x3ff0; }), "the provided list lies outside the image");
  EXPECT_EQ(with([](Sample& s) { s.relocation(4).addend = data; }), "an entry lies outside the text");
  EXPECT_EQ(with([](Sample& s) { std::memset(s.image_header().name, 'x', 24); }), "the header has no name");
}

TEST(ElfImage, AnyBytesAreAnsweredWithinBounds) {
  Sample const sample;
  u64 accepted = 0;
  for (u64 seed = 0; seed < 30'000; ++seed) accepted += load(test::mutate(sample.bytes(), seed)).empty();
  EXPECT_GT(accepted, 0u);  // Some mutations hit nothing that matters; the others were refused.
}

}  // namespace
}  // namespace hinge::placement
