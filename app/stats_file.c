#include "app/stats_file.h"

#include "app/json_make.h"
#include "app/log.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

struct stats_file {
    int fd;
    bool plot;      ///< memory_profiler's format
    bool broken;    ///< writing failed once and was reported
    int64_t second; ///< whole seconds of the last line's time; 0 before the first
    char path[256]; ///< for messages
};

static double round_to(double value, double unit)
{
    double scaled = value / unit;
    return (double)(int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) * unit;
}

static const char *state_name(enum capture_state state)
{
    return state == CAPTURE_WAITING || state == CAPTURE_OPENING ? "waiting" : "streaming";
}

static void add_numbers(struct json_maker *maker, cJSON *line, const struct stats_report *report,
                        const struct control_values *values)
{
    const struct overlay_numbers *n = &report->numbers;
    const struct {
        const char *name;
        double value;
    } fields[] = {
        {"fps", round_to(n->fps, 0.01)},
        {"camera_fps", round_to(n->camera_fps, 0.01)},
        {"frames", report->pictures},
        {"dropped_driver", n->dropped_driver},
        {"dropped_skipped", n->dropped_skipped},
        {"damaged", n->damaged},
        {"reconnects", report->capture.reconnects},
        {"age_p50_ms", round_to(n->age_p50_ms, 0.001)},
        {"age_p99_ms", round_to(n->age_p99_ms, 0.001)},
        {"stamp_age_p50_ms", round_to(n->stamp_age_p50_ms, 0.001)},
        {"stamp_age_p99_ms", round_to(n->stamp_age_p99_ms, 0.001)},
        {"decode_ms", round_to(n->decode_ms, 0.001)},
        {"canny_ms", round_to(n->canny_ms, 0.001)},
        {"rss_bytes", (double)n->rss_bytes},
        {"peak_rss_bytes", (double)n->peak_rss_bytes},
        {"heap_bytes", (double)n->heap_bytes},
        {"heap_free_bytes", (double)n->heap_free_bytes},
        {"frame_bytes", (double)report->frame_bytes},
        {"allocations", (double)report->allocations},
        {"low", values->canny.low},
        {"high", values->canny.high},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        json_make_number(maker, line, fields[i].name, fields[i].value);
}

static void add_recording(struct json_maker *maker, cJSON *line,
                          const struct recorder_status *recorder)
{
    json_make_number(maker, line, "record_files", recorder->files);
    json_make_number(maker, line, "record_frames", recorder->written);
    json_make_number(maker, line, "record_dropped", recorder->lost);
    json_make_number(maker, line, "record_s",
                     round_to((double)recorder->duration_ns / NS_PER_S, 0.001));
    json_make_number(maker, line, "record_bytes", (double)recorder->bytes);
    json_make_number(maker, line, "record_queue_bytes", (double)recorder->queue_bytes);
}

static bool is_in_use(const struct lab_status *lab)
{
    bool on = lab->held_bytes > 0;
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        on = on || lab->experiments[i].on;
    return on;
}

static void add_experiment(struct json_maker *maker, cJSON *line, const char *name,
                           const struct lab_state *state)
{
    const struct {
        const char *what;
        int64_t value;
    } fields[] = {{"bytes", state->numbers.bytes},
                  {"peak_bytes", state->numbers.peak_bytes},
                  {"allocations", state->numbers.allocations}};
    char key[64];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        snprintf(key, sizeof key, "lab_%s_%s", name, fields[i].what);
        json_make_number(maker, line, key, (double)fields[i].value);
    }
    snprintf(key, sizeof key, "lab_%s_stopped", name);
    if (state->stopped)
        json_make_bool(maker, line, key, true);
}

/** What all hold, and each that is on or holds anything still. */
static void add_lab(struct json_maker *maker, cJSON *line, const struct lab_status *lab)
{
    json_make_number(maker, line, "lab_bytes", (double)lab->held_bytes);
    json_make_number(maker, line, "lab_limit_bytes", (double)lab->limit_bytes);
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        if (lab->experiments[i].on || lab->experiments[i].numbers.bytes > 0)
            add_experiment(maker, line, lab_infos[i].name, &lab->experiments[i]);
    if (lab->experiments[LAB_TRIM].on)
        json_make_number(maker, line, "lab_trim_given_back_bytes", (double)lab->given_back_bytes);
    if (lab->experiments[LAB_FLOAT32].on)
        json_make_number(maker, line, "lab_float32_differing_pixels",
                         (double)lab->differing_pixels);
}

int stats_format_json(const struct stats_report *report, const struct control_values *values,
                      char *text, size_t bytes)
{
    char name[4 * sizeof report->capture.info.name];
    log_escape(report->capture.info.name, name, sizeof name);
    struct json_maker maker = {false};
    cJSON *line = json_make_object(&maker);
    json_make_number(&maker, line, "time_s", round_to(report->time_s, 0.001));
    json_make_text(&maker, line, "source", name);
    json_make_number(&maker, line, "width", report->capture.info.width);
    json_make_number(&maker, line, "height", report->capture.info.height);
    add_numbers(&maker, line, report, values);
    if (report->library_allocations >= 0)
        json_make_number(&maker, line, "library_allocations", (double)report->library_allocations);
    json_make_text(&maker, line, "state", state_name(report->capture.state));
    const struct loopback_status *loopback = &report->loopback;
    if (loopback->on || loopback->written > 0 || loopback->dropped > 0) {
        json_make_number(&maker, line, "loopback_written", loopback->written);
        json_make_number(&maker, line, "loopback_dropped", loopback->dropped);
    }
    if (report->recorder.on || report->recorder.files > 0)
        add_recording(&maker, line, &report->recorder);
    if (is_in_use(&report->lab))
        add_lab(&maker, line, &report->lab);
    bool fits = !maker.failed && cJSON_PrintPreallocated(line, text, (int)bytes, false);
    cJSON_Delete(line);
    return fits ? 0 : -ENOMEM;
}

void stats_format_summary(const struct stats_report *report, char *text, size_t bytes)
{
    const struct overlay_numbers *n = &report->numbers;
    int used =
        snprintf(text, bytes, "Processed %u frames in %.1f s (%.1f FPS)", report->pictures,
                 report->time_s, report->time_s > 0 ? report->pictures / report->time_s : 0.0);
    if (n->canny_ms >= 0)
        used += snprintf(text + used, bytes - (size_t)used, ", Canny %.2f ms", n->canny_ms);
    used += snprintf(text + used, bytes - (size_t)used,
                     ", dropped %u by the driver, %u skipped, %u damaged, peak memory %.1f MB",
                     n->dropped_driver, n->dropped_skipped, n->damaged,
                     (double)n->peak_rss_bytes / (1 << 20));
    const struct loopback_status *loopback = &report->loopback;
    if (loopback->on)
        used +=
            snprintf(text + used, bytes - (size_t)used, ", virtual camera %u written, %u dropped",
                     loopback->written, loopback->dropped);
    const struct recorder_status *recorder = &report->recorder;
    if (recorder->files > 0)
        snprintf(text + used, bytes - (size_t)used, ", recorded %u, %u lost", recorder->written,
                 recorder->lost);
}

static int write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(fd, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        text += written;
        left -= (size_t)written;
    }
    return 0;
}

int stats_file_open(struct stats_file **out, const char *path, struct error *err)
{
    *out = NULL;
    struct stats_file *file = memory_alloc(MEMORY_OTHER, sizeof *file);
    if (!file)
        return error_set(err, -ENOMEM, "Not enough memory for the statistics");
    snprintf(file->path, sizeof file->path, "%s", path);
    size_t length = strlen(path);
    file->plot = length > 4 && strcmp(path + length - 4, ".dat") == 0;
    file->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    int ret = file->fd < 0 ? -errno : 0;
    // memory_profiler begins its files with the command that was measured.
    if (ret == 0 && file->plot)
        ret = write_all(file->fd, "CMDLINE cannyscope\n");
    if (ret < 0) {
        error_set(err, ret, "Cannot write statistics to %s: %s", path, error_reason(ret));
        stats_file_close(&file);
    }
    *out = file;
    return ret;
}

static int format_plot(const struct stats_report *report, char *text, size_t bytes)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(text, bytes, "MEM %.6f %lld.%04ld", (double)report->numbers.rss_bytes / (1 << 20),
             (long long)now.tv_sec, now.tv_nsec / 100000);
    return 0;
}

int stats_file_write(struct stats_file *file, const struct stats_report *report,
                     const struct control_values *values, bool last, struct error *err)
{
    // By whole seconds, so that lines that come a little late do not become fewer.
    int64_t second = (int64_t)report->time_s;
    if (file->broken || (second <= file->second && !last))
        return 0;
    file->second = second;
    char line[LINE_BYTES];
    int ret = file->plot ? format_plot(report, line, sizeof line - 1)
                         : stats_format_json(report, values, line, sizeof line - 1);
    if (ret == 0) {
        strcat(line, "\n");
        ret = write_all(file->fd, line);
    }
    if (ret == 0)
        return 0;
    file->broken = true;
    return error_set(err, ret, "Cannot write statistics to %s: %s", file->path, error_reason(ret));
}

bool stats_file_has_failed(const struct stats_file *file)
{
    return file && file->broken;
}

void stats_file_close(struct stats_file **file)
{
    if (!*file)
        return;
    if ((*file)->fd >= 0)
        close((*file)->fd);
    memory_free(*file);
    *file = NULL;
}
