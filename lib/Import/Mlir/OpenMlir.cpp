//===- OpenMlir.cpp - MLIR files that anyone may have written -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Mlir/OpenMlir.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

using namespace mlir;

namespace {

/// How the child ends where no signal ends it.
enum ProbeExit : int {
  Readable = 0,   // or text, whose parser says why not
  Unreadable = 1, // it has written why
};

} // namespace

//===----------------------------------------------------------------------===//
// The child
//===----------------------------------------------------------------------===//

/// The bytes of address space that this process has.
static uint64_t addressSpaceBytes() {
  unsigned long long pages = 0;
  if (FILE *file = fopen("/proc/self/statm", "r")) {
    if (fscanf(file, "%llu", &pages) != 1)
      pages = 0;
    fclose(file);
  }
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

static void lowerLimit(__rlimit_resource resource, uint64_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0)
    return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, value);
  setrlimit(resource, &limit);
}

/// Sound files stay far below these limits; damaged ones may ask for anything.
/// A quarter of the parent's stack leaves the rest to passes, which recurse as
/// deep as the parser.
static void limitResources(uint64_t fileBytes) {
  constexpr uint64_t kDefaultStackBytes = 8u << 20;
  struct rlimit stack;
  if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur == RLIM_INFINITY)
    stack.rlim_cur = kDefaultStackBytes;
  lowerLimit(RLIMIT_STACK, stack.rlim_cur / 4);
  lowerLimit(RLIMIT_AS,
             addressSpaceBytes() + (uint64_t{4} << 30) + 16 * fileBytes);
  lowerLimit(RLIMIT_CPU, 10 + fileBytes / (1u << 20));
  lowerLimit(RLIMIT_CORE, 0);
}

/// Nothing of the child is shown: what there is to say the parent's parser
/// says, and a crash is the parent's to report.
static void beSilent() {
  for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
    signal(number, SIG_DFL);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream : {STDOUT_FILENO, STDERR_FILENO})
    dup2(null, stream);
}

/// Whether the elements have the bytes that the type says: the reader of
/// bytecode believes the file.
static bool isWhole(DenseElementsAttr attr) {
  bool isSplat = false;
  return !isa<DenseIntOrFPElementsAttr>(attr) ||
         DenseElementsAttr::isValidRawBuffer(attr.getType(), attr.getRawData(),
                                             isSplat);
}

static bool isWhole(DenseArrayAttr attr) {
  unsigned bits = attr.getElementType().getIntOrFloatBitWidth();
  return static_cast<int64_t>(attr.getRawData().size()) ==
         attr.getSize() * static_cast<int64_t>(std::max(bits / 8, 1u));
}

/// Writes what has been read of bytecode as it should have been written.
static bool rewrite(Block &block, MLIRContext &context, int copy) {
  llvm::raw_fd_ostream out(copy, /*shouldClose=*/false);
  OwningOpRef<ModuleOp> around;
  Operation *top = block.empty() ? nullptr : &block.front();
  if (!llvm::hasSingleElement(block)) {
    around = ModuleOp::create(UnknownLoc::get(&context));
    around->getBody()->getOperations().splice(around->getBody()->begin(),
                                              block.getOperations());
    top = *around;
  }
  bool written = succeeded(writeBytecodeToFile(top, out));
  out.flush();
  bool failedToWrite = out.has_error();
  out.clear_error();
  return written && !failedToWrite;
}

/// Reads `file` to the end and looks at all of it; what is wrong with bytecode
/// goes to `reasons`, and what it holds to `copy`.
static ProbeExit probe(llvm::MemoryBufferRef file,
                       const DialectRegistry &registry, raw_ostream &reasons,
                       int copy) {
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.allowUnregisteredDialects();
  llvm::ListSeparator separator("; ");
  ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      reasons << separator << diagnostic;
  });
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(file, /*RequiresNullTerminator=*/false),
      llvm::SMLoc());
  Block block;
  if (failed(parseSourceFile(sources, &block, ParserConfig(&context))))
    return isBytecode(file) ? Unreadable : Readable;
  bool whole = true;
  for (Operation &top : block)
    top.walk([&](Operation *op) {
      op->getAttrDictionary().walk(
          [&](DenseElementsAttr attr) { whole &= isWhole(attr); },
          [&](DenseArrayAttr attr) { whole &= isWhole(attr); });
    });
  if (!whole) {
    reasons << "a constant has more or fewer bytes than its type";
    return Unreadable;
  }
  // Looks at each type and attribute once more; large ones have been seen.
  OpPrintingFlags flags;
  flags.elideLargeElementsAttrs().elideLargeResourceString().enableDebugInfo();
  for (Operation &top : block)
    top.print(llvm::nulls(), flags);
  if (isBytecode(file) && !rewrite(block, context, copy)) {
    reasons << "what it holds cannot be written again";
    return Unreadable;
  }
  return Readable;
}

//===----------------------------------------------------------------------===//
// The parent
//===----------------------------------------------------------------------===//

/// What comes from a pipe until nobody holds its other end.
static std::string readAll(int pipe) {
  std::string text;
  char buffer[4096];
  for (;;) {
    ssize_t count = read(pipe, buffer, sizeof buffer);
    if (count > 0)
      text.append(buffer, static_cast<size_t>(count));
    else if (count == 0 || errno != EINTR)
      return text;
  }
}

/// Runs the child; what it has written, and how it has ended.
static std::string runProbe(llvm::MemoryBufferRef file,
                            const DialectRegistry &registry, int copy,
                            int &status) {
  status = -1;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return strerror(errno);
  pid_t child = fork();
  if (child == 0) {
    beSilent();
    limitResources(file.getBufferSize());
    int code;
    {
      llvm::raw_fd_ostream reasons(ends[1], /*shouldClose=*/false);
      code = probe(file, registry, reasons, copy);
    }
    // Nothing that the parent has registered for its end is the child's.
    _exit(code);
  }
  std::string text = child < 0 ? strerror(errno) : "";
  close(ends[1]);
  if (child > 0)
    text = readAll(ends[0]);
  close(ends[0]);
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return strerror(errno);
  return text;
}

/// Why the file is refused, or nothing.
static std::string probeInChild(llvm::MemoryBufferRef file,
                                const DialectRegistry &registry, int copy) {
  int status;
  std::string reasons = runProbe(file, registry, copy, status);
  if (status == -1)
    return "no process to try it in: " + reasons;
  if (WIFEXITED(status) && WEXITSTATUS(status) == Readable)
    return "";
  if (WIFEXITED(status))
    return reasons;
  return isBytecode(file)
             ? "MLIR's reader of bytecode would crash on it: it is damaged, or "
               "nests too deeply"
             : "MLIR's parser would crash on it: it nests too deeply";
}

std::unique_ptr<llvm::MemoryBuffer>
ashlar::probeMlir(llvm::MemoryBufferRef file, const DialectRegistry &registry,
                  std::string &error) {
  int copy = isBytecode(file) ? memfd_create("mlirbc", MFD_CLOEXEC) : -1;
  error = isBytecode(file) && copy < 0 ? strerror(errno)
                                       : probeInChild(file, registry, copy);
  std::unique_ptr<llvm::MemoryBuffer> sound;
  if (error.empty() && copy < 0)
    sound = llvm::MemoryBuffer::getMemBuffer(file);
  if (error.empty() && copy >= 0) {
    auto read = llvm::MemoryBuffer::getOpenFile(
        copy, file.getBufferIdentifier(), /*FileSize=*/-1,
        /*RequiresNullTerminator=*/false);
    if (read)
      sound = std::move(*read);
    else
      error = read.getError().message();
  }
  if (copy >= 0)
    close(copy);
  if (!error.empty())
    error = "cannot read '" + file.getBufferIdentifier().str() + "': " + error;
  return sound;
}

std::unique_ptr<llvm::MemoryBuffer>
ashlar::openMlir(StringRef path, const DialectRegistry &registry,
                 std::string &error) {
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &error);
  if (!file)
    return nullptr;
  auto sound = probeMlir(*file, registry, error);
  return sound && !isBytecode(*file) ? std::move(file) : std::move(sound);
}
