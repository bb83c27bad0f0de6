// A matrix product 48 times larger than edge's scratchpad, 192 times nano's:
// loops stay loops, so that the text does not grow with the number of tiles.
//
// RUN: ashlar compile %s --target nano -o %t.npu --stats %t.json
// RUN: %python -c "import json; s = json.load(open('%t.json')); assert 0 < s['text_bytes'] < 65536, s"
// RUN: ashlar compile %s --target edge -o %t.npu --stats %t.json
// RUN: %python -c "import json; s = json.load(open('%t.json')); assert 0 < s['text_bytes'] < 65536, s"
// RUN: ashlar verify %s --target nano | FileCheck %s
// RUN: ashlar verify %s --target edge | FileCheck %s
// CHECK: PASS

func.func @main(%a: tensor<4096x4096xbf16> {nn.name = "a"},
                %b: tensor<4096x4096xbf16> {nn.name = "b"})
    -> (tensor<4096x4096xbf16> {nn.name = "c"}) {
  %0 = nn.matmul %a, %b : (tensor<4096x4096xbf16>, tensor<4096x4096xbf16>) -> tensor<4096x4096xbf16>
  return %0 : tensor<4096x4096xbf16>
}
