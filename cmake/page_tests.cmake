# What is tested from outside, mostly with Node.js: each page by itself, the API's document, all of it together in a real
# browser, and its TLS.
find_program(NPM npm REQUIRED)
find_program(NODE node REQUIRED)

foreach(page console widget storefront)
  add_test(NAME ${page} COMMAND ${NPM} run --silent test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web/${page})
  add_test(NAME ${page}.lint COMMAND ${NPM} run --silent lint WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web/${page})
  set_tests_properties(${page} ${page}.lint PROPERTIES TIMEOUT 180)
endforeach()

add_test(NAME openapi COMMAND ${NODE} --test --test-reporter=spec openapi.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e)
add_test(NAME browser COMMAND ${NODE} --test --test-reporter=spec all.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e)
# Cases on real data, which is no part of a clone: ctest shows them as skipped where there is none.
set(WITH_REAL_DATA ${CMAKE_SOURCE_DIR}/tests/with-real-data)
add_test(NAME real-data COMMAND ${WITH_REAL_DATA} $<TARGET_FILE:cordon_tests> --gtest_filter=RealData*)
add_test(NAME real-data-stores COMMAND ${WITH_REAL_DATA} ${NODE} --test --test-reporter=spec outside.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e)
set_tests_properties(real-data real-data-stores PROPERTIES SKIP_RETURN_CODE 77)
# Shopify's own library and an OAuth client against the server; they bring the Node.js that they need, and 77 says that there is none.
add_test(NAME libraries COMMAND ${NPM} run --silent test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/outside)
set_tests_properties(libraries PROPERTIES SKIP_RETURN_CODE 77)
# The object store against an S3 server of npm's; formats of objects and keys against independent readers.
add_test(NAME objects COMMAND ${NODE} --test --test-reporter=spec objects.test.mjs keys.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/outside)
set_tests_properties(objects PROPERTIES TIMEOUT 300 ENVIRONMENT "CORDON_TESTS=$<TARGET_FILE:cordon_tests>")
# The published audit log, read by Go's own readers of such logs, and cosigned by a witness that is made of them.
add_test(NAME audit-outside COMMAND ${NODE} --test --test-reporter=spec audit.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/outside)
add_test(NAME witness-outside COMMAND ${NODE} --test --test-reporter=spec witness.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/outside)
set_tests_properties(audit-outside witness-outside PROPERTIES TIMEOUT 300
  ENVIRONMENT "CORDON_BINARY=$<TARGET_FILE:cordon>;CORDON_SOURCE_DIR=${CMAKE_SOURCE_DIR};GOCACHE=${CMAKE_BINARY_DIR}/go;${CORDON_TOOLS}")
add_test(NAME hydra COMMAND ${NODE} --test --test-reporter=spec hydra.test.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e)
set_tests_properties(openapi browser real-data-stores libraries hydra PROPERTIES TIMEOUT 900
  ENVIRONMENT "CORDON_BINARY=$<TARGET_FILE:cordon>;CORDON_SOURCE_DIR=${CMAKE_SOURCE_DIR};${CORDON_TOOLS}")
# The same tests, as far as they are about more than one page, of a server that is split into its services.
add_test(NAME browser-split COMMAND ${NODE} --test --test-reporter=spec split.mjs WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/e2e)
set_tests_properties(browser-split PROPERTIES TIMEOUT 900 COST 40
  ENVIRONMENT "CORDON_SPLIT=1;CORDON_BINARY=$<TARGET_FILE:cordon>;CORDON_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
# The longest one begins first, with the others beside it.
set_tests_properties(browser PROPERTIES COST 90)
# What testssl.sh finds on the server. It is a shell script that forks all the time: 100 s of a processor.
add_test(NAME tls COMMAND ${CMAKE_SOURCE_DIR}/scripts/tls $<TARGET_FILE:cordon>)
set_tests_properties(tls PROPERTIES TIMEOUT 600 COST 60)
