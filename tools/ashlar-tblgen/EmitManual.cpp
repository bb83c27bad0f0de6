#include "InstModel.h"
void ashlar::tblgen::emitManual(const InstSet &, llvm::raw_ostream &) {}
