// RUN: not ashlar-translate --nisa-to-image --no-implicit-module %s 2>&1 | FileCheck %s

// CHECK: error: expected a module
nisa.text 0 {
  nisa.halt
}
