# One room of the library: a static target per folder under src/sonde, whose dependencies are exactly the rooms it
# names. CMake refuses a cycle (GLOBAL_DEPENDS_NO_CYCLES); tools/check compares #includes with what is declared here.
#
#   sonde_room(NAME DEPENDS rooms... LINKS libraries... CATALOGUES folders...)
#
# A catalogue is a folder with a list.def of SONDE_ENTRY(name) lines (the room's own folder is ".").
# Every entry must have its leaf NAME.cc, or NAME.toml in a catalogue of texts, and a test NAME_test.cc in the mirrored
# folder of tests/.
function(sonde_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LINKS;CATALOGUES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(sonde_${name} STATIC ${sources})
  target_include_directories(sonde_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_DEPENDS PREPEND sonde_)
  target_link_libraries(sonde_${name} PUBLIC sonde_options ${ROOM_DEPENDS} ${ROOM_LINKS})
  foreach(catalogue IN LISTS ROOM_CATALOGUES)
    sonde_check_catalogue(${name} ${catalogue})
  endforeach()
  sonde_room_tests(${name})
endfunction()

# Stop when an entry of list.def lacks its leaf or its test.
function(sonde_check_catalogue room folder)
  set(list_file ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/list.def)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list_file})
  file(STRINGS ${list_file} lines REGEX "^SONDE_ENTRY\\(")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^SONDE_ENTRY\\(([a-z0-9_]+).*" "\\1" entry ${line})
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${entry}.cc
       AND NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${entry}.toml)
      message(FATAL_ERROR "${list_file} names '${entry}' but ${folder}/${entry}.cc is missing")
    endif()
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/tests/${room}/${folder}/${entry}_test.cc)
      message(FATAL_ERROR "${list_file} names '${entry}' but tests/${room}/${folder}/${entry}_test.cc is missing")
    endif()
  endforeach()
endfunction()

# tests/ROOM/**_test.cc become one program with the label "unit".
function(sonde_room_tests name)
  if(NOT SONDE_TESTS)
    return()
  endif()
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cc)
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE sonde_${name} GTest::gmock GTest::gtest_main)
    # Tests run once, so that compiling them fast counts for more than what they are compiled to.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
    target_precompile_headers(${name}_test PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
    target_compile_definitions(${name}_test PRIVATE SONDE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    gtest_discover_tests(${name}_test PROPERTIES LABELS unit DISCOVERY_MODE PRE_TEST)
  endif()
endfunction()
