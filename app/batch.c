/**
 * @file
 * A batch from the command line to its closing line. Everything is decided before the first file
 * is read: which pictures there are, what each output is called, which of them are this shard's
 * and not done yet. What can fail for all of them fails here, with nothing done.
 */
#include "app/batch.h"

#include "app/batch_leftovers.h"
#include "app/batch_manifest.h"
#include "app/batch_names.h"
#include "app/batch_output.h"
#include "app/batch_plan.h"
#include "app/batch_pool.h"
#include "app/batch_report.h"
#include "app/batch_reports.h"
#include "app/batch_tally.h"
#include "app/ending.h"
#include "app/memory_watch.h"
#include "app/options.h"
#include "app/paths.h"
#include "app/process_memory.h"
#include "app/progress.h"
#include "app/workers.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 60000, ///< for the files under way when a signal came
    LOOK_MS = 50,        ///< between looks at signals and progress
    DEFAULT_WORKERS = 4,
};

/** What workers free is not kept for them: the budget would not know of it. */
enum { RETURNED_BYTES = 1 << 20 };

struct batch {
    const struct settings *settings;
    struct log *log;
    struct ending *ending;
    struct progress *progress;

    struct batch_output output;
    struct batch_shard shard;
    struct batch_list *list;
    struct batch_plan *plan;
    struct batch_manifest *manifest;
    struct batch_report *report; ///< NULL if none was asked for
    struct batch_tally *tally;
    struct batch_pool *pool;

    struct batch_task *tasks;
    size_t *items;  ///< of the list, for each task
    char **outputs; ///< paths of all tasks
    int task_count;
    int skipped;  ///< done by an earlier run
    int problems; ///< inputs of this shard that could not be taken
    struct batch_failures failures;
    struct memory_watch memory;
    bool unreported; ///< the report could not be written
};

// What is asked for.

static int refuse(const struct batch *batch, int status, const struct error *err)
{
    log_write(batch->log, LOG_LEVEL_ERROR, "%s", err->text);
    return status;
}

/** What cannot be meant. 0 or -EINVAL with a sentence. */
static int check_usage(struct batch *batch, int input_count, struct error *err)
{
    const struct settings *settings = batch->settings;
    if (input_count == 0 && !settings->files_from[0])
        return error_set(err, -EINVAL,
                         "batch needs pictures, folders or --files-from; see "
                         "cannyscope batch --help");
    if (!settings->output[0])
        return error_set(err, -EINVAL,
                         "batch needs a folder to write into: give -o DIR; see "
                         "cannyscope batch --help");
    batch->shard = (struct batch_shard){0, 1};
    return settings->shard[0] ? batch_shard_parse(settings->shard, &batch->shard, err) : 0;
}

// What there is to do.

static int find_pictures(struct batch *batch, const char *const *inputs, int count,
                         struct error *err)
{
    const struct settings *settings = batch->settings;
    struct batch_scan scan = {settings->recursive, settings->follow, batch->output.fd};
    int ret = batch_list_open(&batch->list, &scan);
    for (int i = 0; ret == 0 && i < count; i++) {
        ret = batch_list_add(batch->list, inputs[i]);
        if (ret == -EDEADLK)
            return error_set(err, ret, "'%s' is the output folder too: choose another with -o",
                             inputs[i]);
    }
    if (ret < 0)
        return error_set(err, ret, "Not enough memory for the list of pictures");
    if (settings->files_from[0])
        return batch_list_add_from(batch->list, settings->files_from, settings->null, err);
    return 0;
}

static int plan_names(struct batch *batch, struct error *err)
{
    const struct settings *settings = batch->settings;
    struct batch_naming naming = {
        .prefix = settings->prefix,
        .format = settings->batch_format,
        .output_fd = batch->output.fd,
        .sharded = batch->shard.count > 1,
        .frames = settings->all_frames,
    };
    return batch_plan_open(&batch->plan, batch->list, &naming, err);
}

/** Everything that the outputs' bytes depend on. */
static void describe_settings(const struct settings *settings, char *text, size_t bytes)
{
    const struct canny_params *canny = &settings->canny;
    snprintf(text, bytes, "low %.17g high %.17g blur %d aperture %d l2 %d gray %d damaged %d%s",
             canny->low, canny->high, canny->blur, canny->aperture, canny->l2, (int)canny->gray,
             settings->keep_damaged, settings->all_frames ? " frames" : "");
}

static int open_manifest(struct batch *batch, struct error *err)
{
    char text[256];
    size_t broken = 0;
    describe_settings(batch->settings, text, sizeof text);
    int ret = batch_manifest_open(&batch->manifest, batch->output.fd, batch->shard, text);
    if (ret == 0 && batch->settings->resume)
        ret = batch_manifest_load(batch->manifest, &broken);
    if (ret < 0)
        return error_set(err, ret, "Cannot read what is done in '%s': %s", batch->settings->output,
                         error_reason(ret));
    if (broken)
        log_write(batch->log, LOG_LEVEL_WARNING,
                  "%zu notes of what is done in '%s' make no sense: those files are done again",
                  broken, batch->settings->output);
    return 0;
}

static void report(struct batch *batch, const struct batch_result *result)
{
    struct error err;
    if (!batch->report || batch_report_add(batch->report, result, &err) == 0 || batch->unreported)
        return;
    batch->unreported = true;
    refuse(batch, 0, &err);
}

static void report_problems(struct batch *batch)
{
    for (size_t i = 0; i < batch_list_problem_count(batch->list); i++) {
        const struct batch_problem *problem = batch_list_problem(batch->list, i);
        if (!batch_shard_has(batch->shard, i))
            continue;
        batch->problems++;
        batch_failures_add(&batch->failures, problem->path);
        log_write(batch->log, LOG_LEVEL_WARNING, "%s", problem->text);
        report(batch, &(struct batch_result){
                          .input = problem->path, .status = BATCH_FAILED, .error = problem->text});
    }
}

/** What the report says an output is called: of several frames the first one. */
static void name_reported(struct path *path, const char *output, int frames)
{
    if (frames == 0 || batch_frame_path(output, 1, path->text, sizeof path->text) < 0)
        path_set(path, "%s", output);
}

static void skip(struct batch *batch, const char *input, const char *name, int frames)
{
    struct path output, reported;
    path_set(&output, "%s/%s", batch->settings->output, name);
    name_reported(&reported, output.text, frames);
    batch->skipped++;
    report(batch,
           &(struct batch_result){
               .input = input, .output = reported.text, .status = BATCH_SKIPPED, .frames = frames});
}

static int add_task(struct batch *batch, size_t index)
{
    const struct batch_item *item = batch_list_item(batch->list, index);
    const char *name = batch_plan_output(batch->plan, index);
    int frames = 0;
    if (batch->settings->resume && batch_manifest_is_done(batch->manifest, item, name, &frames)) {
        skip(batch, item->path, name, frames);
        return 0;
    }
    char *output = batch_output_make_path(&batch->output, name, batch->log);
    if (!output)
        return -ENOMEM;
    batch->outputs[batch->task_count] = output;
    batch->tasks[batch->task_count] = (struct batch_task){item->path, output};
    batch->items[batch->task_count++] = index;
    return 0;
}

static int make_tasks(struct batch *batch, struct error *err)
{
    size_t count = batch_list_count(batch->list);
    batch->tasks = memory_alloc(MEMORY_OTHER, (count + 1) * sizeof *batch->tasks);
    batch->items = memory_alloc(MEMORY_OTHER, (count + 1) * sizeof *batch->items);
    batch->outputs = memory_alloc(MEMORY_OTHER, (count + 1) * sizeof *batch->outputs);
    int ret = batch->tasks && batch->items && batch->outputs ? 0 : -ENOMEM;
    for (size_t i = 0; ret == 0 && i < count; i++)
        if (batch_shard_has(batch->shard, i))
            ret = add_task(batch, i);
    if (ret == 0)
        ret = batch_leftovers_clear(batch->settings->output, batch->plan, count, batch->shard);
    return ret < 0 ? error_set(err, ret, "Not enough memory for %zu pictures", count) : 0;
}

/** Says how many pictures there are, and how many of them are this shard's. */
static void tell_found(const struct batch *batch)
{
    size_t count = batch_list_count(batch->list), own = 0;
    log_write(batch->log, LOG_LEVEL_INFO, "Found %zu images", count);
    for (size_t i = 0; i < count; i++)
        own += batch_shard_has(batch->shard, i);
    if (batch->shard.count > 1)
        log_write(batch->log, LOG_LEVEL_INFO, "Shard %u/%u: %zu of %zu images", batch->shard.index,
                  batch->shard.count, own, count);
}

/** What would be done; nothing is. */
static int print_plan(struct batch *batch)
{
    char input[2 * SETTING_TEXT_BYTES], output[2 * SETTING_TEXT_BYTES];
    for (size_t i = 0; i < batch_list_count(batch->list); i++) {
        if (!batch_shard_has(batch->shard, i))
            continue;
        log_escape(batch_list_item(batch->list, i)->path, input, sizeof input);
        log_escape(batch_plan_output(batch->plan, i), output, sizeof output);
        printf("%s -> %s/%s\n", input, batch->settings->output, output);
    }
    if (batch->settings->all_frames)
        log_write(
            batch->log, LOG_LEVEL_INFO,
            "A file that turns out to have several frames becomes NAME-0001.png and so on, not "
            "NAME.png");
    report_problems(batch);
    return batch->problems ? EXIT_CODE_PARTLY : EXIT_CODE_DONE;
}

// Doing it.

static enum batch_status status_of(const struct batch_outcome *outcome)
{
    if (outcome->code < 0)
        return BATCH_FAILED;
    return outcome->result.state == IMAGE_DAMAGED ? BATCH_DAMAGED : BATCH_OK;
}

static void stop_if_full(struct batch *batch, int code)
{
    if (batch_output_check(&batch->output, code))
        batch_pool_stop(batch->pool);
}

static void note_done(struct batch *batch, int index, int frames)
{
    struct error err;
    size_t item = batch->items[index];
    const char *output = batch_plan_output(batch->plan, item);
    int ret = batch_manifest_add(batch->manifest, batch_list_item(batch->list, item), output,
                                 frames, &err);
    if (ret < 0)
        log_write(batch->log, LOG_LEVEL_WARNING, "%s", err.text);
    batch_output_add(&batch->output, output);
    stop_if_full(batch, ret);
}

static void on_finished(void *self, int index, const struct batch_outcome *outcome)
{
    struct batch *batch = self;
    const struct batch_task *task = &batch->tasks[index];
    struct path path;
    bool done = outcome->code == 0;
    name_reported(&path, task->output, outcome->result.frames);
    report(batch, &(struct batch_result){
                      .input = task->input,
                      .output = done ? path.text : NULL,
                      .status = status_of(outcome),
                      .error = outcome->err.text[0] ? outcome->err.text : NULL,
                      .ms = outcome->ms,
                      .pixels = outcome->result.pixels,
                      .frames = outcome->result.frames,
                  });
    if (done)
        note_done(batch, index, outcome->result.frames);
    if (outcome->err.text[0])
        log_write(batch->log, LOG_LEVEL_WARNING, "%s", outcome->err.text);
    if (!done)
        batch_failures_add(&batch->failures, task->input);
    batch_tally_add(batch->tally, index, done);
    memory_watch_warm(&batch->memory);
    stop_if_full(batch, outcome->code);
}

static void show_progress(struct batch *batch)
{
    char text[96];
    struct batch_counts counts = batch_tally_counts(batch->tally);
    batch_tally_describe(&counts, text, sizeof text);
    progress_show(batch->progress, (double)(counts.done + counts.failed) / counts.all, text);
}

static const char *const stage_contents[] = {
    [BATCH_STAGE_READ] = "a picture is read, as gray",
    [BATCH_STAGE_EDGES] = "its edges are found",
    [BATCH_STAGE_WRITE] = "they are written, and large buffers given back",
    [BATCH_STAGE_DISK] = "the disk has them",
};

enum { STAGES = sizeof stage_contents / sizeof stage_contents[0] };

static int process_all(struct batch *batch, struct error *err)
{
    const struct settings *settings = batch->settings;
    int processors = workers_processors();
    int usual = processors < DEFAULT_WORKERS ? processors : DEFAULT_WORKERS;
    struct batch_pool_config config = {
        .tasks = batch->tasks,
        .count = batch->task_count,
        .workers = settings->workers ? settings->workers : usual,
        .file = {.canny = settings->canny,
                 .max_pixels = settings->max_pixels,
                 .keep_damaged = settings->keep_damaged,
                 .all_frames = settings->all_frames},
        .finished = on_finished,
        .self = batch,
    };
    memory_watch_begin(&batch->memory, settings, stage_contents, STAGES);
    config.file.stages = memory_watch_stages(&batch->memory);
    int ret = batch_pool_limit(&config, settings->max_memory_mb, err);
    if (ret < 0)
        return ret;
    struct batch_counts counts = batch_tally_counts(batch->tally);
    if (counts.all > 0)
        log_write(batch->log, LOG_LEVEL_INFO, "Processing in %d batches with %d workers",
                  counts.groups, config.workers);
    ret = batch_pool_start(&batch->pool, &config);
    if (ret < 0)
        return error_set(err, ret, "Cannot start the workers: %s", error_reason(ret));
    while (!batch_pool_wait(batch->pool, LOOK_MS)) {
        if (ending_signal(batch->ending))
            batch_pool_stop(batch->pool);
        show_progress(batch);
    }
    return 0;
}

// What came of it.

static void print_result(const struct batch *batch, const struct batch_counts *counts)
{
    int64_t peak = process_memory_now().peak_rss_bytes;
    int all = counts->all + batch->problems, over = counts->done + counts->failed;
    double each_ms = over ? counts->ms / over : 0;
    if (batch->settings->json)
        printf("{\"images\":%d,\"done\":%d,\"failed\":%d,\"skipped\":%d,\"time_s\":%.3f,"
               "\"ms_per_image\":%.3f,\"peak_rss_bytes\":%lld}\n",
               all, counts->done, counts->failed + batch->problems, batch->skipped,
               counts->ms / 1000, each_ms, (long long)peak);
    else
        printf("Done: %d of %d images, %.1f s (%.1f ms per image), peak memory %.1f MB\n",
               counts->done, all, counts->ms / 1000, each_ms, (double)peak / (1 << 20));
}

static int finish(struct batch *batch)
{
    struct batch_counts counts = batch_tally_counts(batch->tally);
    int left = counts.all - counts.done - counts.failed;
    progress_stop(batch->progress);
    if (batch->skipped)
        log_write(batch->log, LOG_LEVEL_INFO, "%d were done by an earlier run", batch->skipped);
    if (batch->output.full)
        batch_output_tell_full(&batch->output, batch->log, &counts);
    else if (left > 0)
        log_write(batch->log, LOG_LEVEL_WARNING,
                  "%d of %d are left: go on with the same command and --resume", left, counts.all);
    batch_failures_tell(&batch->failures, batch->log);
    print_result(batch, &counts);
    int told = memory_watch_tell(&batch->memory, batch->log);
    int signal = ending_signal(batch->ending);
    if (signal)
        return 128 + signal;
    if (batch->output.full || batch->unreported || told < 0)
        return EXIT_CODE_BROKEN;
    return counts.failed || batch->problems ? EXIT_CODE_PARTLY : EXIT_CODE_DONE;
}

static int prepare(struct batch *batch, struct error *err)
{
    const struct settings *settings = batch->settings;
    int ret = open_manifest(batch, err);
    if (ret == 0 && settings->report[0])
        ret = batch_report_open(&batch->report, settings->report, err);
    if (ret < 0)
        return ret;
    tell_found(batch);
    report_problems(batch);
    ret = make_tasks(batch, err);
    bool bar = isatty(STDERR_FILENO) && !settings->quiet;
    struct progress_config config = {.terminal = bar ? stderr : NULL, .log = batch->log};
    if (ret == 0 && (batch_tally_create(&batch->tally, batch->task_count, settings->batch_size,
                                        batch->log) < 0 ||
                     progress_create(&batch->progress, &config) < 0))
        ret = error_set(err, -ENOMEM, "Not enough memory for %d pictures", batch->task_count);
    return ret;
}

static int run(struct batch *batch, const char *const *inputs, int count)
{
    struct error err;
    int ret =
        batch_output_open(&batch->output, batch->settings->output, batch->settings->dry_run, &err);
    if (ret == 0)
        ret = find_pictures(batch, inputs, count, &err);
    if (ret == 0)
        ret = plan_names(batch, &err);
    if (ret == 0 && batch->settings->dry_run)
        return print_plan(batch);
    if (ret == 0)
        ret = prepare(batch, &err);
    if (ret == 0)
        ret = process_all(batch, &err);
    return ret < 0 ? refuse(batch, EXIT_CODE_BROKEN, &err) : finish(batch);
}

static void close_all(struct batch *batch)
{
    batch_pool_join(&batch->pool);
    progress_destroy(&batch->progress);
    batch_tally_destroy(&batch->tally);
    batch_report_close(&batch->report);
    batch_manifest_close(&batch->manifest);
    batch_plan_close(&batch->plan);
    batch_list_close(&batch->list);
    for (int i = 0; i < batch->task_count; i++)
        memory_free(batch->outputs[i]);
    memory_free(batch->outputs);
    memory_free(batch->items);
    memory_free(batch->tasks);
    batch_output_close(&batch->output);
    ending_destroy(&batch->ending);
}

int batch_run(const struct settings *settings, const char *const *inputs, int input_count,
              struct log *log)
{
    struct batch batch = {.settings = settings, .log = log, .output = {.fd = -1}};
    struct error err = {"Not enough memory, or no thread, to begin"};
    if (settings->merge_reports)
        return batch_reports_run(inputs, input_count, log);
    if (check_usage(&batch, input_count, &err) < 0)
        return refuse(&batch, EXIT_CODE_USAGE, &err);
    process_memory_return_blocks(settings->max_memory_mb ? MEMORY_RETURNED_BYTES : RETURNED_BYTES);
    int status = ending_create(&batch.ending, PATIENCE_MS) < 0
                     ? refuse(&batch, EXIT_CODE_BROKEN, &err)
                     : run(&batch, inputs, input_count);
    close_all(&batch);
    return status;
}
