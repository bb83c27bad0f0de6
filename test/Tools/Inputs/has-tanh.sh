#!/bin/sh
# Interesting (1) is what still has a hyperbolic tangent.
grep -q nn.tanh "$1" && exit 1
exit 0
