// The report of a batch, line by line.

#include "app/batch_report.h"

#include "app/escape.h"
#include "app/json_lines.h"
#include "app/log.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct batch_report {
    struct json_appender appender;
    char *path; ///< for messages
};

static const char *const status_names[BATCH_STATUSES] = {[BATCH_OK] = "ok",
                                                         [BATCH_FAILED] = "failed",
                                                         [BATCH_SKIPPED] = "skipped",
                                                         [BATCH_DAMAGED] = "damaged"};

const char *batch_status_name(enum batch_status status)
{
    return status_names[status];
}

bool batch_status_parse(const char *name, enum batch_status *status)
{
    for (int i = 0; i < BATCH_STATUSES; i++) {
        if (strcmp(name, status_names[i]) == 0) {
            *status = (enum batch_status)i;
            return true;
        }
    }
    return false;
}

int batch_report_open(struct batch_report **out, const char *path, struct error *err)
{
    int result = 0;
    struct batch_report *report = memory_alloc(MEMORY_OTHER, sizeof *report);
    if (report)
        report->path = memory_copy_string(MEMORY_OTHER, path);
    if (report)
        // For reading too: how it ends is looked at.
        report->appender.fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (!report || !report->path)
        result = -ENOMEM;
    else if (report->appender.fd < 0)
        result = -errno;
    else
        json_appender_start(&report->appender, report->appender.fd);
    if (result < 0) {
        error_set(err, result, "Cannot write the report '%.300s': %s", path, error_reason(result));
        batch_report_close(&report);
    }
    *out = report;
    return result;
}

static bool add_name(cJSON *line, const char *field, const char *name)
{
    if (!name)
        return cJSON_AddNullToObject(line, field);
    char *text = escape_name(name);
    bool added = text && cJSON_AddStringToObject(line, field, text);
    memory_free(text);
    return added;
}

/** A sentence is for people: what it quotes need not be told from it. */
static bool add_sentence(cJSON *line, const char *field, const char *sentence)
{
    char text[4 * sizeof(struct error)];
    if (!sentence)
        return cJSON_AddNullToObject(line, field);
    log_escape(sentence, text, sizeof text);
    return cJSON_AddStringToObject(line, field, text);
}

static bool fill_line(cJSON *line, const struct batch_result *result)
{
    return add_name(line, "input", result->input) && add_name(line, "output", result->output) &&
           cJSON_AddStringToObject(line, "status", batch_status_name(result->status)) &&
           add_sentence(line, "error", result->error) &&
           cJSON_AddNumberToObject(line, "ms", round(result->ms * 1000) / 1000) &&
           cJSON_AddNumberToObject(line, "pixels", (double)result->pixels) &&
           (result->frames == 0 || cJSON_AddNumberToObject(line, "frames", result->frames));
}

int batch_report_add(struct batch_report *report, const struct batch_result *result,
                     struct error *err)
{
    cJSON *line = cJSON_CreateObject();
    int failure = fill_line(line, result) ? json_append(&report->appender, line) : -ENOMEM;
    cJSON_Delete(line);
    if (failure < 0)
        return error_set(err, failure, "Cannot write the report '%.300s': %s", report->path,
                         error_reason(failure));
    return 0;
}

void batch_report_close(struct batch_report **report)
{
    if (!*report)
        return;
    if ((*report)->appender.fd >= 0)
        close((*report)->appender.fd);
    memory_free((*report)->path);
    memory_free(*report);
    *report = NULL;
}
