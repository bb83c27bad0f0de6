// RUN: ashlar-opt %s --linalg-check-support --split-input-file --verify-diagnostics

func.func private @declared(tensor<4xf32>) -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{cannot compile func.call (tensor<4xf32>) -> (tensor<4xf32>): what is called has no body here, calls itself, or may not be inlined}}
  %0 = func.call @declared(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{calls itself}}
  %0 = func.call @main(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{a model has no branches; compute both sides and select}}
  cf.br ^bb1
^bb1:
  cf.br ^bb1
}

// -----

// All of it, not the first.
func.func @main(%x: tensor<8x4xf32>, %i: tensor<3x1xindex>, %s: tensor<2xindex>, %c: tensor<i1>) -> (tensor<3x4xf32>, tensor<2x16xf32>) {
  // expected-error @+1 {{cannot compile tensor.gather (tensor<8x4xf32>, tensor<3x1xindex>) -> (tensor<3x4xf32>): use nn.gather, nn.scatter or a linalg.generic that indexes}}
  %0 = tensor.gather %x[%i] gather_dims([0]) : (tensor<8x4xf32>, tensor<3x1xindex>) -> tensor<3x4xf32>
  // expected-error @+1 {{its shape is known only at run time; use tensor.expand_shape or tensor.collapse_shape}}
  %1 = tensor.reshape %x(%s) : (tensor<8x4xf32>, tensor<2xindex>) -> tensor<2x16xf32>
  // expected-error @+1 {{use a linalg.generic with arith.bitcast}}
  %2 = tensor.bitcast %x : tensor<8x4xf32> to tensor<8x4xi32>
  // expected-error @+1 {{single elements of tensors in dram cannot be accessed; use a linalg.generic}}
  %b = tensor.extract %c[] : tensor<i1>
  // expected-error @+1 {{a model has no control flow over tensors; unroll the loop, or compute both sides and select}}
  %3 = scf.if %b -> tensor<3x4xf32> {
    scf.yield %0 : tensor<3x4xf32>
  } else {
    scf.yield %0 : tensor<3x4xf32>
  }
  // expected-error @+1 {{expected operations of nn, linalg or tosa, or slices, pads and reshapes of tensor; arith.negf works on scalars in a linalg.generic}}
  %4 = arith.negf %3 : tensor<3x4xf32>
  return %4, %1 : tensor<3x4xf32>, tensor<2x16xf32>
}

// -----

// expected-error @+2 {{cannot compile argument 0 of main: no element type of the machine is complex<f32>; it has f16, bf16, f32, f64, i1, i8, i16, i32 and i64}}
// expected-error @+1 {{cannot compile argument 1 of main: no element type of the machine is i7}}
func.func @main(%x: tensor<4xcomplex<f32>>, %y: tensor<4xi7>) {
  return
}

// -----

// expected-error @+3 {{cannot compile argument 0 of main: expected a tensor, got f32}}
// expected-error @+2 {{the rank of tensor<*xf32> is known only at run time}}
// expected-error @+1 {{tensor<4xf32, "a"> has an encoding; the machine stores tensors densely}}
func.func @main(%x: f32, %y: tensor<*xf32>, %z: tensor<4xf32, "a">) {
  return
}

// -----

// expected-error @+1 {{cannot compile argument 0 of main: a dimension of tensor<?xf32> is known only at run time}}
func.func @main(%x: tensor<?xf32>) {
  return
}

// -----

// expected-error @+1 {{'tensor<9223372036854775807x4xf32>' does not fit: 64 bits cannot count its bytes}}
func.func @main(%x: tensor<9223372036854775807x4xf32>) {
  return
}

// -----

// expected-error @+1 {{cannot compile ml_program.global () -> (): expected functions only}}
ml_program.global private @g(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
func.func @main(%x: tensor<4xf32>) {
  return
}

// -----

#id = affine_map<(i) -> (i)>
func.func private @h(f32) -> f32
func.func @main(%x: tensor<7xf32>) -> tensor<7xf32> {
  %e = tensor.empty() : tensor<7xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<7xf32>) outs(%e : tensor<7xf32>) {
  ^bb0(%a: f32, %o: f32):
    // expected-error @+1 {{cannot compile vector.print (f32) -> (): an engine computes values of elements and does nothing else}}
    vector.print %a : f32
    // expected-error @+1 {{cannot compile func.call (f32) -> (f32): an engine computes values of elements and does nothing else}}
    %r = func.call @h(%a) : (f32) -> f32
    linalg.yield %r : f32
  } -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// -----

// expected-error @+1 {{cannot compile argument 0 of main: inputs and outputs have the type that stores them; quantise or dequantise inside}}
func.func @main(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  return
}

// -----

// expected-error @+1 {{cannot compile argument 0 of main: npu.io is for buffers, which it becomes}}
func.func @main(%x: tensor<9xf32> {npu.io = "output"}) -> tensor<9xf32> {
  return %x : tensor<9xf32>
}

// -----

func.func @main(%x: tensor<9xf32>) -> tensor<9xf32> {
  // expected-error @+1 {{cannot compile llvm.unreachable () -> (): a model ends with func.return}}
  llvm.unreachable
}

// -----

// expected-error @+1 {{two inputs or outputs are named 'a'; each needs a name of its own (nn.name)}}
func.func @main(%x: tensor<4xf32> {nn.name = "a"}, %y: tensor<4xf32> {nn.name = "a"}) -> tensor<4xf32> {
  %0 = nn.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{two inputs or outputs are named 'a'; each needs a name of its own (nn.name)}}
func.func @main(%x: tensor<4xf32> {nn.name = "a"}) -> (tensor<4xf32> {nn.name = "a"}) {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// What has no name is called by its number.
// expected-error @+1 {{two inputs or outputs are named 'arg1'; each needs a name of its own (nn.name)}}
func.func @main(%x: tensor<4xf32> {nn.name = "arg1"}) -> tensor<4xf32> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+2 {{cannot compile argument 0 of main: the tensor has 65 dimensions, at most 64 are compiled}}
// expected-error @+1 {{cannot compile result 0 of main: the tensor has 65 dimensions, at most 64 are compiled}}
func.func @main(%x: tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>)
    -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32> {
  return %x : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>
}

// -----

func.func @main(%x: tensor<2x2x2x2x2x2x2xf32>) -> (tensor<3x3x3x3x3x3x3xf32>, tensor<2x2x2x2x2x2x2xf32>) {
  %zero = arith.constant 0.0 : f32
  // expected-error @+1 {{copies pad at most 6 dimensions, this is 7; pad some of them first}}
  %0 = nn.pad <constant> %x {low = array<i64: 1, 1, 1, 1, 1, 1, 1>, high = array<i64: 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x2x2x2x2x2x2xf32>) -> tensor<3x3x3x3x3x3x3xf32>
  // expected-error @+1 {{copies pad at most 6 dimensions, this is 7; pad some of them first}}
  %1 = tensor.pad %x low[1, 1, 1, 1, 1, 1, 0] high[0, 0, 0, 0, 0, 0, 1] {
  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index, %f: index, %g: index):
    tensor.yield %zero : f32
  } : tensor<2x2x2x2x2x2x2xf32> to tensor<3x3x3x3x3x3x3xf32>
  // Six are padded, edges are gathered.
  %2 = nn.pad <constant> %x {low = array<i64: 1, 1, 1, 1, 1, 1, 0>, high = array<i64: 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x2x2x2x2x2x2xf32>) -> tensor<3x3x3x3x3x3x2xf32>
  %3 = nn.pad <edge> %x {low = array<i64: 1, 1, 1, 1, 1, 1, 1>, high = array<i64: 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x2x2x2x2x2x2xf32>) -> tensor<3x3x3x3x3x3x3xf32>
  %4 = nn.add %0, %1 : (tensor<3x3x3x3x3x3x3xf32>, tensor<3x3x3x3x3x3x3xf32>) -> tensor<3x3x3x3x3x3x3xf32>
  %5 = nn.add %4, %3 : (tensor<3x3x3x3x3x3x3xf32>, tensor<3x3x3x3x3x3x3xf32>) -> tensor<3x3x3x3x3x3x3xf32>
  return %5, %x : tensor<3x3x3x3x3x3x3xf32>, tensor<2x2x2x2x2x2x2xf32>
}
