# Writes the manual page: its head, then what the program and each of its commands say of their options.
#   cmake -DPROGRAM=.. -DHEAD=.. -DVERSION=.. -DOUT=.. -P manual.cmake
cmake_minimum_required(VERSION 3.25)

function(words_of out)
  execute_process(COMMAND ${PROGRAM} ${ARGN} --help OUTPUT_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${words}" PARENT_SCOPE)
endfunction()

# As it stands, for troff: a backslash is one, and no line is a command of troff's.
function(as_it_stands out words)
  string(REPLACE "\\" "\\e" words "${words}")
  string(REPLACE "-" "\\-" words "${words}")
  string(REGEX REPLACE "(^|\n)([.'])" "\\1\\\\&\\2" words "${words}")
  set(${out} ".nf\n${words}.fi\n" PARENT_SCOPE)
endfunction()

file(READ ${HEAD} page)
string(REPLACE "@VERSION@" "${VERSION}" page "${page}")
words_of(words)
as_it_stands(block "${words}")
string(APPEND page ".SH OPTIONS\n${block}")
string(REGEX MATCH "\n[Ss][Uu][Bb][Cc][Oo][Mm][Mm][Aa][Nn][Dd][Ss]:.*" list "${words}")
string(REGEX MATCHALL "\n  [a-z]+" commands "${list}")
foreach(command IN LISTS commands)
  string(STRIP "${command}" command)
  words_of(words ${command})
  as_it_stands(block "${words}")
  string(TOUPPER ${command} title)
  string(APPEND page ".SH CONVSCOPE ${title}\n${block}")
endforeach()
file(WRITE ${OUT} "${page}")
