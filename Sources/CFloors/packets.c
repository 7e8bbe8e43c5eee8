#include "CFloors.h"
#include <stdlib.h>
#include <string.h>

int parley_floor_packetize(const uint8_t *payload, int length, uint16_t number, uint32_t timestamp, uint32_t ssrc,
                           uint8_t *packet) {
    packet[0] = 0x80;
    packet[1] = 111;
    number = __builtin_bswap16(number);
    timestamp = __builtin_bswap32(timestamp);
    ssrc = __builtin_bswap32(ssrc);
    memcpy(packet + 2, &number, 2);
    memcpy(packet + 4, &timestamp, 4);
    memcpy(packet + 8, &ssrc, 4);
    memcpy(packet + 12, payload, length);
    return 12 + length;
}

uint32_t parley_floor_parse(const uint8_t *packet, int length) {
    uint16_t number;
    uint32_t timestamp, ssrc;
    if (length < 12 || packet[0] >> 6 != 2) return 0;
    memcpy(&number, packet + 2, 2);
    memcpy(&timestamp, packet + 4, 4);
    memcpy(&ssrc, packet + 8, 4);
    return __builtin_bswap16(number) + __builtin_bswap32(timestamp) + __builtin_bswap32(ssrc) + (packet[1] & 0x7F);
}

int parley_floor_judge(const uint8_t *payload, int length) { return length < 3 || (payload[0] & 3) == 3; }

enum { SLOTS = 16, PAYLOAD = 1500 };

struct slot {
    uint16_t number, length;
    uint8_t payload[PAYLOAD];
};

struct parley_floor_ring {
    int senders;
    struct slot slots[];
};

parley_floor_ring *parley_floor_ring_new(int senders) {
    size_t size = sizeof(parley_floor_ring) + (size_t)senders * SLOTS * sizeof(struct slot);
    parley_floor_ring *ring = malloc(size);
    if (!ring) return NULL;
    // Touched once, so that no page is first touched while the clock runs.
    memset(ring, 1, size);
    ring->senders = senders;
    return ring;
}

void parley_floor_ring_free(parley_floor_ring *ring) { free(ring); }

void parley_floor_ring_put(parley_floor_ring *ring, int sender, uint16_t number, const uint8_t *payload, int length) {
    struct slot *slot = &ring->slots[(size_t)sender * SLOTS + number % SLOTS];
    slot->number = number;
    slot->length = (uint16_t)length;
    memcpy(slot->payload, payload, length);
}

int parley_floor_ring_take(parley_floor_ring *ring, int sender, uint16_t number) {
    const struct slot *slot = &ring->slots[(size_t)sender * SLOTS + number % SLOTS];
    return slot->number == number ? slot->length : 0;
}
