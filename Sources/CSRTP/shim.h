// Door to libsrtp 2.
#pragma once
#include <srtp2/srtp.h>
