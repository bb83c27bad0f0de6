//===- Directives.cpp - Operands of nisa as they are written --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nisa/Directives.h"
#include "ISA/Isa.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace ashlar;

static IntegerAttr makeAttr(OpAsmParser &parser, int64_t value) {
  return parser.getBuilder().getI64IntegerAttr(value);
}

static bool parseNumbered(StringRef text, char prefix, int64_t &number) {
  return text.size() > 1 && text[0] == prefix &&
         !text.drop_front().getAsInteger(10, number);
}

// Physical registers are keywords (`r5`), virtual ones look like values
// (`%r70`).
static ParseResult parseNamed(OpAsmParser &parser, IntegerAttr &attr,
                              char prefix, StringRef what, int64_t physical) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  int64_t number = 0;
  if (succeeded(parser.parseOptionalKeyword(&keyword))) {
    if (!parseNumbered(keyword, prefix, number))
      return parser.emitError(loc) << "expected " << what << " such as '"
                                   << prefix << "1', found '" << keyword << "'";
    if (number >= physical)
      return parser.emitError(loc) << "'" << keyword << "' is not in " << prefix
                                   << "0.." << prefix << physical - 1;
    attr = makeAttr(parser, number);
    return success();
  }
  OpAsmParser::UnresolvedOperand value;
  OptionalParseResult isValue =
      parser.parseOptionalOperand(value, /*allowResultNumber=*/false);
  if (!isValue.has_value())
    return parser.emitError(loc)
           << "expected " << what << " such as '" << prefix << "1'";
  if (failed(*isValue))
    return failure();
  if (!parseNumbered(value.name.drop_front(), prefix, number) ||
      number < physical)
    return parser.emitError(loc)
           << "expected a virtual " << what << " such as '%" << prefix
           << physical << "', found '" << value.name << "'";
  attr = makeAttr(parser, number);
  return success();
}

static void printNamed(OpAsmPrinter &printer, IntegerAttr attr, char prefix,
                       int64_t physical) {
  int64_t number = attr.getInt();
  if (number >= physical)
    printer << '%';
  printer << prefix << number;
}

ParseResult nisa::parseReg(OpAsmParser &parser, IntegerAttr &attr) {
  return parseNamed(parser, attr, 'r', "register", 64);
}
ParseResult nisa::parseDesc(OpAsmParser &parser, IntegerAttr &attr) {
  return parseNamed(parser, attr, 'd', "descriptor", 32);
}
ParseResult nisa::parseLane(OpAsmParser &parser, IntegerAttr &attr) {
  return parseNamed(parser, attr, 'v', "lane register", 32);
}

static ParseResult parseKeyword(OpAsmParser &parser, IntegerAttr &attr,
                                char prefix, StringRef what) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  int64_t number = 0;
  if (failed(parser.parseOptionalKeyword(&keyword)) ||
      !parseNumbered(keyword, prefix, number))
    return parser.emitError(loc)
           << "expected " << what << " such as '" << prefix << "1'";
  attr = makeAttr(parser, number);
  return success();
}

ParseResult nisa::parseSem(OpAsmParser &parser, IntegerAttr &attr) {
  return parseKeyword(parser, attr, 's', "semaphore");
}
ParseResult nisa::parseTarget(OpAsmParser &parser, IntegerAttr &attr) {
  return parseKeyword(parser, attr, 'L', "label");
}

ParseResult nisa::parseImm(OpAsmParser &parser, IntegerAttr &attr) {
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  attr = makeAttr(parser, value);
  return success();
}
ParseResult nisa::parseCount(OpAsmParser &parser, IntegerAttr &attr) {
  return parseImm(parser, attr);
}

void nisa::printReg(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printNamed(printer, attr, 'r', 64);
}
void nisa::printDesc(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printNamed(printer, attr, 'd', 32);
}
void nisa::printLane(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printNamed(printer, attr, 'v', 32);
}
void nisa::printSem(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printer << 's' << attr.getInt();
}
void nisa::printTarget(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printer << 'L' << attr.getInt();
}
void nisa::printImm(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printer << attr.getInt();
}
void nisa::printCount(OpAsmPrinter &printer, Operation *op, IntegerAttr attr) {
  printImm(printer, op, attr);
}

ParseResult nisa::parseCase(OpAsmParser &parser, IntegerAttr &attr,
                            StringRef enumName) {
  const ashlar::isa::EnumInfo *info = ashlar::isa::lookupEnum(enumName);
  SMLoc loc = parser.getCurrentLocation();
  std::string names;
  for (const auto &c : info->cases)
    names += (names.empty() ? "" : ", ") + std::string(c.name);
  StringRef keyword;
  if (failed(parser.parseOptionalKeyword(&keyword)))
    return parser.emitError(loc) << "expected one of " << names;
  const ashlar::isa::EnumCase *found = info->find(std::string_view(keyword));
  if (!found)
    return parser.emitError(loc)
           << "expected one of " << names << ", found '" << keyword << "'";
  attr = makeAttr(parser, found->value);
  return success();
}

void nisa::printCase(OpAsmPrinter &printer, IntegerAttr attr,
                     StringRef enumName) {
  const ashlar::isa::EnumInfo *info = ashlar::isa::lookupEnum(enumName);
  if (const auto *found = info->find(static_cast<uint64_t>(attr.getInt())))
    printer << StringRef(found->name);
  else
    printer << attr.getInt(); // Only in diagnostics about operations that do
                              // not verify.
}
