# One library per folder with an explicit list of what it links: the rules of
# docs/architecture.md about who may include whom are enforced by these lists.

# ashlar_runtime_library(NAME sources... [LINK libs...]): standard library only, whose
# headers are precompiled, plus what LINK names. OPTIONS are compiler options that
# differ from those of the precompiled header, which is not used then.
function(ashlar_runtime_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS;OPTIONS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC
    ${CMAKE_SOURCE_DIR}/runtime ${CMAKE_SOURCE_DIR}/runtime/include ${CMAKE_BINARY_DIR}/runtime)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_OPTIONS)
    target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  else()
    target_precompile_headers(${name} REUSE_FROM AshlarRuntimePch)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# ashlar_precompiled_header(NAME headers... [DEPENDS targets...]): headers that nearly
# every source of some libraries includes, compiled once. It is one per dialect, so
# that a change of a dialect does not compile what knows nothing of it.
function(ashlar_precompiled_header name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_library(${name} STATIC ${CMAKE_SOURCE_DIR}/cmake/Pch.cpp)
  ashlar_see_mlir(${name})
  list(TRANSFORM ARG_UNPARSED_ARGUMENTS PREPEND ${CMAKE_SOURCE_DIR}/)
  target_precompile_headers(${name} PUBLIC ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} ${ARG_DEPENDS})
endfunction()

# ashlar_generated_definitions(sources...): what TableGen makes of a dialect is thousands
# of small functions that are called once. Inlining them into each other takes a third
# of their compile time and gains nothing.
function(ashlar_generated_definitions)
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_OPTIONS "-mllvm;-inline-threshold=0")
endfunction()

# ashlar_library(NAME sources... [PCH name] [LINK libs...] [DEPENDS targets...]): part
# of the compiler; sees LLVM's and MLIR's headers through a precompiled header.
function(ashlar_library name)
  cmake_parse_arguments(ARG "" "PCH" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  ashlar_use_mlir(${name} "${ARG_PCH}")
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# ashlar_tool(NAME sources... [PCH name|NONE] [LINK libs...]): an executable on LLVM and MLIR.
function(ashlar_tool name)
  cmake_parse_arguments(ARG "" "PCH" "LINK;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  ashlar_use_mlir(${name} "${ARG_PCH}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  target_link_options(${name} PRIVATE -fuse-ld=lld -Wl,--gc-sections)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

function(ashlar_see_mlir target)
  target_include_directories(${target} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_include_directories(${target} PUBLIC
    ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include
    ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}
    ${CMAKE_SOURCE_DIR}/runtime ${CMAKE_BINARY_DIR}/runtime)
  target_compile_definitions(${target} PUBLIC ${ASHLAR_LLVM_DEFINITIONS})
endfunction()

function(ashlar_use_mlir target pch)
  ashlar_see_mlir(${target})
  if(pch STREQUAL "NONE")
    return()
  elseif(NOT pch)
    set(pch AshlarNPUPch)
  endif()
  ashlar_reuse_headers(${target} ${pch})
endfunction()

# The precompiled headers of `pch`, which are compiled with -fPIC: executables would
# get -fPIE, which does not fit them.
function(ashlar_reuse_headers target pch)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()
