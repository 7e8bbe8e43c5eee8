// The floor of offline mixing: what the codec alone costs. Reads Ogg Opus files whole, splits them into packets without
// checking anything, decodes every packet to mono float with plain libopus, adds, encodes 64 kbit/s, throws away the
// result. One thread.   cc -O3 -march=native floor.c -o floor -lopus ; floor COMPLEXITY FILE...
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 960, MAX_FRAME = 5760, MAX_PACKETS = 400000 };

typedef struct {
    unsigned char *bytes;
    long *offset;
    int *length;
    int packets;
    OpusDecoder *decoder;
} Track;

// Gathers the packets of all pages: the lacing values of a page say where each ends (RFC 3533).
static void load(Track *track, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    long size = ftell(file), start = 0, written = 0;
    rewind(file);
    unsigned char *raw = malloc(size);
    if (fread(raw, 1, size, file) != (size_t)size) exit(1);
    fclose(file);
    track->bytes = malloc(size);
    track->offset = malloc(sizeof(long) * MAX_PACKETS);
    track->length = malloc(sizeof(int) * MAX_PACKETS);
    for (long page = 0; page + 27 <= size && !memcmp(raw + page, "OggS", 4);) {
        int segments = raw[page + 26];
        long body = page + 27 + segments;
        for (int i = 0; i < segments && track->packets < MAX_PACKETS; i++) {
            int length = raw[page + 27 + i];
            memcpy(track->bytes + written, raw + body, length);
            written += length;
            body += length;
            if (length < 255) {
                track->offset[track->packets] = start;
                track->length[track->packets++] = written - start;
                start = written;
            }
        }
        page = body;
    }
    free(raw);
    int error;
    track->decoder = opus_decoder_create(48000, 1, &error);
}

int main(int count, char **arguments) {
    int tracks = count - 2, error;
    Track *track = calloc(tracks, sizeof *track);
    for (int i = 0; i < tracks; i++) load(&track[i], arguments[i + 2]);
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_AUDIO, &error);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(64000));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(atoi(arguments[1])));
    long frames = 0, bytes = 0;
    for (int packet = 2;; packet++) {  // the first two are headers
        float mix[FRAME] = {0}, decoded[MAX_FRAME];
        unsigned char output[1500];
        int live = 0;
        for (int i = 0; i < tracks; i++) {
            if (packet >= track[i].packets) continue;
            live++;
            int samples = opus_decode_float(
                track[i].decoder, track[i].bytes + track[i].offset[packet], track[i].length[packet], decoded,
                MAX_FRAME, 0);
            if (samples == FRAME)
                for (int k = 0; k < FRAME; k++) mix[k] += decoded[k];
        }
        if (!live) break;
        bytes += opus_encode_float(encoder, mix, FRAME, output, sizeof output);
        frames++;
    }
    printf("%d tracks, %ld frames, %ld bytes\n", tracks, frames, bytes);
    return 0;
}
