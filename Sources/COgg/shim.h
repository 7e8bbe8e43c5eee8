// Door to libogg: the Ogg container (RFC 3533).
#pragma once
#include <ogg/ogg.h>
