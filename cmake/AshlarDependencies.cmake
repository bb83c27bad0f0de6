# What comes from Debian's packages. README.md gives the reason for each.

separate_arguments(ASHLAR_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
list(TRANSFORM ASHLAR_LLVM_DEFINITIONS REPLACE "^-D" "")

find_package(Protobuf REQUIRED)
find_package(hwy QUIET)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
if(NOT TARGET hwy::hwy)
  pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
endif()
find_package(nlohmann_json 3 REQUIRED)
find_package(GTest REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)

# The headers that nearly every compiler source includes, compiled once.
add_library(AshlarPch STATIC ${CMAKE_SOURCE_DIR}/cmake/Pch.cpp)
target_include_directories(AshlarPch SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_include_directories(AshlarPch PUBLIC
  ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}
  ${CMAKE_SOURCE_DIR}/runtime ${CMAKE_BINARY_DIR}/runtime)
target_compile_definitions(AshlarPch PUBLIC ${ASHLAR_LLVM_DEFINITIONS})
target_precompile_headers(AshlarPch PUBLIC ${CMAKE_SOURCE_DIR}/cmake/Pch.h)
