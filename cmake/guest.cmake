# How guest code is compiled and linked.
set(HINGE_GUEST_FLAGS
    -nostdlib -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector -mno-mmx -mno-sse -mno-sse2 -mno-avx
    -mno-red-zone -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -momit-leaf-frame-pointer -fvisibility=hidden
    -ffunction-sections
    -fdata-sections -Wall -Wextra -Wthread-safety -Werror -Wframe-larger-than=1536 -O2 -g)
# An image is optimised as a whole, when it is linked. What only assembly names must say so: [[gnu::used]].
set(HINGE_LTO -flto=thin)

# Guest sources below the given folders: *.cpp and *.S without the tests.
function(hinge_guest_sources out)
  set(found)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp ${folder}/*.S)
    list(APPEND found ${sources})
  endforeach()
  list(FILTER found EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(hinge_guest_target target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${HINGE_GUEST_FLAGS})
endfunction()

# An image linked twice, the second time with a table of the first one's function names (tools/symbols.py): NAME.elf
# from the objects given, with the options in LINK, a linker script, and the address its offsets count from.
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/no_symbols.S "")
function(hinge_image name base script)
  cmake_parse_arguments(PARSE_ARGV 3 image "" "" "OBJECTS;LINK")
  set(tool ${PROJECT_SOURCE_DIR}/tools/symbols.py)
  set(table ${CMAKE_CURRENT_BINARY_DIR}/${name}.symbols.S)
  add_executable(${name}_first ${image_OBJECTS} ${CMAKE_CURRENT_BINARY_DIR}/no_symbols.S)
  add_custom_command(OUTPUT ${table} DEPENDS ${name}_first ${tool}
                     COMMAND ${tool} --nm ${CMAKE_NM} --base ${base} $<TARGET_FILE:${name}_first> ${table})
  add_executable(${name}.elf ${image_OBJECTS} ${table})
  set(cache ${CMAKE_CURRENT_BINARY_DIR}/lto/${name})
  foreach(link ${name}_first ${name}.elf)
    target_link_options(${link} PRIVATE -nostdlib -fuse-ld=lld-19 ${HINGE_LTO} -Wl,--thinlto-cache-dir=${cache}
                        -Wl,--fatal-warnings -Wl,-T,${script} -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack
                        -Wl,-z,max-page-size=4096 ${image_LINK})
    set_target_properties(${link} PROPERTIES LINK_DEPENDS ${script}
                          RULE_LAUNCH_LINK "${PROJECT_SOURCE_DIR}/cmake/link_once.sh ${cache}")
  endforeach()
endfunction()

function(hinge_nucleus_image name)
  add_library(${name}_objects OBJECT ${ARGN})
  hinge_guest_target(${name}_objects)
  target_compile_options(${name}_objects PRIVATE ${HINGE_LTO} -mcmodel=kernel -fno-pic)
  hinge_image(${name} 0xffffffff80000000 ${PROJECT_SOURCE_DIR}/nucleus/boot/nucleus.ld
              OBJECTS $<TARGET_OBJECTS:${name}_objects> LINK -static)
endfunction()

# The nucleus: one ELF file that QEMU starts by its PVH note. And its bottom alone, with a test on top.
function(hinge_nucleus)
  hinge_guest_sources(sources base nucleus)
  hinge_nucleus_image(nucleus ${sources})
  hinge_guest_sources(bottom base nucleus/boot nucleus/arch nucleus/time nucleus/irq nucleus/debug tests/nucleus)
  hinge_nucleus_image(nucleus_bottom ${bottom})
endfunction()

# What every service links: base and the host contract's user side, compiled once.
function(hinge_service_library)
  hinge_guest_sources(library base host)
  add_library(service_library OBJECT ${library})
  hinge_guest_target(service_library)
  target_compile_options(service_library PRIVATE ${HINGE_LTO} -fPIE)
endfunction()

# The vDSO: one page of code for programs, part of the personality's image, which maps it.
function(hinge_vdso)
  set(script ${PROJECT_SOURCE_DIR}/user/vdso/vdso.ld)
  set(image ${CMAKE_CURRENT_BINARY_DIR}/vdso.so)
  add_executable(vdso ${PROJECT_SOURCE_DIR}/user/vdso/vdso.cpp)
  hinge_guest_target(vdso)
  target_compile_options(vdso PRIVATE -fPIC -fomit-frame-pointer -fasynchronous-unwind-tables -g0)
  target_link_options(vdso PRIVATE -nostdlib -fuse-ld=lld-19 -shared -Wl,-T,${script} -Wl,-soname=linux-vdso.so.1 -Wl,-s
                      -Wl,--hash-style=both -Wl,--eh-frame-hdr -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,rodynamic)
  set_target_properties(vdso PROPERTIES LINK_DEPENDS ${script} OUTPUT_NAME vdso.so)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/services/linux/time/vdso_image.S PROPERTIES
                              OBJECT_DEPENDS ${image} COMPILE_OPTIONS -I${CMAKE_CURRENT_BINARY_DIR})
endfunction()

# On every Linux system call's way; a backtrace through it misses this one frame.
set_source_files_properties(${PROJECT_SOURCE_DIR}/services/linux/core/dispatch.cpp PROPERTIES COMPILE_OPTIONS -fomit-frame-pointer)

# A service (or placement): a static position-independent executable for a slot, the same file on either side.
function(hinge_service name folder)
  hinge_guest_sources(sources ${folder})
  if(NOT sources)
    return()
  endif()
  add_library(${name}_objects OBJECT ${sources})
  hinge_guest_target(${name}_objects)
  target_compile_options(${name}_objects PRIVATE ${HINGE_LTO} -fPIE)
  hinge_image(${name} 0 ${PROJECT_SOURCE_DIR}/host/process/service.ld
              OBJECTS $<TARGET_OBJECTS:${name}_objects> $<TARGET_OBJECTS:service_library>
              LINK -static-pie -Wl,-z,norelro -Wl,--no-dynamic-linker)
endfunction()
