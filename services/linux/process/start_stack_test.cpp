// The start of a program's stack: order and alignment of its parts for many sizes.
#include "services/linux/process/start_stack.hpp"

#include <gtest/gtest.h>

namespace hinge::linux_service {
namespace {

TEST(StartStack, PartsFollowEachOther) {
  constexpr u64 top = 0x7fff'ffff'f000;
  for (u64 arguments = 0; arguments < 9; ++arguments) {
    for (u64 environment = 0; environment < 9; ++environment) {
      StackSizes const s{arguments, arguments * 7, environment, environment * 13, 11, auxiliary_entries};
      StackPlan const p = plan_stack(top, s);
      EXPECT_EQ(p.pointer % 16, 0u);
      EXPECT_EQ(p.argument_pointers, p.pointer + 8);
      EXPECT_EQ(p.environment_pointers, p.argument_pointers + (arguments + 1) * 8);
      EXPECT_EQ(p.vector, p.environment_pointers + (environment + 1) * 8);
      EXPECT_LE(p.vector + s.vector_entries * 16, p.random);
      EXPECT_EQ(p.random % 16, 0u);
      EXPECT_LE(p.random + 16, p.platform);
      EXPECT_LE(p.platform + sizeof platform_name, p.arguments);
      EXPECT_EQ(p.arguments + s.argument_bytes, p.environment);
      EXPECT_EQ(p.environment + s.environment_bytes, p.name);
      EXPECT_EQ(p.name + s.name_bytes, top - 8);
    }
  }
}

}  // namespace
}  // namespace hinge::linux_service
