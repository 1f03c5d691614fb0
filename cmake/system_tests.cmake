# Tests beyond single functions: the house rules, and whole systems in QEMU (tests/system/*.py; each kills its emulator at
# its own limit, below ctest's). Registered only when there is something to boot. Label "long": only in ./hinge test --long.
set(HINGE_PYTHON env PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3)

function(hinge_system_tests)
  add_test(NAME lint COMMAND ${HINGE_PYTHON} ${PROJECT_SOURCE_DIR}/tools/lint/main.py --build ${PROJECT_BINARY_DIR})
  add_test(NAME lint.self_test COMMAND ${HINGE_PYTHON} ${PROJECT_SOURCE_DIR}/tools/lint/main.py --self-test)
  file(GLOB tool_tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/*/*_test.py)
  foreach(test ${tool_tests})
    get_filename_component(name ${test} NAME_WE)
    add_test(NAME tool.${name} COMMAND ${HINGE_PYTHON} ${test})
  endforeach()
  set_tests_properties(lint lint.self_test PROPERTIES TIMEOUT 60)
endfunction()
