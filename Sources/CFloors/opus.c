#include "CFloors.h"
#include <opus.h>


parley_floor_decoder *parley_floor_decoder_new(int rate, int channels) {
    int error;
    OpusDecoder *state = opus_decoder_create(rate, channels, &error);
    return (parley_floor_decoder *)(error == OPUS_OK ? state : NULL);
}

void parley_floor_decoder_free(parley_floor_decoder *decoder) {
    if (decoder) opus_decoder_destroy((OpusDecoder *)decoder);
}

int parley_floor_decode(parley_floor_decoder *decoder, const uint8_t *packet, int length, float *samples, int room) {
    return opus_decode_float((OpusDecoder *)decoder, packet, length, samples, room, 0);
}

parley_floor_encoder *parley_floor_encoder_new(parley_floor_encoding encoding) {
    int error;
    OpusEncoder *state = opus_encoder_create(encoding.rate, encoding.channels, encoding.application, &error);
    if (error != OPUS_OK) return NULL;
    opus_encoder_ctl(state, OPUS_SET_BITRATE(encoding.bitrate));
    opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(encoding.complexity));
    opus_encoder_ctl(state, OPUS_SET_VBR(encoding.rate_control != 2));
    opus_encoder_ctl(state, OPUS_SET_VBR_CONSTRAINT(encoding.rate_control == 1));
    opus_encoder_ctl(state, OPUS_SET_SIGNAL(encoding.signal));
    opus_encoder_ctl(state, OPUS_SET_DTX(encoding.uses_dtx));
    opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(encoding.uses_fec));
    opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(encoding.expected_loss));
    return (parley_floor_encoder *)state;
}

void parley_floor_encoder_free(parley_floor_encoder *encoder) {
    if (encoder) opus_encoder_destroy((OpusEncoder *)encoder);
}

int parley_floor_encode(parley_floor_encoder *encoder, const float *samples, int count, uint8_t *packet, int room) {
    return opus_encode_float((OpusEncoder *)encoder, samples, count, packet, room);
}
