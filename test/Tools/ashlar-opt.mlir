// RUN: ashlar-opt --help | FileCheck %s --check-prefixes=HELP,CHECK
// RUN: ashlar-opt --list-passes | FileCheck %s
// RUN: ashlar-opt --show-dialects | FileCheck %s --check-prefix=DIALECTS
// RUN: not ashlar-opt --no-such-pass %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// HELP: ashlar-opt: the optimiser driver of Ashlar

// Our passes stand beside upstream's.
// CHECK-DAG: --canonicalize
// CHECK-DAG: --convert-nn-to-linalg
// CHECK-DAG: --convert-npu-to-linalg
// CHECK-DAG: --one-shot-bufferize

// DIALECTS: Available Dialects: {{.*}}linalg{{.*}}nisa, nn, npu
// UNKNOWN: Unknown command line argument '--no-such-pass'
