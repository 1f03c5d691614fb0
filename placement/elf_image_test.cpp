// links: placement/elf_image.cpp placement/image_view.cpp
#include "placement/elf_image.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "abi/layout.hpp"
#include "placement/image_view.hpp"
#include "tests/support/sample_image.hpp"

namespace hinge::placement {
namespace {

constexpr u64 base = layout::slot_base(5);
using Sample = test::SampleImage;
using test::data, test::text;

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
    EXPECT_EQ(u64(view.find_provided("numbers")->instance), base + 0x3400);
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
