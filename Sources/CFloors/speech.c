#include "CFloors.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t alice[] = {
#embed "../../samples/meeting/alice.opus"
};
static const uint8_t bob[] = {
#embed "../../samples/meeting/bob.opus"
};
static const uint8_t dave[] = {
#embed "../../samples/meeting/dave.opus"
};
static const uint8_t carol[] = {
#embed "../../samples/meeting/carol.opus"
};

const uint8_t *parley_speech(int index, size_t *length) {
    switch (index) {
        case 0: *length = sizeof alice; return alice;
        case 1: *length = sizeof bob; return bob;
        case 2: *length = sizeof dave; return dave;
        case 3: *length = sizeof carol; return carol;
        default: *length = 0; return NULL;
    }
}
