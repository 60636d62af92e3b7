/* SPDX-License-Identifier: MIT */
#include "faults.h"

void faults_init(struct faults *faults, uint64_t seed)
{
    *faults = (struct faults){
        .lot = lot_of(seed, 1),
        .seed = seed,
        .latency_min_ns = 5 * GHM_NS_PER_MS,
        .latency_max_ns = 60 * GHM_NS_PER_MS,
        .jitter_ns = 2 * GHM_NS_PER_MS,
    };
}

uint64_t faults_latency(const struct faults *faults, uint32_t a, uint32_t b)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    struct lot pair = lot_of(faults->seed, ((uint64_t)low << 32) | high);
    return lot_between(&pair, faults->latency_min_ns, faults->latency_max_ns);
}

/* Sent again until it arrives, each time after twice the wait. */
static uint64_t delay_packet(struct faults *faults)
{
    uint64_t delay = 0, wait = FAULTS_RESEND_NS;
    for (int i = 0; lot_falls(&faults->lot, faults->packets_lost); i++, wait *= 2) {
        if (i == FAULTS_RESENDS_MAX) return GHM_NEVER;
        delay += wait;
    }
    return delay;
}

uint64_t faults_delay(struct faults *faults, size_t len)
{
    uint64_t late = 0;
    if (faults->packets_lost > 0 || faults->packets_fatal > 0) {
        size_t packets = (len + FAULTS_PACKET_BYTES - 1) / FAULTS_PACKET_BYTES;
        for (size_t i = 0; i < packets; i++) {
            uint64_t delay = delay_packet(faults);
            if (delay == GHM_NEVER || lot_falls(&faults->lot, faults->packets_fatal))
                return GHM_NEVER;
            if (delay > late) late = delay; /* the first that is missing holds up the others */
        }
    }
    return late + lot_below(&faults->lot, faults->jitter_ns + 1);
}

void faults_part(struct faults *faults, int a, int b, bool is_closed)
{
    faults->closed[a][b] = is_closed;
    faults->closed[b][a] = is_closed;
}
