/*
 * Which mode to take. Every mode gets a row of numbers, the most important first; the mode whose
 * row is the greatest, compared number by number, wins. So the rule reads as a list, and a tie in
 * one number is settled by the next.
 */
#include "capture/camera_formats.h"
#include "capture/camera_modes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { SMALL_WIDTH = 640, SMALL_HEIGHT = 480, LARGE_WIDTH = 1280, LARGE_HEIGHT = 720 };

/** More frames a second than this are of no use to anybody's eyes. */
static const double FPS_ENOUGH = 60;

double camera_interval_fps(struct camera_interval interval)
{
    if (interval.num == 0 || interval.den == 0)
        return 0;
    double fps = (double)interval.den / interval.num;
    return fps >= 1 && fps <= 1000 ? fps : 0;
}

/** A rate as an interval: whole ones as 1/n, others in thousandths. */
static struct camera_interval interval_of(double fps)
{
    double whole = round(fps);
    if (fabs(fps - whole) < 1e-9 && whole >= 1)
        return (struct camera_interval){1, (uint32_t)whole};
    return (struct camera_interval){1000, (uint32_t)lround(fps * 1000)};
}

/** The interval between the rate's limits that comes nearest to `fps`. */
static struct camera_interval nearest(struct camera_rate rate, double fps)
{
    double fastest = camera_interval_fps(rate.shortest),
           slowest = camera_interval_fps(rate.longest);
    if (fastest > 0 && fps >= fastest)
        return rate.shortest;
    if (fps <= slowest || (fastest <= 0 && slowest <= 0))
        return rate.longest;
    return interval_of(fps);
}

/** How good a rate is: nearness to the wished one; else the highest, but `goal` is enough. */
static double rate_score(double fps, const struct camera_wish *wish, double goal)
{
    if (wish->fps > 0)
        return -fabs(fps - wish->fps);
    return fps > goal ? goal : fps;
}

static struct camera_interval best_rate(const struct camera_modes *modes,
                                        const struct camera_size *size,
                                        const struct camera_wish *wish, double goal)
{
    struct camera_interval best = {0, 0};
    for (int i = size->first_rate; i < size->first_rate + size->rates; i++) {
        struct camera_interval one = nearest(modes->rates[i], goal);
        double fps = camera_interval_fps(one), best_fps = camera_interval_fps(best);
        double gain = rate_score(fps, wish, goal) - rate_score(best_fps, wish, goal);
        if (fps > 0 && (best_fps <= 0 || gain > 0 || (gain >= 0 && fps < best_fps)))
            best = one;
    }
    return best;
}

/** What one mode is compared by; see camera_modes_choose(). */
struct score {
    double size_wished, rate, size, rank;
};

static double score_wished_size(const struct camera_size *size, const struct camera_wish *wish)
{
    if (wish->width > 0)
        return -(double)(abs(size->width - wish->width) + abs(size->height - wish->height));
    return size->width >= SMALL_WIDTH && size->height >= SMALL_HEIGHT;
}

static double score_size(const struct camera_size *size)
{
    double pixels = (double)size->width * size->height;
    return size->width <= LARGE_WIDTH && size->height <= LARGE_HEIGHT ? pixels : -pixels;
}

static struct score score_mode(const struct camera_format *format, const struct camera_size *size,
                               double fps, const struct camera_wish *wish, double goal)
{
    // Cameras differ in how they write a rate (333333/10000000, 1001/30000): whole ones compare.
    return (struct score){
        .size_wished = score_wished_size(size, wish),
        .rate = rate_score(wish->fps > 0 ? fps : round(fps), wish, goal),
        .size = score_size(size),
        .rank = -camera_format_rank(format->fourcc),
    };
}

static bool is_better(const struct score *a, const struct score *b)
{
    const double mine[] = {a->size_wished, a->rate, a->size, a->rank};
    const double other[] = {b->size_wished, b->rate, b->size, b->rank};
    for (int i = 0; i < 4; i++)
        if (mine[i] > other[i] || mine[i] < other[i])
            return mine[i] > other[i];
    return false;
}

int camera_modes_choose(const struct camera_modes *modes, const struct camera_wish *wish,
                        struct camera_mode *mode)
{
    const double goal = wish->fps > 0 ? wish->fps : wish->fps < 0 ? FPS_ENOUGH : 1000;
    const struct camera_format *wished = camera_modes_find(modes, wish->fourcc);
    struct score best = {0};
    bool found = false;
    for (int f = 0; f < modes->format_count; f++) {
        const struct camera_format *format = &modes->formats[f];
        if (!format->native || (wished && wished->native && wished->fourcc != format->fourcc))
            continue;
        for (int s = format->first_size; s < format->first_size + format->sizes; s++) {
            const struct camera_size *size = &modes->sizes[s];
            struct camera_interval interval = best_rate(modes, size, wish, goal);
            double fps = camera_interval_fps(interval);
            struct score score = score_mode(format, size, fps, wish, goal);
            if (found && !is_better(&score, &best))
                continue;
            found = true;
            best = score;
            *mode = (struct camera_mode){format->fourcc, size->width, size->height, interval};
        }
    }
    return found ? 0 : -ENOENT;
}

// Less of everything.

static bool is_jpeg(uint32_t fourcc)
{
    const struct camera_format_row *row = camera_format_find(fourcc);
    return row && row->jpeg;
}

static struct camera_mode mode_of(const struct camera_modes *modes,
                                  const struct camera_format *format,
                                  const struct camera_size *size, double fps)
{
    const struct camera_wish wish = {.fps = fps};
    return (struct camera_mode){format->fourcc, size->width, size->height,
                                best_rate(modes, size, &wish, fps)};
}

static bool find_jpeg(const struct camera_modes *modes, struct camera_mode *mode, double fps)
{
    for (int f = 0; f < modes->format_count; f++) {
        const struct camera_format *format = &modes->formats[f];
        for (int s = format->first_size; s < format->first_size + format->sizes; s++) {
            const struct camera_size *size = &modes->sizes[s];
            if (!format->native || !is_jpeg(format->fourcc) || size->width != mode->width ||
                size->height != mode->height)
                continue;
            *mode = mode_of(modes, format, size, fps);
            return true;
        }
    }
    return false;
}

static int64_t pixels(int width, int height)
{
    return (int64_t)width * height;
}

/** The largest of the sizes that are smaller. */
static bool find_smaller(const struct camera_modes *modes, const struct camera_format *format,
                         struct camera_mode *mode, double fps)
{
    const struct camera_size *best = NULL;
    for (int s = format->first_size; s < format->first_size + format->sizes; s++) {
        const struct camera_size *size = &modes->sizes[s];
        int64_t count = pixels(size->width, size->height);
        if (count < pixels(mode->width, mode->height) &&
            (!best || count > pixels(best->width, best->height)))
            best = size;
    }
    if (best)
        *mode = mode_of(modes, format, best, fps);
    return best;
}

/** The highest of the rates that are lower. */
static bool find_slower(const struct camera_modes *modes, const struct camera_format *format,
                        struct camera_mode *mode, double fps)
{
    double best_fps = 0;
    for (int s = format->first_size; s < format->first_size + format->sizes; s++) {
        const struct camera_size *size = &modes->sizes[s];
        if (size->width != mode->width || size->height != mode->height)
            continue;
        for (int i = size->first_rate; i < size->first_rate + size->rates; i++) {
            double slower = camera_interval_fps(modes->rates[i].longest);
            if (slower <= best_fps || slower >= fps - 0.01)
                continue;
            best_fps = slower;
            mode->interval = modes->rates[i].longest;
        }
    }
    return best_fps > 0;
}

int camera_modes_cheaper(const struct camera_modes *modes, struct camera_mode *mode)
{
    const struct camera_format *format = camera_modes_find(modes, mode->fourcc);
    double fps = camera_interval_fps(mode->interval);
    if (!format)
        return -ENOENT;
    bool found = (!is_jpeg(mode->fourcc) && find_jpeg(modes, mode, fps)) ||
                 find_smaller(modes, format, mode, fps) || find_slower(modes, format, mode, fps);
    return found ? 0 : -ENOENT;
}
