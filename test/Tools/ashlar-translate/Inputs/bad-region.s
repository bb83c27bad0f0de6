.target nano
.input "x", f32, [4], in state
halt
