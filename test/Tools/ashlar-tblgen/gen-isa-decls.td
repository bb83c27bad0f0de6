// RUN: ashlar-tblgen --gen-isa-decls -I %nisa_dir -I %mlir_include %s | FileCheck %s --check-prefix=DECLS
// RUN: ashlar-tblgen --gen-isa-exec-decls -I %nisa_dir -I %mlir_include %s | FileCheck %s --check-prefix=EXEC
// RUN: ashlar-tblgen --check -I %nisa_dir -I %mlir_include %s | count 0

include "InstFormat.td"

def LogicOp : Inst<"logic", 9, Scalar, T_Alu,
    [Slot<"kind", EnumKind<"LogicKind", 2, [Case<"and", 0>, Case<"nand", 2>]>, 10>,
     Slot<"imm", SImm26, 38>], [Reserved<12, 26>], "rd = nothing in particular">;
def HeadOp : Inst<"head", 20, Vector, T_Engine, [Slot<"count", Count, 10>], [Reserved<16, 48>], "a head">;
def WordOp : Payload<"h.word", 21, Vector, T_Lane, ["head"], [Slot<"dim", Dim, 10>], [Reserved<13, 51>], "payload">;

// DECLS: enum class Opcode : uint16_t {
// DECLS-NEXT: Illegal = 0,
// DECLS-NEXT: Logic = 9,
// DECLS-NEXT: Head = 20,
// DECLS-NEXT: Word = 21,
// A keyword of C++ is an enumerator in CamelCase.
// DECLS: enum class LogicKind : uint8_t {
// DECLS-NEXT: And = 0,
// DECLS-NEXT: nand = 2,
// DECLS: struct Logic {
// DECLS-NEXT: static constexpr Opcode opcode = Opcode::Logic;
// DECLS-NEXT: LogicKind kind = {};
// DECLS-NEXT: int32_t imm = {};
// DECLS: constexpr bool decode(uint64_t word, Logic &inst) {
// DECLS-NEXT: if ((word & 0x3ffffff3ffull) != 0x9ull)
// DECLS-NEXT: return false;
// DECLS-NEXT: if (!(0x5ull >> (word >> 10 & 0x3) & 1))
// DECLS-NEXT: return false;
// The limit of an immediate is checked like an enum.
// DECLS: constexpr bool decode(uint64_t word, Word &inst) {
// DECLS: if (!(0x3full >> (word >> 10 & 0x7) & 1))

// EXEC: void execLogic(ScalarContext &, const isa::Logic &);
// EXEC-NEXT: Fault execHead(EngineContext &, const isa::Head &, const Captured &);
// EXEC-NEXT: void execWord(LaneContext &, const isa::Word &, const Captured &);
