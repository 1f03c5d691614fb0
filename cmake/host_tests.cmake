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

function(hinge_host_tests)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS base/*_test.cpp abi/*_test.cpp host/*_test.cpp iface/*_test.cpp
       nucleus/*_test.cpp placement/*_test.cpp services/*_test.cpp tests/*_test.cpp)
  foreach(test ${tests})
    file(STRINGS ${test} links REGEX "^// links: ")
    set(sources)
    foreach(line ${links})
      string(REPLACE "// links: " "" line "${line}")
      string(REPLACE " " ";" line "${line}")
      foreach(source ${line})
        hinge_host_object(sources ${source})
      endforeach()
    endforeach()
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${test})
    string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
    string(REPLACE "/" "." name ${name})
    add_executable(${name}.test ${test} ${sources})
    hinge_host_target(${name}.test)
    target_link_options(${name}.test PRIVATE ${HINGE_SANITIZERS} -fuse-ld=lld-19)
    target_link_libraries(${name}.test PRIVATE GTest::gtest GTest::gtest_main)
    set_property(SOURCE ${test} APPEND PROPERTY OBJECT_DEPENDS ${CMAKE_CURRENT_LIST_FILE})
    add_test(NAME ${name} COMMAND ${name}.test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
  endforeach()
endfunction()
