/**
 * @file
 * The processor's name comes from /proc/cpuinfo (proc(5)), which has none on ARM: there the
 * architecture has to do.
 */
#include "app/bench_report.h"

#include "app/json_make.h"
#include "app/log.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/utsname.h>

enum { SAFE_BYTES = 4 * 4096 };

struct bench_report {
    FILE *to;
    cJSON *list; ///< NULL for the table
    struct json_maker maker;
};

int bench_report_create(struct bench_report **out, FILE *to, bool json)
{
    struct bench_report *report = *out = memory_alloc(MEMORY_OTHER, sizeof *report);
    if (!report)
        return -ENOMEM;
    report->to = to;
    report->list = json ? json_make_array(&report->maker) : NULL;
    if (json && !report->list) {
        bench_report_destroy(out);
        return -ENOMEM;
    }
    return 0;
}

void bench_report_destroy(struct bench_report **report)
{
    if (!*report)
        return;
    cJSON_Delete((*report)->list);
    memory_free(*report);
    *report = NULL;
}

/** The value of a line of /proc/cpuinfo, "model name : ..."; NULL if it is another line. */
static char *model_name(char *line)
{
    char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon)
        return NULL;
    char *name = colon + 1 + strspn(colon + 1, " \t");
    name[strcspn(name, "\n")] = '\0';
    return name;
}

static void find_processor(char *name, size_t bytes)
{
    char line[256];
    struct utsname machine;
    const char *found = NULL;
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = model_name(line);
    if (file)
        fclose(file);
    if (!found && uname(&machine) == 0)
        found = machine.machine;
    log_escape(found ? found : "unknown", name, bytes);
}

/** Sends it all out: results for a full disk or a closed pipe are not worth measuring. */
static int flush(FILE *to)
{
    if (fflush(to) != 0)
        return -errno;
    return ferror(to) ? -EIO : 0;
}

int bench_report_begin(struct bench_report *report, const struct bench_subject *subject, int runs)
{
    if (report->list)
        return 0;
    char processor[256];
    const struct canny_params *params = &subject->params;
    find_processor(processor, sizeof processor);
    fprintf(report->to, "Processor: %s\n", processor);
    fprintf(report->to, "Edges: low %g, high %g, blur %d, aperture %d, %s, from %s\n", params->low,
            params->high, params->blur, params->aperture, params->l2 ? "L2" : "L1",
            subject->bgr ? "BGR" : "gray");
    fprintf(report->to,
            "Milliseconds of %d runs: the median, and what 10 and 90 of 100 stay below\n", runs);
    return flush(report->to);
}

static void print_row(FILE *to, const char *name, int threads, const struct bench_times *times,
                      const struct bench_subject *subject, double copy_ms)
{
    double pixels = (double)subject->width * subject->height;
    char count[16] = "";
    if (threads)
        snprintf(count, sizeof count, "%d", threads);
    fprintf(to, "  %-12s %7s %10.3f %10.3f %10.3f %11.1f %10.1f\n", name, count, times->median_ms,
            times->p10_ms, times->p90_ms, pixels / 1e3 / fmax(times->median_ms, 1e-6),
            times->median_ms / fmax(copy_ms, 1e-6));
}

static void print_table(FILE *to, const struct bench_subject *subject,
                        const struct bench_results *results)
{
    static char safe[SAFE_BYTES];
    log_escape(subject->image, safe, sizeof safe);
    fprintf(to, "\n%s, %dx%d\n", safe, subject->width, subject->height);
    fprintf(to, "  %-12s %7s %10s %10s %10s %11s %10s\n", "level", "threads", "median", "p10",
            "p90", "Mpixel/s", "x memcpy");
    double copy_ms = results->copy.median_ms;
    for (int i = 0; i < results->count; i++) {
        const struct bench_row *row = &results->rows[i];
        bool whole = strcmp(row->stage, "whole") == 0;
        char name[32];
        snprintf(name, sizeof name, "%s%s", whole ? "" : "  ", whole ? row->level : row->stage);
        print_row(to, name, whole ? row->threads : 0, &row->times, subject, copy_ms);
    }
    print_row(to, "memcpy", 1, &results->copy, subject, copy_ms);
}

static cJSON *json_params(struct json_maker *maker, const struct canny_params *params)
{
    cJSON *item = json_make_object(maker);
    json_make_number(maker, item, "low", params->low);
    json_make_number(maker, item, "high", params->high);
    json_make_number(maker, item, "blur", params->blur);
    json_make_number(maker, item, "aperture", params->aperture);
    json_make_bool(maker, item, "l2", params->l2);
    return item;
}

/** The clock counts nanoseconds; there is nothing behind them. */
static void add_ms(struct json_maker *maker, cJSON *item, const char *name, double ms)
{
    json_make_number(maker, item, name, round(ms * 1e6) / 1e6);
}

static cJSON *json_row(struct json_maker *maker, const struct bench_row *row,
                       const struct bench_subject *subject, const struct bench_results *results)
{
    static char safe[SAFE_BYTES];
    cJSON *item = json_make_object(maker);
    log_escape(subject->image, safe, sizeof safe);
    json_make_text(maker, item, "image", safe);
    json_make_text(maker, item, "input", subject->bgr ? "bgr" : "gray");
    json_make_text(maker, item, "stage", row->stage);
    json_make_number(maker, item, "width", subject->width);
    json_make_number(maker, item, "height", subject->height);
    json_make_text(maker, item, "level", row->level);
    json_make_number(maker, item, "threads", row->threads);
    json_make_member(maker, item, "params", json_params(maker, &subject->params));
    add_ms(maker, item, "median_ms", row->times.median_ms);
    add_ms(maker, item, "p10_ms", row->times.p10_ms);
    add_ms(maker, item, "p90_ms", row->times.p90_ms);
    add_ms(maker, item, "memcpy_ms", results->copy.median_ms);
    json_make_number(maker, item, "runs", results->runs);
    return item;
}

int bench_report_add(struct bench_report *report, const struct bench_subject *subject,
                     const struct bench_results *results)
{
    if (!report->list) {
        print_table(report->to, subject, results);
        return flush(report->to);
    }
    for (int i = 0; i < results->count; i++)
        json_make_element(&report->maker, report->list,
                          json_row(&report->maker, &results->rows[i], subject, results));
    return report->maker.failed ? -ENOMEM : 0;
}

int bench_report_end(struct bench_report *report)
{
    if (!report->list)
        return 0;
    char *text = cJSON_Print(report->list);
    if (!text)
        return -ENOMEM;
    fprintf(report->to, "%s\n", text);
    cJSON_free(text);
    return flush(report->to);
}
