// Two states: a running sum, whose old value is needed after the new one is
// made, and the last three inputs, which move along by one with every run.
func.func @main(
    %x: tensor<5xf32> {nn.name = "x"},
    %sum: tensor<5xf32> {nn.name = "sum"},
    %window: tensor<3x5xf32> {nn.name = "window"})
    -> (tensor<5xf32> {nn.name = "sum_next"},
        tensor<5xf32> {nn.name = "y"},
        tensor<3x5xf32> {nn.name = "window_next"}) {
  %next = nn.add %sum, %x : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %product = nn.mul %next, %x : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %y = nn.add %product, %sum : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %row = nn.reshape %x : (tensor<5xf32>) -> tensor<1x5xf32>
  %kept = nn.slice %window {starts = array<i64: 1, 0>, sizes = array<i64: 2, 5>, steps = array<i64: 1, 1>} : (tensor<3x5xf32>) -> tensor<2x5xf32>
  %moved = nn.concat %kept, %row {axis = 0 : i64} : (tensor<2x5xf32>, tensor<1x5xf32>) -> tensor<3x5xf32>
  return %next, %y, %moved : tensor<5xf32>, tensor<5xf32>, tensor<3x5xf32>
}
