# The helpers every CMakeLists.txt of this tree uses.

add_library(ringcast_options INTERFACE)
target_compile_options(ringcast_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
  $<$<BOOL:${RINGCAST_WERROR}>:-Werror>
  # GCC 12 warns about std::string's own operator+ (its bug 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  -fno-omit-frame-pointer)
# Where a release was built is not in it: the same tree makes the same program, wherever it lies.
add_compile_options($<$<CONFIG:Release>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=>)
# What makes a memory error harder to use. The sanitizers find such errors themselves, and do not go
# together with the fortified functions.
if(RINGCAST_HARDENING AND NOT RINGCAST_SANITIZE)
  include(CheckPIESupported)
  check_pie_supported()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_C_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
  add_compile_options(
    -fstack-protector-strong -fstack-clash-protection
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>
    # Only with optimisation; Debian's compilers may have set another level.
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
  add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,separate-code)
endif()
if(RINGCAST_SANITIZE)
  add_compile_options(-fsanitize=${RINGCAST_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RINGCAST_SANITIZE})
endif()

# ringcast_library(NAME FLOOR n SOURCES ... HEADERS ... LINKS ...)
# One library a folder. FLOOR is the folder's place in the graph (see src/README.md); tools/layers
# verifies that includes and links only go down. Each header must compile alone.
function(ringcast_library name)
  cmake_parse_arguments(arg "" "FLOOR" "SOURCES;HEADERS;LINKS" ${ARGN})
  set(target ringcast_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(visibility PUBLIC)
    target_link_libraries(${target} PRIVATE ringcast_options)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src
                   FILES ${arg_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  else()
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
    target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src
                   FILES ${arg_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  target_include_directories(${target} ${visibility} ${CMAKE_SOURCE_DIR}/src
                             ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(${target} ${visibility} ${arg_LINKS})
endfunction()

# ringcast_test(NAME [EXCLUSIVE] [LABELS ...] [TIMEOUT seconds] SOURCES ... LINKS ...): one GoogleTest
# program, its cases known to ctest one by one. EXCLUSIVE: no other test runs beside it (it measures
# time, memory or CPU, or needs the whole machine); it also gets the label `exclusive`.
function(ringcast_test name)
  cmake_parse_arguments(arg "EXCLUSIVE" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ringcast_options ringcast_test_build ${arg_LINKS}
                        GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM ringcast_test_headers)
  include(GoogleTest)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_EXCLUSIVE)
    list(APPEND arg_LABELS exclusive)
    list(APPEND properties RUN_SERIAL ON)
  endif()
  if(arg_LABELS)
    # A list does not survive test discovery, so several labels become one, joined; `ctest -L` takes a
    # regular expression and finds it by each part.
    list(JOIN arg_LABELS "," labels)
    list(APPEND properties LABELS "${labels}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()

# ringcast_bench(NAME SOURCES ... LINKS ...): one Google Benchmark program.
function(ringcast_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ringcast_options ${arg_LINKS} benchmark::benchmark
                        benchmark::benchmark_main Threads::Threads)
endfunction()

# ringcast_fuzzer(NAME SOURCES ... LINKS ...): one fuzz target, NAME_fuzz.cc and what it shares. With
# RINGCAST_FUZZ it is linked with libFuzzer; else with a main that replays its seeds, which is a test.
function(ringcast_fuzzer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  set(target ${name}_fuzz)
  add_executable(${target} ${target}.cc ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ringcast_options ${arg_LINKS})
  if(RINGCAST_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE replay_main.cc)
    add_test(NAME FuzzSeeds.${name}
             COMMAND ${target} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(FuzzSeeds.${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
