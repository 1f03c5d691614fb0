# The core, verified on the host: the explorer (tests/explore), its seeded bugs, and the fuzzer (tests/fuzz).
set(HINGE_VERIFIER_FLAGS -O2 -g -Wall -Wextra)

# The core and the explorer as a library, so that a seeded bug costs one file to compile.
function(hinge_verification)
  file(GLOB sources CONFIGURE_DEPENDS nucleus/core/*.cpp tests/explore/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  add_library(explorer_parts STATIC ${sources})
  target_include_directories(explorer_parts PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(explorer_parts PRIVATE ${HINGE_VERIFIER_FLAGS})
  add_executable(explorer tests/explore/main.cpp)
  target_link_libraries(explorer PRIVATE explorer_parts)
  target_link_options(explorer PRIVATE -fuse-ld=lld-19)
  add_test(NAME explorer COMMAND explorer)
  set_tests_properties(explorer PROPERTIES TIMEOUT 300)
  add_test(NAME explorer.long COMMAND explorer --long)
  set_tests_properties(explorer.long PROPERTIES TIMEOUT 3600 LABELS long)
endfunction()
