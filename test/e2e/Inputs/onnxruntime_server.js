// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// node onnxruntime_server.js PACKAGE_FOLDER
// ONNX Runtime without optimisations for test scripts. For each line of JSON
// on standard input ({model, inputs: [{name, type, dims, data}]}, bytes in
// base64) one on standard output ({outputs: [{type, dims, data}]} or {error}).
'use strict';
const path = require('path');
const readline = require('readline');
const ort = require(path.resolve(process.argv[2], 'node_modules', 'onnxruntime-node'));
ort.env.logLevel = 'fatal';

const arrays = {
  float32: Float32Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, int64: BigInt64Array,
};

function decode({type, dims, data}) {
  const bytes = new Uint8Array(Buffer.from(data, 'base64')).buffer;
  return new ort.Tensor(type, new arrays[type](bytes), dims);
}

function encode({type, dims, data}) {
  return {type, dims: Array.from(dims), data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')};
}

async function answer({model, inputs}) {
  const session = await ort.InferenceSession.create(new Uint8Array(Buffer.from(model, 'base64')), {
    graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4,
  });
  try {
    const results = await session.run(Object.fromEntries(inputs.map((t) => [t.name, decode(t)])));
    return {outputs: session.outputNames.map((name) => encode(results[name]))};
  } finally {
    await session.release();
  }
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    let reply;
    try {
      reply = await answer(JSON.parse(line));
    } catch (error) {
      reply = {error: String(error.message || error)};
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
})();
