# Tests that belong to no single room. The root calls these after all rooms and the program are there.

# tests/NAME/**_test.cc become one program that links the named rooms; its label is NAME.
#
#   sonde_suite(NAME DEPENDS rooms...)
function(sonde_suite name)
  cmake_parse_arguments(SUITE "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cc)
  if(NOT SONDE_TESTS OR NOT tests)
    return()
  endif()
  add_executable(${name}_test ${tests})
  list(TRANSFORM SUITE_DEPENDS PREPEND sonde_)
  target_link_libraries(${name}_test PRIVATE ${SUITE_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE SONDE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  gtest_discover_tests(${name}_test PROPERTIES LABELS ${name} DISCOVERY_MODE PRE_TEST)
endfunction()

# Every tests/NAME/*_test.py runs the program that SONDE names in its environment; its label is NAME.
#
#   sonde_program_tests(NAME TARGET)
function(sonde_program_tests name target)
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.py)
  if(NOT SONDE_TESTS OR NOT tests)
    return()
  endif()
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
  foreach(test IN LISTS tests)
    get_filename_component(stem ${test} NAME_WE)
    add_test(NAME ${name}.${stem} COMMAND Python3::Interpreter -B ${test})
    set_tests_properties(${name}.${stem} PROPERTIES LABELS ${name}
      ENVIRONMENT "SONDE=$<TARGET_FILE:${target}>;SONDE_TEST_DATA=${PROJECT_SOURCE_DIR}/tests/data")
  endforeach()
endfunction()

# Every tests/real/*_test.py compares real checkpoints with transformers. It runs in the Python of build/venv and needs the
# models of tools/fetch_models, which `make test-real` sets up; its label is slow, which the test presets leave out.
function(sonde_real_tests)
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/real/*_test.py)
  if(NOT SONDE_TESTS OR NOT TARGET example_fill_mask)
    return()
  endif()
  foreach(test IN LISTS tests)
    get_filename_component(stem ${test} NAME_WE)
    add_test(NAME real.${stem} COMMAND ${PROJECT_SOURCE_DIR}/build/venv/bin/python -B ${test})
    set_tests_properties(real.${stem} PROPERTIES LABELS slow
      ENVIRONMENT "SONDE=$<TARGET_FILE:sonde>;SONDE_FILL_MASK=$<TARGET_FILE:example_fill_mask>")
  endforeach()
endfunction()
