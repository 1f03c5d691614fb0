# Host tests: each *_test.cpp is built with the guest sources named beside it in the same folder (FOO_test.cpp links
# the folder's *.cpp that its `// links:` lines name, relative to the repository) and runs under sanitizers.
find_package(GTest REQUIRED)

set(HINGE_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all)

# How code is compiled for the tests.
function(hinge_host_target target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${HINGE_SANITIZERS} -O1 -g -Wall -Wextra)
  target_compile_definitions(${target} PRIVATE HINGE_HOST=1)
endfunction()

# Appends the object of a source to the list `out`: compiled once, whatever the number of tests that link it.
function(hinge_host_object out source)
  string(MAKE_C_IDENTIFIER "host_object_${source}" target)
  if(NOT TARGET ${target})
    add_library(${target} OBJECT ${source})
    hinge_host_target(${target})
  endif()
  set(${out} ${${out}} $<TARGET_OBJECTS:${target}> PARENT_SCOPE)
endfunction()

# A program of a main file and of what its `// links:` lines name.
function(hinge_host_program target main)
  file(STRINGS ${main} links REGEX "^// links: ")
  set(sources)
  foreach(line ${links})
    string(REPLACE "// links: " "" line "${line}")
    string(REPLACE " " ";" line "${line}")
    foreach(source ${line})
      # A pattern names a room's guest sources, but not its image's main file.
      if(source MATCHES "\\*")
        file(GLOB source CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${source})
        list(FILTER source EXCLUDE REGEX "(_test|/main)\\.cpp$")
      endif()
      foreach(file ${source})
        hinge_host_object(sources ${file})
      endforeach()
    endforeach()
  endforeach()
  add_executable(${target} ${main} ${sources})
  hinge_host_target(${target})
  target_link_options(${target} PRIVATE ${HINGE_SANITIZERS} -fuse-ld=lld-19)
  set_property(SOURCE ${main} APPEND PROPERTY OBJECT_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
endfunction()

function(hinge_host_tests)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS base/*_test.cpp abi/*_test.cpp host/*_test.cpp iface/*_test.cpp
       nucleus/*_test.cpp placement/*_test.cpp services/*_test.cpp tests/*_test.cpp)
  foreach(test ${tests})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${test})
    string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
    string(REPLACE "/" "." name ${name})
    hinge_host_program(${name}.test ${test})
    target_link_libraries(${name}.test PRIVATE GTest::gtest GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}.test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
  endforeach()
  # What the test of power cuts reads disks with.
  hinge_host_program(ext4_extract tests/power/extract.cpp)
  target_link_libraries(ext4_extract PRIVATE GTest::gtest)
endfunction()
