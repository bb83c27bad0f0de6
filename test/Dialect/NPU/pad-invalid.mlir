// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @pad_position(%a: tensor<4x5xi8>) {
  // expected-error @below {{expected the source within the result, got position 2 in dimension 1}}
  %0 = npu.pad %a low [0, 2] value(0 : i8) : tensor<4x5xi8> to tensor<4x6xi8>
  return
}

// -----

func.func @pad_type(%a: tensor<4xi8>) {
  // expected-error @below {{expected equal ranks and element types, got 'tensor<4xi8>', 'tensor<6xi8>' and a value of type 'i32'}}
  %0 = npu.pad %a low [0] value(0 : i32) : tensor<4xi8> to tensor<6xi8>
  return
}

// -----

func.func @pad_kind(%a: tensor<4xi8>) {
  // expected-error @below {{expected two tensors or two memrefs, got 'tensor<4xi8>' and 'memref<6xi8, #npu.space<dram>>'}}
  %0 = npu.pad %a low [0] value(0 : i8) : tensor<4xi8> to memref<6xi8, #npu.space<dram>>
  return
}

// -----

func.func @pad_rank(%a: tensor<4xi8>) {
  // expected-error @below {{expected 1 positions in 'low', got 2}}
  %0 = npu.pad %a low [0, 1] value(0 : i8) : tensor<4xi8> to tensor<6xi8>
  return
}

// -----

func.func @pad_dynamic(%a: memref<?xi8, #npu.space<dram>>) {
  // expected-error @below {{expected a source of static shape}}
  %0 = npu.pad %a low [0] value(0 : i8) : memref<?xi8, #npu.space<dram>> to memref<6xi8, #npu.space<dram>>
  return
}

// -----

func.func @pad_dynamic(%a: memref<?xi8, #npu.space<dram>>) {
  // expected-error @below {{expected a source of static shape, got 'memref<?xi8, #npu.space<dram>>'}}
  %0 = npu.pad %a low [0] value(0 : i8) : memref<?xi8, #npu.space<dram>> to memref<6xi8, #npu.space<dram>>
  return
}
