# Compiler settings that hold for every target.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# Debian's LLVM is built without assertions and with RTTI; our settings match.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Results must not depend on what the host's compiler likes to fuse.
# GCC 12's std::stable_sort uses what its own headers call deprecated.
add_compile_options(-ffp-contract=off -Wall -Wextra -Wno-unused-parameter
                    -Wno-deprecated-declarations
                    $<$<CXX_COMPILER_ID:Clang>:-fcolor-diagnostics>)

find_program(ASHLAR_CCACHE ccache)
if(ASHLAR_CCACHE)
  # Precompiled headers need these to be cacheable.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ASHLAR_CCACHE})
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
