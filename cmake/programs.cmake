# Programs that tests run inside a guest, Hinge or Linux: tests/programs/*.c, osbench and storage, static, with musl. And the
# emulator's plugin that counts what they cost.
function(hinge_programs)
  set(folder ${PROJECT_BINARY_DIR}/programs)
  file(MAKE_DIRECTORY ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/programs/*.c)
  set(made)
  foreach(source ${sources} ${PROJECT_SOURCE_DIR}/tests/peers/osbench.c ${PROJECT_SOURCE_DIR}/tests/peers/storage.c)
    get_filename_component(name ${source} NAME_WE)
    add_custom_command(OUTPUT ${folder}/${name} DEPENDS ${source}
                       COMMAND musl-gcc -static -O2 -Wall -Wextra -o ${folder}/${name} ${source})
    list(APPEND made ${folder}/${name})
  endforeach()
  set(plugin ${PROJECT_BINARY_DIR}/opcount.so)
  add_custom_command(OUTPUT ${plugin} DEPENDS ${PROJECT_SOURCE_DIR}/tests/peers/opcount.c ${PROJECT_SOURCE_DIR}/tests/peers/opcount_events.h
                     COMMAND gcc -shared -fPIC -O2 -o ${plugin} ${PROJECT_SOURCE_DIR}/tests/peers/opcount.c)
  add_custom_target(programs ALL DEPENDS ${made} ${plugin})
endfunction()
