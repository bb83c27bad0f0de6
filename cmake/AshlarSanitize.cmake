# AddressSanitizer and UndefinedBehaviorSanitizer, for what comes after this.
option(ASHLAR_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(ASHLAR_SANITIZE)
  # -O1: full optimisation of instrumented code takes twice the time to compile and
  # gains nothing that tests would notice.
  add_compile_options(-O1 -Wno-pass-failed -fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
