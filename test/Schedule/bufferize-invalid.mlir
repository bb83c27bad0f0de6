// RUN: ashlar-opt %s --schedule-bufferize --verify-diagnostics --split-input-file

func.func @dynamic(%a: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{result 0 has a dimension that is not known at compile time: 'tensor<?xf32>'}}
  return %a : tensor<?xf32>
}

// -----

func.func @scalar(%a: f32) -> f32 {
  // expected-error @+1 {{expected results to be tensors, got 'f32'}}
  return %a : f32
}
