// How late a thread wakes that does nothing but sleep: what any timer of this machine is held to.
// cc -O2 idle.c -o idle; idle SECONDS: sleeps to absolute moments 2 ms apart and prints, in microseconds, the lateness that
// half, 99 % and 99.9 % of them did not exceed, and the worst.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b) {
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    double seconds = count > 1 ? atof(arguments[1]) : 10;
    int wakes = (int)(seconds * 500);
    if (wakes < 10 || wakes > 5000000) return 64;
    long *late = malloc(wakes * sizeof *late);
    struct timespec due, now;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int i = 0; i < wakes; i++) {
        due.tv_nsec += 2000000;
        if (due.tv_nsec >= 1000000000) due.tv_nsec -= 1000000000, due.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
        late[i] = (now.tv_sec - due.tv_sec) * 1000000 + (now.tv_nsec - due.tv_nsec) / 1000;
    }
    qsort(late, wakes, sizeof *late, compare);
    printf("%ld %ld %ld %ld\n", late[wakes / 2], late[wakes / 100 * 99], late[wakes / 1000 * 999], late[wakes - 1]);
    return 0;
}
