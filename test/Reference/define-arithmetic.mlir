// RUN: ashlar-opt %s --reference-define-arithmetic | FileCheck %s

// The divisor is 1 where division is not defined; by zero the result is all ones.
// CHECK-LABEL: func.func @divide(
// CHECK-SAME: %[[X:.*]]: i8, %[[Y:.*]]: i8
// CHECK: %[[ZERO:.*]] = arith.cmpi eq, %[[Y]], %c0_i8
// CHECK: %[[SAFE:.*]] = arith.select %{{.*}}, %c1_i8, %[[Y]]
// CHECK: %[[Q:.*]] = arith.divsi %[[X]], %[[SAFE]]
// CHECK: %[[R:.*]] = arith.select %[[ZERO]], %c-1_i8{{.*}}, %[[Q]]
// CHECK: return %[[R]]
func.func @divide(%x: i8, %y: i8) -> i8 {
  %0 = arith.divsi %x, %y : i8
  return %0 : i8
}

// A divisor that is known to be good stays.
// CHECK-LABEL: func.func @by_three
// CHECK-NOT: arith.select
// CHECK: arith.divsi
// CHECK-NOT: arith.select
// CHECK: return
func.func @by_three(%x: i8) -> i8 {
  %three = arith.constant 3 : i8
  %0 = arith.divsi %x, %three : i8
  return %0 : i8
}

// CHECK-LABEL: func.func @shift(
// CHECK-SAME: %[[X:.*]]: i8, %[[Y:.*]]: i8
// CHECK: %[[OUT:.*]] = arith.cmpi ugt, %[[Y]], %c7_i8
// CHECK: %[[N:.*]] = arith.select %[[OUT]], %c7_i8, %[[Y]]
// CHECK: %[[S:.*]] = arith.shli %[[X]], %[[N]]
// CHECK: arith.select %[[OUT]], %c0_i8, %[[S]]
func.func @shift(%x: i8, %y: i8) -> i8 {
  %0 = arith.shli %x, %y : i8
  return %0 : i8
}

// CHECK-LABEL: func.func @convert(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK-DAG: arith.cmpf ord, %[[X]], %[[X]]
// CHECK-DAG: arith.cmpf oge, %[[X]], %cst{{.*}}
// CHECK-DAG: arith.cmpf olt, %[[X]], %cst{{.*}}
// CHECK: arith.fptosi
// CHECK: arith.select %{{.*}}, %c-128_i8
// CHECK: arith.select %{{.*}}, %c127_i8
func.func @convert(%x: f32) -> i8 {
  %0 = arith.fptosi %x : f32 to i8
  return %0 : i8
}
