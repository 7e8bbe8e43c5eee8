// Door to libebur128: EBU R128 loudness.
#pragma once
#include <ebur128.h>
