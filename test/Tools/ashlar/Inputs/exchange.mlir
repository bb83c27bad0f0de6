// Two states that change places: neither can be replaced before the other is read.
func.func @main(%x: tensor<3xf32> {nn.name = "x"},
                %a: tensor<3xf32> {nn.name = "a", nn.state = "a"},
                %b: tensor<3xf32> {nn.name = "b", nn.state = "b"})
    -> (tensor<3xf32> {nn.state = "a"}, tensor<3xf32> {nn.name = "y"}, tensor<3xf32> {nn.state = "b"}) {
  %y = nn.add %x, %a : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %b, %y, %a : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}
