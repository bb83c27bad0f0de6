// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// node bench_onnxruntime.js PACKAGE_FOLDER MODEL THREADS REPETITIONS [NAME=SIZE..]
// prints the least seconds of a run of ONNX Runtime on its processor, as JSON.
// Dynamic dimensions are taken by name, else 1. Inputs are zeros and ones, which
// are legal as indices too.

const [, , folder, model, threads, repetitions, ...sizes] = process.argv;
const path = require('path');
const ort = require(path.resolve(folder, 'node_modules', 'onnxruntime-node'));
const dims = Object.fromEntries(sizes.map((text) => text.split('=')));

const arrays = {
  float32: Float32Array, float64: Float64Array, int8: Int8Array, uint8: Uint8Array,
  int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array,
  int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array, float16: Uint16Array,
};

function tensorFor(input) {
  const shape = input.shape.map((d) => (typeof d === 'number' && d > 0 ? d : Number(dims[d] ?? 1)));
  const count = shape.reduce((a, b) => a * b, 1);
  const Type = arrays[input.type];
  if (!Type) throw new Error(`input of type ${input.type}`);
  const data = new Type(count);
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < count; ++i) data[i] = big ? BigInt(i % 2) : i % 2;
  return new ort.Tensor(input.type, data, shape);
}

async function main() {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'], intraOpNumThreads: Number(threads), interOpNumThreads: 1,
  });
  const feeds = Object.fromEntries(session.inputMetadata.map((i) => [i.name, tensorFor(i)]));
  let best = Infinity;
  for (let i = 0; i < Number(repetitions); ++i) {
    const begin = process.hrtime.bigint();
    await session.run(feeds);
    best = Math.min(best, Number(process.hrtime.bigint() - begin) * 1e-9);
  }
  console.log(JSON.stringify({ seconds: best }));
}

main().catch((error) => {
  console.error(String(error.message ?? error).split('\n')[0]);
  process.exit(1);
});
