#include "app/stats.h"

#include "app/library_allocations.h"
#include "app/process_memory.h"
#include "app/quantile.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    RECORDS = 8192, ///< pictures remembered: a minute at 120 a second
    SAMPLES_A_SECOND = 4,
    SECONDS_OF_FPS = 1,  ///< what "FPS" is the average over
    SECONDS_OF_LOW = 60, ///< what the minimum and the 1 % low are over
};

/** One shown picture. */
struct record {
    int64_t shown_ns;
    float interval_ms, age_ms, canny_ms, view_ms, draw_ms;
    float stamp_age_ms; ///< NAN if the camera did not say when it took it
};

struct stats {
    int64_t start_ns, last_sample_ns, last_shown_ns;
    struct record records[RECORDS];
    float scratch[RECORDS];

    struct stats_report report;
    unsigned acquired_before, pictures_before; ///< at the last sample
    int64_t allocations_before, library_allocations_before;
    float fps_history[OVERLAY_HISTORY], rss_history_mb[OVERLAY_HISTORY];
    float acquired_rate[SAMPLES_A_SECOND]; ///< frames captured in each of the last samples
    float sample_s[SAMPLES_A_SECOND];      ///< and how long each took
    int samples;
};

int stats_create(struct stats **out)
{
    struct stats *stats = memory_alloc(MEMORY_INTERFACE, sizeof *stats);
    *out = stats;
    if (!stats)
        return -ENOMEM;
    memory_touch(stats, sizeof *stats);
    stats->start_ns = clock_now_ns();
    struct overlay_numbers *n = &stats->report.numbers;
    n->fps = n->camera_fps = n->age_p50_ms = n->age_p99_ms = n->canny_ms = -1;
    n->stamp_age_p50_ms = n->stamp_age_p99_ms = -1;
    n->decode_ms = n->view_ms = n->draw_ms = n->minimum_fps = n->low_fps = -1;
    n->allocations_per_frame = n->library_allocations_per_frame = -1;
    return 0;
}

void stats_destroy(struct stats **stats)
{
    memory_free(*stats);
    *stats = NULL;
}

static float ms_of(int64_t ns)
{
    return (float)((double)ns / NS_PER_MS);
}

void stats_add_picture(struct stats *stats, const struct picture *picture, int64_t shown_ns,
                       int64_t draw_ns)
{
    stats->report.mismatched += picture->mismatches > 0;
    // A frozen picture painted again is no new frame.
    if (picture->repainted)
        return;
    struct record *record = &stats->records[stats->report.pictures % RECORDS];
    *record = (struct record){
        .shown_ns = shown_ns,
        .interval_ms = stats->last_shown_ns ? ms_of(shown_ns - stats->last_shown_ns) : 0,
        .age_ms = ms_of(shown_ns - picture->received_ns),
        .stamp_age_ms = picture->stamped ? ms_of(shown_ns - picture->time_ns) : NAN,
        .canny_ms = ms_of(picture->canny_ns),
        .view_ms = ms_of(picture->view_ns),
        .draw_ms = ms_of(draw_ns),
    };
    stats->last_shown_ns = shown_ns;
    stats->report.pictures++;
}

void stats_pause(struct stats *stats)
{
    stats->last_shown_ns = 0;
}

/** Copies one field of the records of the last `seconds` into the scratch; returns how many. */
static int gather(struct stats *stats, size_t offset, double seconds)
{
    int64_t since_ns = clock_now_ns() - (int64_t)(seconds * (double)NS_PER_S);
    unsigned most = stats->report.pictures < RECORDS ? stats->report.pictures : RECORDS;
    int count = 0;
    for (unsigned i = 1; i <= most; i++) {
        const struct record *record = &stats->records[(stats->report.pictures - i) % RECORDS];
        if (record->shown_ns < since_ns)
            break;
        memcpy(&stats->scratch[count++], (const char *)record + offset, sizeof(float));
    }
    return count;
}

/** Quantile of a field over the last second; -1 if it is known of no picture. */
static double recent(struct stats *stats, size_t offset, double share)
{
    int count = gather(stats, offset, SECONDS_OF_FPS), known = 0;
    for (int i = 0; i < count; i++)
        if (!isnan(stats->scratch[i]))
            stats->scratch[known++] = stats->scratch[i];
    return known ? quantile(stats->scratch, known, share) : -1;
}

static void measure_rates(struct stats *stats, int64_t now)
{
    struct overlay_numbers *n = &stats->report.numbers;
    int count = gather(stats, offsetof(struct record, interval_ms), SECONDS_OF_FPS);
    double lived_s = (double)(now - stats->start_ns) / NS_PER_S;
    n->fps = count / (lived_s < SECONDS_OF_FPS ? lived_s : SECONDS_OF_FPS);

    count = gather(stats, offsetof(struct record, interval_ms), SECONDS_OF_LOW);
    // The first picture, and the first after a pause, have no interval.
    int intervals = 0;
    for (int i = 0; i < count; i++)
        if (stats->scratch[i] > 0)
            stats->scratch[intervals++] = stats->scratch[i];
    n->minimum_fps = n->low_fps = -1;
    if (intervals > 0) {
        n->minimum_fps = 1000 / (double)quantile(stats->scratch, intervals, 1);
        n->low_fps = 1000 / (double)quantile(stats->scratch, intervals, 0.99);
    }
}

static void measure_camera_rate(struct stats *stats, double sample_s)
{
    int at = stats->samples % SAMPLES_A_SECOND;
    stats->acquired_rate[at] = (float)(stats->report.capture.acquired - stats->acquired_before);
    stats->sample_s[at] = (float)sample_s;
    stats->acquired_before = stats->report.capture.acquired;
    double frames = 0, seconds = 0;
    for (int i = 0; i < SAMPLES_A_SECOND; i++) {
        frames += (double)stats->acquired_rate[i];
        seconds += (double)stats->sample_s[i];
    }
    stats->report.numbers.camera_fps = seconds > 0 ? frames / seconds : -1;
}

static void measure_times(struct stats *stats)
{
    struct overlay_numbers *n = &stats->report.numbers;
    n->age_p50_ms = recent(stats, offsetof(struct record, age_ms), 0.5);
    n->age_p99_ms = recent(stats, offsetof(struct record, age_ms), 0.99);
    n->stamp_age_p50_ms = recent(stats, offsetof(struct record, stamp_age_ms), 0.5);
    n->stamp_age_p99_ms = recent(stats, offsetof(struct record, stamp_age_ms), 0.99);
    n->canny_ms = recent(stats, offsetof(struct record, canny_ms), 0.5);
    n->view_ms = recent(stats, offsetof(struct record, view_ms), 0.5);
    n->draw_ms = recent(stats, offsetof(struct record, draw_ms), 0.5);
    n->decode_ms = (double)ms_of(stats->report.capture.decode_ns);
}

/** How often memory was asked for since the last sample, by us and by the libraries. */
static void measure_allocations(struct stats *stats)
{
    struct stats_report *report = &stats->report;
    struct overlay_numbers *n = &report->numbers;
    report->allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    report->library_allocations = library_allocations();
    double pictures = report->pictures - stats->pictures_before;
    if (pictures > 0) {
        n->allocations_per_frame =
            (double)(report->allocations - stats->allocations_before) / pictures;
        n->library_allocations_per_frame =
            (double)(report->library_allocations - stats->library_allocations_before) / pictures;
    }
    if (report->library_allocations < 0)
        n->library_allocations_per_frame = -1;
    stats->allocations_before = report->allocations;
    stats->library_allocations_before = report->library_allocations;
    stats->pictures_before = report->pictures;
}

static void measure_memory(struct stats *stats)
{
    struct overlay_numbers *n = &stats->report.numbers;
    struct process_memory memory = process_memory_now();
    n->rss_bytes = memory.rss_bytes;
    n->peak_rss_bytes = memory.peak_rss_bytes;
    n->heap_bytes = memory.heap_bytes;
    n->heap_free_bytes = memory.heap_free_bytes;
    n->owner_count = 0;
    for (enum memory_owner owner = 0; owner < MEMORY_OWNERS; owner++)
        n->owners[n->owner_count++] =
            (struct overlay_owner){memory_owner_name(owner), memory_sum_of(owner).live_bytes};
    stats->report.frame_bytes = memory_sum_of(MEMORY_FRAMES).live_bytes +
                                memory_sum_of(MEMORY_CAMERA).live_bytes +
                                memory_sum_of(MEMORY_RECORDING).live_bytes;
}

static void remember(struct stats *stats)
{
    struct overlay_numbers *n = &stats->report.numbers;
    if (n->history_count == OVERLAY_HISTORY) {
        size_t bytes = (OVERLAY_HISTORY - 1) * sizeof(float);
        memmove(stats->fps_history, stats->fps_history + 1, bytes);
        memmove(stats->rss_history_mb, stats->rss_history_mb + 1, bytes);
        n->history_count--;
    }
    stats->fps_history[n->history_count] = (float)n->fps;
    stats->rss_history_mb[n->history_count] = (float)((double)n->rss_bytes / (1 << 20));
    n->history_count++;
    n->fps_history = stats->fps_history;
    n->rss_history_mb = stats->rss_history_mb;
}

bool stats_sample(struct stats *stats, const struct capture_status *status, unsigned skipped,
                  bool force)
{
    int64_t now = clock_now_ns();
    stats->report.capture = *status;
    stats->report.time_s = (double)(now - stats->start_ns) / NS_PER_S;
    struct overlay_numbers *n = &stats->report.numbers;
    n->dropped_driver = status->dropped_driver;
    n->dropped_skipped = status->dropped_skipped + skipped;
    n->damaged = status->damaged;
    int64_t before_ns = stats->last_sample_ns ? stats->last_sample_ns : stats->start_ns;
    bool due = stats->samples == 0 || now - before_ns >= NS_PER_S / SAMPLES_A_SECOND;
    if (!force && !due)
        return false;
    stats->last_sample_ns = now;
    measure_rates(stats, now);
    measure_camera_rate(stats, (double)(now - before_ns) / NS_PER_S);
    measure_times(stats);
    measure_memory(stats);
    measure_allocations(stats);
    remember(stats);
    stats->samples++;
    return true;
}

void stats_set_loopback(struct stats *stats, const struct loopback_status *loopback)
{
    stats->report.loopback = *loopback;
}

void stats_set_recorder(struct stats *stats, const struct recorder_status *recorder)
{
    stats->report.recorder = *recorder;
}

void stats_set_lab(struct stats *stats, const struct lab *lab)
{
    lab_read(lab, &stats->report.lab);
}

const struct stats_report *stats_get_report(const struct stats *stats)
{
    return &stats->report;
}
