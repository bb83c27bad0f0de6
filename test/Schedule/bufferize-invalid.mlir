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

// -----

func.func @no_such_state(%a: tensor<4xf32> {nn.state = "a"}) -> (tensor<4xf32> {nn.state = "b"}) {
  // expected-error @+1 {{result 0 is the next value of "b", but no argument is that state}}
  return %a : tensor<4xf32>
}

// -----

func.func @other_type(%a: tensor<4xf32> {nn.state = "a"}, %b: tensor<5xf32>) -> (tensor<5xf32> {nn.state = "a"}) {
  // expected-error @+1 {{the state "a" is 'tensor<4xf32>', but its next value is 'tensor<5xf32>'}}
  return %b : tensor<5xf32>
}

// -----

func.func @twice(%a: tensor<4xf32> {nn.state = "a"}, %b: tensor<4xf32>)
    -> (tensor<4xf32> {nn.state = "a"}, tensor<4xf32> {nn.state = "a"}) {
  // expected-error @+1 {{the state "a" has two next values}}
  return %b, %b : tensor<4xf32>, tensor<4xf32>
}
