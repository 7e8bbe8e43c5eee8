// Door to libsodium: XChaCha20-Poly1305, which OpenSSL does not have.
#pragma once
#include <sodium.h>
