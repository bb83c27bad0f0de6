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
