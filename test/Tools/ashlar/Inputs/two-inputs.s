; Two inputs of one run-time dimension, and an output without elements.
.target edge
.dim "N"
.input "a", f32, [64], dims ["N"]
.input "b", f32, [64], dims ["N"]
.output "y", f32, [0]
  halt
