//===- Group.h - Operations that share on-chip memory, analysed -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A group's members run tile by tile in one nest of loops: the loops of its
// root, the member that does most of the work, plus loops that only others
// have. The analysis works on tensors (to decide membership) and on buffers (to
// write the loops); buffers are what counts in both: on tensors, an operation's
// result and its init are one.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_GROUP_H
#define ASHLAR_LIB_SCHEDULE_GROUP_H

#include "ashlar/Match/MatrixWork.h"
#include "ashlar/Match/WindowWork.h"
#include "ashlar/Schedule/Scheduler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace ashlar {

/// Attributes that carry membership and decisions; see Passes.td.
inline constexpr llvm::StringLiteral kGroupAttr = "schedule.group";
inline constexpr llvm::StringLiteral kSubgroupAttr = "schedule.subgroup";
inline constexpr llvm::StringLiteral kTilesAttr = "schedule.tiles";
inline constexpr llvm::StringLiteral kCoresAttr = "schedule.cores";
inline constexpr llvm::StringLiteral kShareAttr = "schedule.share_loads";
inline constexpr llvm::StringLiteral kStreamAttr = "schedule.stream";
inline constexpr llvm::StringLiteral kOrderAttr = "schedule.order";
inline constexpr llvm::StringLiteral kCyclesAttr = "schedule.cycles";
inline constexpr llvm::StringLiteral kApartAttr = "schedule.apart";

/// Dimensions of a window that one instruction walks.
inline constexpr unsigned kWindowDims = 2;

/// On an allocation in the scratchpad: how many cores have a part of it each.
inline constexpr llvm::StringLiteral kPartsAttr = "schedule.parts";
/// On an allocation in the scratchpad: the constant whose value it holds from
/// the session's opening to its end, in every core.
inline constexpr llvm::StringLiteral kConstantAttr = "schedule.constant";
/// On a function: bytes of the scratchpad that intermediate buffers take at
/// most, and those that constants take.
inline constexpr llvm::StringLiteral kResidentAttr = "schedule.resident_bytes";
inline constexpr llvm::StringLiteral kConstantBytesAttr =
    "schedule.constant_bytes";

struct GroupBuffer {
  mlir::Value value;
  mlir::AffineMap map;    ///< from the group's loops to the buffer's indices
  bool read = false;      ///< by any member
  bool readFirst = false; ///< before any member writes it: comes from dram
  bool written = false;
  bool escapes = false; ///< somebody outside the group sees it
};

struct GroupMember {
  mutable mlir::linalg::LinalgOp
      op; ///< a handle: interfaces of operations know no const
  llvm::SmallVector<unsigned> loops; ///< the group's loop for each of its own
  llvm::SmallVector<int> buffers;    ///< for each operand; -1 for scalars
};

struct Group {
  std::vector<GroupMember> members; ///< in program order
  unsigned root = 0;
  llvm::SmallVector<int64_t> sizes; ///< of the group's loops
  /// Reduction loops of the root that no other member has: they run inside the
  /// parallel ones, around the root alone.
  llvm::SmallVector<bool> reduction;
  /// Loops that may be cut into tiles.
  llvm::SmallVector<bool> cuttable;
  std::vector<GroupBuffer> buffers;
  std::optional<MatrixWork> matrix; ///< the root's, if it is matrix work
  std::optional<WindowWork> window; ///< the root's, if it is window work
  int accumulator = -1; ///< buffer that the matrix unit or windows write

  /// Whether the first elementwise reader of the accumulator is work of the
  /// output stage (member number), -1 if there is none.
  int drainMember = -1;
};

/// `why` says what keeps `members` from being a group. A single operation with
/// static shapes always is one.
mlir::FailureOr<Group>
analyzeGroup(llvm::ArrayRef<mlir::linalg::LinalgOp> members, std::string &why);

/// The groups of a function's buffers, in program order: what `schedule.group`
/// says, where that can be kept; parts of it where something else stands
/// between the members or the analysis refuses.
std::vector<Group> collectGroups(mlir::func::FuncOp function);

/// The parts of a group that does not fit: its subgroups, or its members.
std::vector<Group> splitGroup(const Group &group);

/// The source nodes of operations, "/conv1/Conv (Conv), /relu1/Relu (Relu)";
/// the operator and place of `root` if the source names none.
std::string describeSources(llvm::ArrayRef<mlir::Operation *> ops,
                            mlir::Operation *root);
/// The numbers that the scheduler sees.
GroupShape describeGroup(const Group &group);

/// Whether the batch of the root's product may stay in tiles: a loop inside the
/// tile takes its products and their drains one point at a time. Members
/// between the two run ahead of that loop, so the product must not need what
/// they change.
bool mayBatchInTiles(const Group &group);

/// Whether a member is part of that loop: it touches accumulators.
bool runsPerPoint(const Group &group, unsigned index);

/// Loops of the group that must run point by point.
llvm::SmallVector<bool> findPointLoops(const Group &group);

/// The memory behind a memref, seen through views and pads.
mlir::Value baseOf(mlir::Value value);

/// Whether two values may be memory that overlaps. Parts of one buffer with
/// known places, as those of a concatenation are, are told apart.
bool mayOverlap(mlir::Value a, mlir::Value b);

/// Loops of the group whose tiles several cores may share.
llvm::SmallVector<bool> findDistributableLoops(const Group &group);

/// Whether a buffer of the group stays in the scratchpad between groups, and
/// its tiles are views of it.
bool isResident(const GroupBuffer &buffer);

/// Whether it is a pad of such a buffer: its tiles are copies within the
/// scratchpad.
bool isPadOfResident(const GroupBuffer &buffer);

/// The loop along which cores must share the group because they have parts of
/// its resident buffers, and their number. Nothing if no buffer has parts.
std::optional<std::pair<unsigned, int64_t>> findPartLoop(const Group &group);

/// Whether all resident buffers of the group can be worked on part by part.
bool canPartition(const Group &group);

/// Whether core 0 alone has the group's resident buffers.
bool isOneCores(const Group &group);

/// What resident buffers of so many bytes take, gaps between them included.
uint64_t reservedBytes(uint64_t residentBytes);

/// Bytes of the scratchpad that the function's resident buffers and constants
/// leave to tiles.
uint64_t bytesForTiles(mlir::func::FuncOp function,
                       const runtime::Machine &machine);

/// Whether the group is a copy that reads every element once: one tile then
/// serves as source and target of the transfers, seen through a permutation.
bool isPureCopy(const Group &group);

/// The loops that an accumulator tile flattens into rows and into lanes.
struct AccumulatorLoops {
  llvm::SmallVector<unsigned> rows, lanes;
};
AccumulatorLoops getAccumulatorLoops(const Group &group, bool lhsStreams);

/// Whether the group's accumulator also needs a tile in the scratchpad: it
/// comes from dram, goes there as it is, or is read by work of the vector unit.
bool accumulatorNeedsSram(const Group &group);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_GROUP_H
