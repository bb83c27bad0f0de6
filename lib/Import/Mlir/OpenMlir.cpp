//===- OpenMlir.cpp - MLIR files that anyone may have written -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Mlir/OpenMlir.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

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

/// Reads `file` to the end and looks at all of it; what is wrong with bytecode
/// goes to `reasons`. (An error in reading it may come after harm is done: the
/// parent does not read what the child could not.)
static ProbeExit probe(llvm::MemoryBufferRef file,
                       const DialectRegistry &registry, raw_ostream &reasons) {
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
                            const DialectRegistry &registry, int &status) {
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
      code = probe(file, registry, reasons);
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

std::string ashlar::probeMlir(llvm::MemoryBufferRef file,
                              const DialectRegistry &registry) {
  int status;
  std::string reasons = runProbe(file, registry, status);
  std::string prefix =
      "cannot read '" + file.getBufferIdentifier().str() + "': ";
  if (status == -1)
    return prefix + "no process to try it in: " + reasons;
  if (WIFEXITED(status) && WEXITSTATUS(status) == Readable)
    return "";
  if (WIFEXITED(status))
    return prefix + reasons;
  return prefix +
         (isBytecode(file)
              ? "MLIR's reader of bytecode would crash on it: it is "
                "damaged, or nests too deeply"
              : "MLIR's parser would crash on it: it nests too deeply");
}

std::unique_ptr<llvm::MemoryBuffer>
ashlar::openMlir(StringRef path, const DialectRegistry &registry,
                 std::string &error) {
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &error);
  if (!file)
    return nullptr;
  error = probeMlir(*file, registry);
  return error.empty() ? std::move(file) : nullptr;
}
