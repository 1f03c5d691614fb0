// The #! line as Linux reads it.
// links: services/linux/process/script.cpp
#include "services/linux/process/script.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hinge::linux_service {
namespace {

struct Read { std::string interpreter, argument; Errno error{}; };

Read read(std::string const& head) {
  ScriptLine line;
  auto const parsed = parse_script(head, line);
  if (!parsed) return {"", "", parsed.error()};
  return {std::string{line.interpreter()}, std::string{line.argument()}, {}};
}

TEST(Script, InterpreterAndOneArgument) {
  EXPECT_EQ(read("#!/bin/sh\necho").interpreter, "/bin/sh");
  EXPECT_EQ(read("#!/bin/sh\necho").argument, "");
  EXPECT_EQ(read("#! \t/usr/bin/env  -S python3 -u \t\nx").interpreter, "/usr/bin/env");
  EXPECT_EQ(read("#! \t/usr/bin/env  -S python3 -u \t\nx").argument, "-S python3 -u");
  EXPECT_EQ(read("#!/bin/sh").interpreter, "/bin/sh");
}

TEST(Script, RefusesWhatNamesNothing) {
  EXPECT_EQ(read("#!").error, Errno::bad_executable);
  EXPECT_EQ(read("#!  \t \n/bin/sh").error, Errno::bad_executable);
  EXPECT_EQ(read("#!/" + std::string(300, 'a')).error, Errno::bad_executable);
}

TEST(Script, CutsALongArgument) {
  Read const r = read("#!/bin/sh " + std::string(300, 'a') + "\n");
  EXPECT_EQ(r.interpreter, "/bin/sh");
  EXPECT_EQ(r.argument.size(), script_line_bytes - 1 - 10);
}

}  // namespace
}  // namespace hinge::linux_service
