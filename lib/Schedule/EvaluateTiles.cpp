//===- EvaluateTiles.cpp - Whether tiles can be used, and how well --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostModel.h"

#include "llvm/Support/raw_ostream.h"

namespace ashlar {

/// Vector programs walk at most six dimensions.
static constexpr unsigned kProgramDims = 6;

std::string checkTiles(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
                       bool lhsStreams, const runtime::Machine &machine) {
  std::string text;
  llvm::raw_string_ostream why(text);
  if (tiles.size() != shape.loops.size()) {
    why << "expected " << shape.loops.size() << " tile sizes, got "
        << tiles.size();
    return text;
  }
  unsigned programDims = 0;
  for (auto [index, loop] : llvm::enumerate(shape.loops)) {
    if (tiles[index] < loop.minTile || tiles[index] > loop.maxTile) {
      why << "expected a tile of " << loop.minTile << " to " << loop.maxTile
          << " in loop " << index << ", got " << tiles[index];
      return text;
    }
    programDims += loop.inProgram && tiles[index] > 1;
  }
  Evaluation evaluation(shape, tiles, lhsStreams, machine);
  if (programDims > kProgramDims)
    why << "expected at most " << kProgramDims
        << " loops with tiles above 1, got " << programDims;
  else if (uint64_t bytes = evaluation.sramBytes(); bytes > machine.sramBytes)
    why << "the tiles need " << bytes
        << " bytes of scratchpad, the machine has " << machine.sramBytes;
  else if (uint64_t bytes = evaluation.accBytes(1); bytes > machine.accBytes)
    why << "the tiles need " << bytes
        << " bytes of accumulators, the machine has " << machine.accBytes;
  else if (evaluation.cutsReductionOfBatch())
    why << "products of a batch in one tile need whole reductions";
  else if (shape.matrix && !(lhsStreams ? shape.matrix->lhsMayStream
                                        : shape.matrix->rhsMayStream))
    why << "the " << (lhsStreams ? "lhs" : "rhs")
        << " cannot stream: the other operand's indices "
        << "are no plain dimensions";
  return text;
}

std::optional<TileDecision>
evaluateTiles(const GroupShape &shape, llvm::ArrayRef<int64_t> tiles,
              bool lhsStreams, const runtime::Machine &machine,
              llvm::ArrayRef<int64_t> order, double bound,
              llvm::ArrayRef<int64_t> grid) {
  unsigned programDims = 0;
  for (auto [loop, tile] : llvm::zip_equal(shape.loops, tiles)) {
    if (tile < loop.minTile || tile > loop.maxTile)
      return std::nullopt;
    programDims += loop.inProgram && tile > 1;
  }
  // A loop that cores share completely needs no second place for its tiles.
  Evaluation alone(shape, tiles, lhsStreams, machine, order);
  if (programDims > kProgramDims || alone.cutsReductionOfBatch() ||
      alone.sramBytes() > machine.sramBytes ||
      alone.accBytes(1) > machine.accBytes)
    return std::nullopt;
  if (!grid.empty())
    return Evaluation(shape, tiles, lhsStreams, machine, order, grid)
        .cost(bound);
  if (machine.cores == 1)
    return alone.cost(bound);
  std::optional<TileDecision> best;
  for (const CoreGrid &choice : findGrids(shape, tiles, machine.cores)) {
    TileDecision decision =
        Evaluation(shape, tiles, lhsStreams, machine, order, choice)
            .cost(bound, best ? best->cycles : kNoLimit);
    if (!best || decision.cycles < best->cycles)
      best = std::move(decision);
  }
  return best;
}

} // namespace ashlar
