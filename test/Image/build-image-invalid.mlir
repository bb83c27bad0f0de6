// What is missing or wrong in a module is named.
// RUN: ashlar-translate --nisa-to-image --split-input-file --verify-diagnostics %s
// RUN: sed 's/region = "io"/region = "moon"/' %S/build-image.mlir | not ashlar-translate --nisa-to-image --split-input-file 2>&1 | FileCheck %s --check-prefix=REGION
// REGION: error: attribute 'nisa.image': {{.*}}: unknown region

// expected-error@+1 {{module has no attribute 'nisa.image' of an image}}
module {}

// -----

// expected-error@+1 {{attribute 'nisa.image': the image has no valid 'target'}}
module attributes {nisa.image = {compiler = "by hand"}} {}

// -----

// expected-error@+1 {{attribute 'nisa.image': machine has no valid 'cores'}}
module attributes {nisa.image = {compiler = "by hand", target = "edge", machine = {}}} {}

// -----

// expected-error@+1 {{attribute 'nisa.image': machine field 'cores' }}
module attributes {nisa.image = {compiler = "by hand", target = "edge", machine = {cores = 0.5}}} {}
