// A 3 x 3 convolution of ResNet-50 (28 x 28, 128 to 128 channels, i8), padded and
// requantised, from dram to dram: its pad is never memory, and the matrix unit is
// busy most of the time. The cost model agrees with the clock.
//
// RUN: ashlar compile %s --target edge -o %t.npu --stats %t.c.json
// RUN: ashlar run %t.npu --random-inputs --timed --stats %t.r.json
// RUN: %python %S/Inputs/check_throughput.py %t.c.json %t.r.json --utilization 0.8 --dram 0.9e6
// RUN: ashlar compile %s --target nano -o %t.npu --stats %t.c.json
// RUN: ashlar run %t.npu --random-inputs --timed --stats %t.r.json
// RUN: %python %S/Inputs/check_throughput.py %t.c.json %t.r.json --utilization 0.95 --dram 2e6
// RUN: ashlar verify %s --target nano --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --sanitize | FileCheck %s
// CHECK: PASS

func.func @main(%x: tensor<1x28x28x128xi8>, %w: tensor<3x3x128x128xi8>, %b: tensor<128xf32>) -> tensor<1x28x28x128xi8> {
  %z = arith.constant 0 : i8
  %za = arith.constant 0 : i32
  %xp = tensor.pad %x low[0,1,1,0] high[0,1,1,0] {
  ^bb0(%i:index,%j:index,%k:index,%l:index):
    tensor.yield %z : i8
  } : tensor<1x28x28x128xi8> to tensor<1x30x30x128xi8>
  %e = tensor.empty() : tensor<1x28x28x128xi32>
  %f = linalg.fill ins(%za : i32) outs(%e : tensor<1x28x28x128xi32>) -> tensor<1x28x28x128xi32>
  %c = linalg.generic {indexing_maps=[affine_map<(n,h,w,f,kh,kw,c)->(n,h*1+kh,w*1+kw,c)>, affine_map<(n,h,w,f,kh,kw,c)->(kh,kw,c,f)>, affine_map<(n,h,w,f,kh,kw,c)->(n,h,w,f)>], iterator_types=["parallel","parallel","parallel","parallel","reduction","reduction","reduction"]} ins(%xp, %w : tensor<1x30x30x128xi8>, tensor<3x3x128x128xi8>) outs(%f : tensor<1x28x28x128xi32>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %p1 = arith.extsi %p : i8 to i32
    %q1 = arith.extsi %q : i8 to i32
    %m = arith.muli %p1, %q1 : i32
    %a = arith.addi %o, %m : i32
    linalg.yield %a : i32
  } -> tensor<1x28x28x128xi32>
  %e2 = tensor.empty() : tensor<1x28x28x128xi8>
  %r = linalg.generic {indexing_maps=[affine_map<(d0,d1,d2,d3)->(d0,d1,d2,d3)>, affine_map<(d0,d1,d2,d3)->(d3)>, affine_map<(d0,d1,d2,d3)->(d0,d1,d2,d3)>], iterator_types=["parallel","parallel","parallel","parallel"]} ins(%c, %b : tensor<1x28x28x128xi32>, tensor<128xf32>) outs(%e2 : tensor<1x28x28x128xi8>) {
  ^bb0(%p: i32, %q: f32, %o: i8):
    %1 = arith.sitofp %p : i32 to f32
    %2 = arith.mulf %1, %q : f32
    %3 = math.roundeven %2 : f32
    %lo = arith.constant 0.0 : f32
    %hi = arith.constant 127.0 : f32
    %4 = arith.maximumf %3, %lo : f32
    %5 = arith.minimumf %4, %hi : f32
    %6 = arith.fptosi %5 : f32 to i8
    linalg.yield %6 : i8
  } -> tensor<1x28x28x128xi8>
  return %r : tensor<1x28x28x128xi8>
}
