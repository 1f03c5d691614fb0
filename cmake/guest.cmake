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

# The nucleus: one ELF file that QEMU starts by its PVH note.
function(hinge_nucleus)
  hinge_guest_sources(sources base nucleus)
  if(NOT sources MATCHES "nucleus/boot/")
    return()
  endif()
  add_executable(nucleus.elf ${sources})
  hinge_guest_target(nucleus.elf)
  target_compile_options(nucleus.elf PRIVATE -mcmodel=kernel -fno-pic)
  set(script ${PROJECT_SOURCE_DIR}/nucleus/boot/nucleus.ld)
  target_link_options(nucleus.elf PRIVATE -nostdlib -static -no-pie -fuse-ld=lld-19 -Wl,-T,${script} -Wl,--gc-sections
                      -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096)
  set_target_properties(nucleus.elf PROPERTIES LINK_DEPENDS ${script})
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
