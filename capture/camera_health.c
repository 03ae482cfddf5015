/*
 * In the dark many webcams expose longer than a frame lasts at the granted rate, and deliver fewer;
 * UVC calls the permission "auto exposure priority". Such a stream is slow but even, which tells
 * it from one that stutters. USB errors show as damaged frames, and as restarts.
 *
 * Source: USB Device Class Definition for Video Devices 1.5, 4.2.2.1.3.
 */
#include "capture/camera_health.h"

#include "processing/clock.h"

#include <string.h>

static const int64_t DAMAGE_NS = 5 * NS_PER_S, RATE_NS = 3 * NS_PER_S, FRAGILE_NS = 60 * NS_PER_S,
                     SILENCE_NS = 60 * NS_PER_S, SLEEP_NS = NS_PER_S;

enum {
    DAMAGE_FRAMES = 10, ///< fewer prove nothing
    RATE_FRAMES = 6,
    UNEVEN = 3, ///< a pause of so many mean intervals is no slow camera but a stumbling one
};

static void begin_damage(struct camera_health *health, int64_t now_ns)
{
    health->damage.since_ns = now_ns;
    health->damage.frames = health->damage.damaged = 0;
}

static void begin_rate(struct camera_health *health, int64_t now_ns)
{
    health->rate.since_ns = health->rate.last_ns = now_ns;
    health->rate.longest_ns = 0;
    health->rate.frames = health->rate.lost = 0;
}

void camera_health_begin(struct camera_health *health, double fps, int64_t now_ns)
{
    health->fps = fps;
    health->slow_fps = 0;
    begin_damage(health, now_ns);
    begin_rate(health, now_ns);
}

void camera_health_frame(struct camera_health *health, unsigned lost, int64_t now_ns)
{
    int64_t pause_ns = now_ns - health->rate.last_ns;
    if (pause_ns > health->rate.longest_ns)
        health->rate.longest_ns = pause_ns;
    health->rate.last_ns = now_ns;
    health->rate.frames++;
    health->rate.lost += lost;
    health->damage.frames++;
}

void camera_health_damage(struct camera_health *health)
{
    health->damage.damaged++;
}

void camera_health_restarted(struct camera_health *health, int64_t now_ns)
{
    memmove(health->restarts_ns + 1, health->restarts_ns, 2 * sizeof health->restarts_ns[0]);
    health->restarts_ns[0] = now_ns;
}

static bool is_damaged(struct camera_health *health, int64_t now_ns)
{
    if (now_ns - health->damage.since_ns < DAMAGE_NS)
        return false;
    bool found = health->damage.frames >= DAMAGE_FRAMES &&
                 health->damage.damaged * 5 > health->damage.frames;
    begin_damage(health, now_ns);
    return found;
}

static double rate_of(const struct camera_health *health)
{
    int64_t time_ns = health->rate.last_ns - health->rate.since_ns;
    unsigned frames = health->rate.frames + health->rate.lost;
    return time_ns > 0 ? (double)frames * 1e9 / (double)time_ns : 0;
}

static bool is_even_but_slow(const struct camera_health *health, int64_t now_ns)
{
    unsigned frames = health->rate.frames + health->rate.lost;
    if (health->fps <= 0 || frames < RATE_FRAMES)
        return false;
    int64_t even_ns = UNEVEN * ((now_ns - health->rate.since_ns) / frames);
    // Where the driver lost frames the pauses between the others say nothing of the camera's.
    bool even = health->rate.lost > 0 || health->rate.longest_ns <= even_ns;
    return even && now_ns - health->rate.last_ns <= even_ns && rate_of(health) < 0.7 * health->fps;
}

static bool is_slow(struct camera_health *health, int64_t now_ns)
{
    if (now_ns - health->rate.since_ns < RATE_NS)
        return false;
    bool slow = is_even_but_slow(health, now_ns);
    // A first slow window may have begun before it got dark: its rate is a mixture.
    bool found = slow && health->slow_fps > 0;
    health->slow_fps = slow ? rate_of(health) : 0;
    begin_rate(health, now_ns);
    return found;
}

static bool is_fragile(const struct camera_health *health, int64_t now_ns)
{
    return health->restarts_ns[2] && now_ns - health->restarts_ns[2] < FRAGILE_NS;
}

bool camera_health_may_tell(struct camera_health *health, enum camera_finding finding,
                            int64_t now_ns)
{
    int64_t *told_ns = &health->told_ns[finding];
    if (*told_ns && now_ns - *told_ns < SILENCE_NS)
        return false;
    *told_ns = now_ns;
    return true;
}

enum camera_finding camera_health_look(struct camera_health *health, int64_t now_ns)
{
    if (is_fragile(health, now_ns) && camera_health_may_tell(health, CAMERA_FRAGILE, now_ns))
        return CAMERA_FRAGILE;
    if (is_damaged(health, now_ns) && camera_health_may_tell(health, CAMERA_DAMAGED, now_ns))
        return CAMERA_DAMAGED;
    if (is_slow(health, now_ns) && camera_health_may_tell(health, CAMERA_SLOW, now_ns))
        return CAMERA_SLOW;
    return CAMERA_FINE;
}

bool camera_health_slept(struct camera_health *health, int64_t boottime_ns, int64_t now_ns)
{
    int64_t asleep_ns = boottime_ns - now_ns, before_ns = health->asleep_ns;
    health->asleep_ns = asleep_ns;
    return asleep_ns - before_ns > SLEEP_NS;
}
