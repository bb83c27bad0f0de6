// RUN: not ashlar-translate --nisa-to-image --no-implicit-module %s 2>&1 | FileCheck %s

// What is no module is read as the only part of one, which says nothing about an image.
// CHECK: error: module has no attribute 'nisa.image' of an image
nisa.text 0 {
  nisa.halt
}
