// RUN: ashlar-opt --help | FileCheck %s
// RUN: not ashlar-opt --no-such-pass %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// Our passes stand beside upstream's.
// CHECK-DAG: --canonicalize
// CHECK-DAG: --convert-nn-to-linalg
// CHECK-DAG: --convert-npu-to-linalg
// CHECK-DAG: --one-shot-bufferize

// UNKNOWN: Unknown command line argument '--no-such-pass'
