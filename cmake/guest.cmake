# How guest code is compiled and linked.
set(HINGE_GUEST_FLAGS
    -nostdlib -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector -mno-mmx -mno-sse -mno-sse2 -mno-avx
    -mno-red-zone -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fvisibility=hidden -ffunction-sections
    -fdata-sections -Wall -Wextra -Wthread-safety -Werror -Wframe-larger-than=1536 -O2 -g)

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

# A nucleus image from sources: linked twice, the second time with the table of the first one's symbols.
function(hinge_nucleus_image name)
  set(script ${PROJECT_SOURCE_DIR}/nucleus/boot/nucleus.ld)
  set(tool ${PROJECT_SOURCE_DIR}/tools/symbols.py)
  set(table ${CMAKE_CURRENT_BINARY_DIR}/${name}.symbols.S)
  add_library(${name}_objects OBJECT ${ARGN})
  hinge_guest_target(${name}_objects)
  target_compile_options(${name}_objects PRIVATE -mcmodel=kernel -fno-pic)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/no_symbols.S "")
  add_custom_command(OUTPUT ${table} DEPENDS ${name}_first ${tool}
                     COMMAND ${tool} --nm ${CMAKE_NM} --base 0xffffffff80000000 $<TARGET_FILE:${name}_first> ${table})
  add_executable(${name}_first $<TARGET_OBJECTS:${name}_objects> ${CMAKE_CURRENT_BINARY_DIR}/no_symbols.S)
  add_executable(${name}.elf $<TARGET_OBJECTS:${name}_objects> ${table})
  foreach(link ${name}_first ${name}.elf)
    target_link_options(${link} PRIVATE -nostdlib -static -fuse-ld=lld-19 -Wl,-T,${script} -Wl,--gc-sections
                        -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096)
    set_target_properties(${link} PROPERTIES LINK_DEPENDS ${script})
  endforeach()
endfunction()

# The nucleus: one ELF file that QEMU starts by its PVH note. And its bottom alone, with a test on top.
function(hinge_nucleus)
  hinge_guest_sources(sources base nucleus)
  if(sources MATCHES "nucleus/mm/")
    hinge_nucleus_image(nucleus ${sources})
  endif()
  hinge_guest_sources(bottom base nucleus/boot nucleus/arch nucleus/time nucleus/irq nucleus/debug tests/nucleus)
  hinge_nucleus_image(nucleus_bottom ${bottom})
endfunction()

# What every service links: base and the host contract's user side, compiled once.
function(hinge_service_library)
  hinge_guest_sources(library base host)
  add_library(service_library OBJECT ${library})
  hinge_guest_target(service_library)
  target_compile_options(service_library PRIVATE -fPIE)
endfunction()

# A service (or placement): a static position-independent executable for a slot, the same file on either side.
function(hinge_service name folder)
  hinge_guest_sources(sources ${folder})
  if(NOT sources)
    return()
  endif()
  add_executable(${name}.elf ${sources} $<TARGET_OBJECTS:service_library>)
  hinge_guest_target(${name}.elf)
  target_compile_options(${name}.elf PRIVATE -fPIE)
  set(script ${PROJECT_SOURCE_DIR}/host/process/service.ld)
  target_link_options(${name}.elf PRIVATE -nostdlib -static-pie -fuse-ld=lld-19 -Wl,-T,${script} -Wl,--gc-sections
                      -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--no-dynamic-linker)
  set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS ${script})
endfunction()
