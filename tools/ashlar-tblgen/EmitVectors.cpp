#include "InstModel.h"
void ashlar::tblgen::emitVectors(const InstSet &, llvm::raw_ostream &) {}
