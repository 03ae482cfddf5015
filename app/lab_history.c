#include "app/lab_history.h"

#include "render/plot.h"

#include <math.h>
#include <string.h>

static float megabytes(int64_t bytes)
{
    return (float)((double)bytes / (1 << 20));
}

/** Room for one more at the end; the oldest goes when there is none. */
static void shift(struct lab_history *history)
{
    if (history->count < LAB_HISTORY_SAMPLES) {
        history->count++;
        return;
    }
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        memmove(history->spans[i], history->spans[i] + 1,
                (LAB_HISTORY_SAMPLES - 1) * sizeof history->spans[i][0]);
}

void lab_history_add(struct lab_history *history, struct lab *lab)
{
    shift(history);
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        struct lab_range range = lab_shelf_range(lab_shelf_of(lab, (enum lab_experiment)i));
        history->spans[i][history->count - 1] =
            (struct band_span){megabytes(range.low_bytes), megabytes(range.high_bytes)};
    }
}

static float largest_of(const struct lab_history *history, enum lab_experiment which)
{
    return band_largest(history->spans[which], history->count);
}

struct band lab_history_band(const struct lab_history *history, enum lab_experiment which)
{
    float own = largest_of(history, which);
    float other = largest_of(history, lab_infos[which].beside);
    return (struct band){.spans = history->spans[which],
                         .count = own > 0 ? history->count : 0,
                         .columns = LAB_HISTORY_SAMPLES,
                         .top = plot_top(fmaxf(own, other))};
}
