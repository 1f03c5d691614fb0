# The core, verified on the host: the explorer (tests/explore), its seeded bugs, and the fuzzer (tests/fuzz).

# A host program from the core's sources and its own.
function(hinge_verifier target)
  file(GLOB core CONFIGURE_DEPENDS nucleus/core/*.cpp)
  list(FILTER core EXCLUDE REGEX "_test\\.cpp$")
  add_executable(${target} ${core} ${ARGN})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -O2 -g -Wall -Wextra)
  target_link_options(${target} PRIVATE -fuse-ld=lld-19)
endfunction()

function(hinge_verification)
  file(GLOB explorer CONFIGURE_DEPENDS tests/explore/*.cpp)
  hinge_verifier(explorer ${explorer})
  add_test(NAME explorer COMMAND explorer)
  set_tests_properties(explorer PROPERTIES TIMEOUT 300)
  add_test(NAME explorer.long COMMAND explorer --long)
  set_tests_properties(explorer.long PROPERTIES TIMEOUT 3600 LABELS long)
endfunction()
