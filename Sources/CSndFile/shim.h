// Door to libsndfile: WAV, FLAC, AIFF, Ogg Vorbis, MP3 and the rest.
#pragma once
#include <sndfile.h>
