// A module at the nisa level becomes an image: words, signature, weights, and
// debug ranges from the locations of the words.
// RUN: ashlar-translate --nisa-to-image %s -o %t.npu
// RUN: ashlar-translate --image-to-asm %t.npu | FileCheck %s

// CHECK: .machine "edge"
// CHECK: .field dramBytes, 4294967296
// CHECK: .compiler "by hand"
// CHECK: .estimated_cycles 7
// CHECK: .entry "start"
// CHECK: .dim "N"
// CHECK: .input "x", u8, [4], at 0, in io, dims ["N"], scale [0.5], zero [128]
// CHECK: .output "y", f32, [4], at 64, in io
// CHECK: .io_bytes 80
// CHECK: .start 0, 1
// CHECK: .peaks 64, 32, 0, 0, 0, 0
// CHECK: .plan "tile", "sram", 0, 0, 64, 0, 3
// The node without operator and words is left out.
// CHECK: .node "/conv", "Conv", 9
// CHECK-NEXT: .node "/relu", "Relu", 0
// CHECK-NOT: .node
// CHECK: .weight "splat", f32, [3], at 0
// CHECK-NEXT: .hex "0000803f0000803f0000803f"
// CHECK: .weight "flags", bool, [3], at 64
// CHECK-NEXT: .hex "010001"
// CHECK: .weight "nibbles", i4, [3], at 128
// CHECK-NEXT: .hex "f107"
// CHECK: .weight "bytes", u8, [4], at 192
// CHECK-NEXT: .hex "01020304"
// CHECK: .core 0
// CHECK-NEXT: nop
// CHECK-NEXT: .loc 0 ; /conv
// CHECK-NEXT: li r5, 1
// CHECK-NEXT: li r6, 2
// CHECK-NEXT: .loc 1 ; /relu
// CHECK-NEXT: li r7, 3
// CHECK-NEXT: .loc none
// CHECK-NEXT: halt

module attributes {nisa.image = {
    compiler = "by hand", target = "edge", estimated_cycles = 7.0,
    entries = [{name = "start", core_start = array<i64>, dynamic_dims = ["N"],
      inputs = [{name = "x", type = "u8", shape = array<i64: 4>, dynamic = ["N"], region = "io", offset = 0 : i64,
                 scale = array<f32: 0.5>, zero_point = array<i64: 128>, axis = -1 : i64}],
      outputs = [{name = "y", type = "f32", shape = array<i64: 4>, region = "io", offset = 64 : i64}],
      states = [], io_bytes = 80 : i64, arena_bytes = 0 : i64, state_bytes = 0 : i64, macs = 9 : i64}],
    plan = {sram_peak = 64 : i64, sram_bound = 32 : i64, dram_peak = 0 : i64, dram_bound = 0 : i64,
            acc_peak = 0 : i64, acc_bound = 0 : i64,
            buffers = [{name = "tile", space = "sram", core = 0 : i64, offset = 0 : i64, bytes = 64 : i64,
                        first = 0 : i64, last = 3 : i64}]},
    nodes = [{name = "w", op = "", macs = 0 : i64}, {name = "/conv", op = "Conv", macs = 9 : i64},
             {name = "/relu", op = "Relu", macs = 0 : i64}],
    weights = [{name = "splat", type = "f32", shape = array<i64: 3>, offset = 0 : i64},
               {name = "flags", type = "bool", shape = array<i64: 3>, offset = 64 : i64},
               {name = "nibbles", type = "i4", shape = array<i64: 3>, offset = 128 : i64},
               {name = "bytes", type = "u8", shape = array<i64: 4>, offset = 192 : i64}],
    machine = {accBytes = 2.621440e+05 : f64, accLatencyCycles = 4.000000e+00 : f64, blockLoadBytesPerCycle = 2.560000e+02 :
      f64, branchCycles = 2.000000e+00 : f64, chipLinkBytesPerCycle = 0.000000e+00 : f64, clockGHz = 1.000000e+00 :
      f64, copyBytesInFlight = 1.638400e+04 : f64, copyBytesPerCycle = 1.280000e+02 : f64, copyGatherRowsPerCycle =
      5.000000e-01 : f64, copyQueues = 2.000000e+00 : f64, copyStartupCycles = 4.000000e+00 : f64,
      coreLinkBytesPerCycle = 0.000000e+00 : f64, coreLinkLatencyCycles = 0.000000e+00 : f64, cores = 1.000000e+00 :
      f64, divCycles = 1.600000e+01 : f64, dramBurstBytes = 6.400000e+01 : f64, dramBytes = 0x41F0000000000000 :
      f64, dramBytesPerCycle = 3.200000e+01 : f64, dramLatencyCycles = 1.500000e+02 : f64, fpCycles = 4.000000e+00 :
      f64, fpDivCycles = 1.600000e+01 : f64, imemBytes = 6.553600e+04 : f64, loadCycles = 3.000000e+00 : f64,
      mulCycles = 3.000000e+00 : f64, mxuFillCycles = 1.200000e+01 : f64, mxuFloat8 = 0.000000e+00 : f64, mxuK =
      3.200000e+01 : f64, mxuM = 4.000000e+00 : f64, mxuN = 3.200000e+01 : f64, outLanesPerCycle = 1.280000e+02 :
      f64, outStartupCycles = 8.000000e+00 : f64, queueDepth = 1.600000e+01 : f64, remoteSignalCycles = 2.000000e+01
      : f64, semaphores = 2.560000e+02 : f64, signalCycles = 2.000000e+00 : f64, sramBytes = 0x4140000000000000 :
      f64, sramBytesPerCycle = 5.120000e+02 : f64, sramLineBytes = 6.400000e+01 : f64, vec64Divisor = 4.000000e+00 :
      f64, vecBytesPerCycle = 1.280000e+02 : f64, vecLanes = 3.200000e+01 : f64, vecSlowDivisor = 4.000000e+00 :
      f64, vecStartupCycles = 8.000000e+00 : f64, vecTransPerCycle = 8.000000e+00 : f64, vecWindowMacsPerCycle =
      2.560000e+02 : f64}}} {
  memref.global "private" constant @splat : memref<3xf32> = dense<1.0>
  memref.global "private" constant @flags : memref<3xi1> = dense<[true, false, true]>
  memref.global "private" constant @nibbles : memref<3xi4> = dense<[1, -1, 7]>
  memref.global "private" constant @bytes : memref<4xi8> = dense_resource<bytes>
  nisa.text 0 {
    nisa.nop
    nisa.label L0 "start"
    nisa.li r5, 1 loc("/conv"("Conv"))
    nisa.li r6, 2 loc(fused["elsewhere", "/conv"])
    nisa.li r7, 3 loc("/relu")
    nisa.halt
  }
}

{-#
  dialect_resources: { builtin: { bytes: "0x0100000001020304" } }
#-}
