# The core, verified on the host: the explorer (tests/explore) and its seeded bugs. And the fuzzers (tests/fuzz).
set(HINGE_VERIFIER_FLAGS -O2 -g -Wall -Wextra)

# tests/fuzz/NAME_fuzz.cpp with the sources it needs: what was once found must pass, then SECONDS of looking for more, and with
# --long as much as LONG says, in two processes that learn from each other. New inputs stay in the build folder; those that
# broke something are worth a place in tests/fuzz/corpus/NAME.
function(hinge_fuzzer name seconds long)
  # Frames on a list of their own, against use after return, would cost a tenth of the speed.
  set(flags -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fsanitize-address-use-after-return=never)
  # What the fuzzer looks for new ways through: the code that ships, not what plays the world round it.
  set(covered -fsanitize-coverage-allowlist=${PROJECT_SOURCE_DIR}/tests/fuzz/covered.txt)
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set(found ${PROJECT_BINARY_DIR}/fuzz/${name})
  add_executable(${name}_fuzz tests/fuzz/${name}_fuzz.cpp ${ARGN})
  target_include_directories(${name}_fuzz PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name}_fuzz PRIVATE ${flags} ${covered} -O2 -g -Wall -Wextra)
  target_link_options(${name}_fuzz PRIVATE ${flags} -fuse-ld=lld-19)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${name}.known COMMAND ${name}_fuzz -runs=0 ${corpus})
  add_test(NAME fuzz.${name} COMMAND ${name}_fuzz -max_total_time=${seconds} -max_len=700 -len_control=0 -detect_leaks=0
           -print_final_stats=1 -artifact_prefix=${found}/broken- ${found} ${corpus})
  add_test(NAME fuzz.${name}.long COMMAND ${name}_fuzz ${long} -fork=2 -max_len=700 -detect_leaks=0
           -artifact_prefix=${found}/broken- ${found} ${corpus})
  set_tests_properties(fuzz.${name}.known fuzz.${name} PROPERTIES TIMEOUT 180)
  set_tests_properties(fuzz.${name}.long PROPERTIES TIMEOUT 43200 PROCESSORS 2 LABELS long)
endfunction()

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

  add_test(NAME explorer.seeded_bugs COMMAND ${HINGE_PYTHON} ${PROJECT_SOURCE_DIR}/tests/explore/seeded_bugs.py
           ${PROJECT_BINARY_DIR} $<TARGET_FILE:explorer_parts> ${CMAKE_CXX_COMPILER} -std=gnu++23 -O1 -fuse-ld=lld-19)
  set_tests_properties(explorer.seeded_bugs PROPERTIES TIMEOUT 600 PROCESSORS 2)

  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/tests/explore/main.cpp)
  hinge_fuzzer(core 20 -max_total_time=1800 ${sources})
  hinge_fuzzer(partitions 20 -runs=10000000 services/linux/disk/partitions.cpp)

  file(GLOB sources CONFIGURE_DEPENDS services/ext4/*.cpp tests/ext4/*.cpp)
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  foreach(source vault undo_log lock_rank message)
    list(APPEND sources host/${source}.cpp)
  endforeach()
  hinge_fuzzer(ext4 60 -runs=10000000 ${sources} base/format.cpp tests/support/fake_host.cpp tests/support/poisoned_heap.cpp)
  target_compile_definitions(ext4_fuzz PRIVATE HINGE_HOST=1)
  # Which numbers are compared would cost a quarter of the speed; these inputs name theirs outright.
  target_compile_options(ext4_fuzz PRIVATE -fno-sanitize-coverage=trace-cmp)
  target_link_libraries(ext4_fuzz PRIVATE GTest::gtest)
endfunction()
