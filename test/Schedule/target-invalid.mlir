// RUN: not ashlar-opt %s --schedule-choose-tiles=target=none 2>&1 | FileCheck %s
// RUN: not ashlar-opt %s --schedule-form-groups=target=none 2>&1 | FileCheck %s
// RUN: not ashlar-opt %s --schedule=target=none 2>&1 | FileCheck %s

// CHECK: error: {{.*}}none
func.func @main() {
  return
}
