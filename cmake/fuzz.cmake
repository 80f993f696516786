# Fuzzers, by libFuzzer: the few files that read what strangers send, built by clang for themselves, with ASan and UBSan.
# `cordon_fuzz(name seconds source files...)` adds a test that runs for so long, from the seeds in tests/fuzz/<name>/.
find_program(CORDON_FUZZ_COMPILER clang++-19)
if(NOT CORDON_FUZZ_COMPILER AND CORDON_REQUIRE_TOOLS)
  message(FATAL_ERROR "no clang++-19 for the fuzzers: install it (make setup), or leave them out with -DCORDON_REQUIRE_TOOLS=OFF")
endif()
set(CORDON_FUZZ_SECONDS 20 CACHE STRING "how long each fuzzer runs in the tests: a minute in all")

set(CORDON_FUZZ_COMPILE ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE} ${CORDON_FUZZ_COMPILER} -std=c++23 -O1 -g1
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -I${CMAKE_SOURCE_DIR}/src -DSPDLOG_FMT_EXTERNAL -Xclang -fno-pch-timestamp)
set(CORDON_FUZZ_PCH ${CMAKE_BINARY_DIR}/fuzz/pch.h.pch)
add_custom_command(OUTPUT ${CORDON_FUZZ_PCH} DEPENDS ${CMAKE_SOURCE_DIR}/src/base/pch.h
  COMMAND ${CORDON_FUZZ_COMPILE} -x c++-header ${CMAKE_SOURCE_DIR}/src/base/pch.h -o ${CORDON_FUZZ_PCH})

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
function(cordon_fuzz name)
  if(NOT CORDON_FUZZ_COMPILER)
    message(WARNING "no clang++-19: the fuzzer ${name} is left out")
    return()
  endif()
  set(binary ${CMAKE_BINARY_DIR}/fuzz/${name})
  set(objects)

  foreach(source tests/fuzz/${name}.cc ${ARGN})
    string(REPLACE "/" "_" object ${source})
    set(object ${CMAKE_BINARY_DIR}/fuzz/${object}.o)
    list(APPEND objects ${object})
    # A file that several fuzzers read is built once.
    get_property(known GLOBAL PROPERTY CORDON_FUZZ_OBJECTS)
    if(object IN_LIST known)
      continue()
    endif()
    set_property(GLOBAL APPEND PROPERTY CORDON_FUZZ_OBJECTS ${object})
    add_custom_command(OUTPUT ${object}
      COMMAND ${CORDON_FUZZ_COMPILE} -include-pch ${CORDON_FUZZ_PCH} -MD -MF ${object}.d -c ${CMAKE_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${CORDON_FUZZ_PCH} DEPFILE ${object}.d)
  endforeach()
  add_custom_command(OUTPUT ${binary}
    COMMAND ${CORDON_FUZZ_COMPILER} -fsanitize=fuzzer,address,undefined ${objects} -lboost_json -lcrypto -lfido2 -lcbor -lfmt -lspdlog -o ${binary}
    DEPENDS ${objects})
  add_custom_target(fuzz_${name} ALL DEPENDS ${binary})
  add_test(NAME fuzz-${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/run ${binary} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name} ${CORDON_FUZZ_SECONDS})
  set_tests_properties(fuzz-${name} PROPERTIES TIMEOUT 300)
endfunction()
