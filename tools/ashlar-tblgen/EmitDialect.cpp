#include "InstModel.h"
void ashlar::tblgen::emitDialectDirectives(const InstSet &,
                                           llvm::raw_ostream &) {}
void ashlar::tblgen::emitDialectBuilders(const InstSet &, llvm::raw_ostream &) {
}
