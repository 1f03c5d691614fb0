# Programs that tests run inside a guest, Hinge or Linux: tests/programs/*.c, osbench and storage, static, with musl. And the
# emulator's plugins that count what they cost and see which cache lines processors share.
function(hinge_programs)
  set(folder ${PROJECT_BINARY_DIR}/programs)
  file(MAKE_DIRECTORY ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/programs/*.c)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/programs/*.h ${PROJECT_SOURCE_DIR}/tests/peers/*.h)
  set(made)
  foreach(source ${sources} ${PROJECT_SOURCE_DIR}/tests/peers/osbench.c ${PROJECT_SOURCE_DIR}/tests/peers/storage.c)
    get_filename_component(name ${source} NAME_WE)
    add_custom_command(OUTPUT ${folder}/${name} DEPENDS ${source} ${headers}
                       COMMAND musl-gcc -static -O2 -Wall -Wextra -o ${folder}/${name} ${source})
    list(APPEND made ${folder}/${name})
  endforeach()
  foreach(name opcount sharedlines)
    set(source ${PROJECT_SOURCE_DIR}/tests/peers/${name}.c)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/${name}.so DEPENDS ${source} ${headers}
                       COMMAND gcc -shared -fPIC -O2 -Wall -Wextra -o ${PROJECT_BINARY_DIR}/${name}.so ${source})
    list(APPEND made ${PROJECT_BINARY_DIR}/${name}.so)
  endforeach()
  add_custom_target(programs ALL DEPENDS ${made})
endfunction()
