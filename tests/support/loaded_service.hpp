// A service made of the sample image, as placement's loader leaves it: laid out for its slot, in memory of the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "placement/instance.hpp"
#include "tests/support/sample_image.hpp"

namespace hinge::placement::test {

struct Loaded : Instance {
  Loaded(std::string_view name, u32 number) {
    spec.name = name;
    spec.file = "main";
    service = &spec;
    slot = Handle{number};
    base = layout::slot_base(number);
    EXPECT_TRUE(read_elf_image(name, sample.bytes(), image));
    buffer = std::make_unique<Page[]>(image.memory_bytes / page_bytes);
    memory = buffer[0].bytes;
    EXPECT_TRUE(lay_out(name, image, {memory, image.memory_bytes}, base));
    EXPECT_TRUE(view().validate());
  }
  image::PortBinding& port() { return view().at(view().find_required("peer")->port); }
  Handle& ports() { return view().at(view().find_granted("ports")->handle); }

  hinge::test::SampleImage sample;
  Service spec;
  struct alignas(page_bytes) Page { u8 bytes[page_bytes]; };
  std::unique_ptr<Page[]> buffer;
};

}  // namespace hinge::placement::test
