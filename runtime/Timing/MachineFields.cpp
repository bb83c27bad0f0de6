#include "Timing/Timing.h"
