// Counts heap allocations of one thread: this target defines malloc and its kin for the whole test process.
#pragma once

/// Starts counting the calling thread's allocations, from zero.
void allocation_counter_start(void);
/// Stops counting and returns how many allocations the calling thread made.
long allocation_counter_stop(void);
/// How many bytes they asked for between the last start and stop.
long allocation_counter_bytes(void);
/// Bytes that the whole process has allocated and not freed.
long allocation_counter_held(void);
