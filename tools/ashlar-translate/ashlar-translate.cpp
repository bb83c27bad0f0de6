//===- ashlar-translate.cpp - Between text, MLIR and images ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image/ImageAssembly.h"
#include "ashlar/Image/BuildImage.h"
#include "ashlar/Import/Mlir/OpenMlir.h"
#include "ashlar/Import/Onnx/ImportOnnx.h"
#include "ashlar/Machine/Machine.h"
#include "dialects/nisa/NISA.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace ashlar;

/// Reports on standard error: sources that are not MLIR have no MLIR locations.
static LogicalResult complain(const std::string &message) {
  llvm::errs() << message;
  if (message.empty() || message.back() != '\n')
    llvm::errs() << '\n';
  return failure();
}

static LogicalResult emitContents(const runtime::ImageContents &contents,
                                  raw_ostream &out) {
  std::string error =
      runtime::writeImage(contents, [&](const void *data, size_t bytes) {
        out.write(static_cast<const char *>(data), bytes);
        return true;
      });
  return error.empty() ? success() : complain("error: " + error);
}

static std::string findTarget(const std::string &name,
                              runtime::Machine &machine) {
  llvm::Expected<runtime::Machine> found = loadMachine(name);
  if (!found)
    return llvm::toString(found.takeError());
  machine = *found;
  return {};
}

static LogicalResult asmToImage(const std::shared_ptr<llvm::SourceMgr> &sources,
                                raw_ostream &out, MLIRContext *) {
  const llvm::MemoryBuffer *buffer =
      sources->getMemoryBuffer(sources->getMainFileID());
  runtime::ImageAssemblyOptions options;
  options.fileName = buffer->getBufferIdentifier().str();
  StringRef folder = llvm::sys::path::parent_path(options.fileName);
  options.folder = folder.empty() ? "." : folder.str();
  options.findTarget = findTarget;
  runtime::ImageContents contents;
  std::string errors = runtime::assembleImage(
      std::string_view(buffer->getBufferStart(), buffer->getBufferSize()),
      options, contents);
  return errors.empty() ? emitContents(contents, out) : complain(errors);
}

static LogicalResult imageToAsm(const std::shared_ptr<llvm::SourceMgr> &sources,
                                raw_ostream &out, MLIRContext *) {
  const llvm::MemoryBuffer *buffer =
      sources->getMemoryBuffer(sources->getMainFileID());
  std::string error;
  std::shared_ptr<const runtime::Image> image = runtime::Image::openMemory(
      reinterpret_cast<const uint8_t *>(buffer->getBufferStart()),
      buffer->getBufferSize(), nullptr, error);
  if (!image)
    return complain(buffer->getBufferIdentifier().str() + ": error: " + error);
  out << runtime::printImage(*image);
  return success();
}

static LogicalResult
nisaToImage(const std::shared_ptr<llvm::SourceMgr> &sources, raw_ostream &out,
            MLIRContext *context) {
  DialectRegistry registry;
  // Weights are globals in npu's memories.
  registry.insert<nisa::NISADialect, npu::NPUDialect, memref::MemRefDialect>();
  const llvm::MemoryBuffer *file =
      sources->getMemoryBuffer(sources->getMainFileID());
  std::string error;
  auto sound = probeMlir(*file, registry, error);
  if (!sound)
    return complain("error: " + error);
  auto probed = std::make_shared<llvm::SourceMgr>();
  probed->AddNewSourceBuffer(std::move(sound), llvm::SMLoc());
  context->appendDialectRegistry(registry);
  auto module = parseSourceFile<ModuleOp>(probed, context);
  if (!module)
    return failure();
  FailureOr<runtime::ImageContents> contents = buildImage(*module);
  return failed(contents) ? failure() : emitContents(*contents, out);
}

/// The importer maps the file itself: external data lie beside it.
static OwningOpRef<Operation *> importOnnxModel(llvm::SourceMgr &sources,
                                                MLIRContext *context) {
  StringRef path =
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferIdentifier();
  ImportResult result = importOnnx(path, OnnxImportOptions(), context);
  if (result.status != ImportStatus::Ok)
    return nullptr;
  return OwningOpRef<Operation *>(result.module.release().getOperation());
}

int main(int argc, char **argv) {
  TranslateRegistration toImage(
      "asm-to-image", "assemble an image from assembly text", asmToImage);
  TranslateRegistration toAsm("image-to-asm", "print an image as assembly text",
                              imageToAsm);
  TranslateRegistration fromNisa("nisa-to-image",
                                 "emit the image of a module at the nisa level",
                                 nisaToImage);
  TranslateToMLIRRegistration fromOnnx(
      "import-onnx", "import an ONNX model as nn", importOnnxModel);
  // As everywhere: 2 is input that cannot be read or translated.
  return failed(mlirTranslateMain(argc, argv, "Ashlar translation tool\n")) ? 2
                                                                            : 0;
}
