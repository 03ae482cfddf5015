/**
 * @file
 * From the command line to pictures and a plan, from the measured times to standard output.
 *
 * Nothing has to be tidied up when the user has seen enough, but for the bar on his terminal; so a
 * signal erases it and ends the process there and then, on the thread that takes signals.
 */
#include "app/bench.h"

#include "app/bench_measure.h"
#include "app/bench_picture.h"
#include "app/bench_report.h"
#include "app/ending.h"
#include "app/options.h"
#include "app/progress.h"

#include <unistd.h>

/** Never comes to an end: a signal is answered at once. */
enum { PATIENCE_MS = 3600 * 1000 };

/** Sizes of the scene that are measured when nothing is said: VGA to 4K. */
static const struct setting_size usual_sizes[] = {
    {640, 480}, {1280, 720}, {1920, 1080}, {3840, 2160}};
enum { USUAL_SIZES = sizeof usual_sizes / sizeof *usual_sizes };

struct bench_command {
    const struct settings *settings;
    struct log *log;
    struct ending *ending;
    struct progress *progress;
    struct bench_report *report;
    struct bench_plan plan;
    const struct setting_size *sizes;
    int size_count, current; ///< index into sizes
};

static void end_at_once(void *self)
{
    struct bench_command *command = self;
    progress_stop(command->progress);
    _exit(128 + ending_signal(command->ending));
}

static int fail(struct bench_command *command, const char *sentence)
{
    progress_stop(command->progress);
    log_write(command->log, LOG_LEVEL_ERROR, "%s", sentence);
    return EXIT_CODE_BROKEN;
}

static double pixels_of(struct setting_size size)
{
    return (double)size.width * size.height;
}

/** A round is as long as its picture is large. */
static void show_progress(void *self, int done, int rounds)
{
    struct bench_command *command = self;
    double before = 0, all = 0;
    for (int i = 0; i < command->size_count; i++) {
        all += pixels_of(command->sizes[i]);
        before += i < command->current ? pixels_of(command->sizes[i]) : 0;
    }
    struct setting_size size = command->sizes[command->current];
    // A single picture may have the size of its file, which is not known here.
    double share = command->size_count == 1 ? (double)done / rounds
                                            : (before + pixels_of(size) * done / rounds) / all;
    char what[64] = "measuring";
    if (size.width)
        snprintf(what, sizeof what, "measuring %d x %d", size.width, size.height);
    progress_show(command->progress, share, what);
}

static int refuse_output(int ret, struct error *err)
{
    return ret < 0 ? error_set(err, ret, "Cannot write the results: %s", error_reason(ret)) : 0;
}

static int measure_picture(struct bench_command *command, const struct bench_picture *picture,
                           struct error *err)
{
    const struct settings *settings = command->settings;
    struct bench_results results;
    struct bench_subject subject = {
        .image = settings->image[0] ? settings->image : "scene",
        .width = picture->frame.width,
        .height = picture->frame.height,
        .bgr = settings->canny.gray == GRAY_BGR,
        .params = settings->canny,
    };
    int ret = 0;
    if (command->current == 0)
        ret = bench_report_begin(command->report, &subject, settings->runs);
    if (ret < 0)
        return refuse_output(ret, err);
    ret = bench_measure(&results, &command->plan, &picture->frame, show_progress, command, err);
    if (ret < 0)
        return ret;
    progress_hide(command->progress);
    return refuse_output(bench_report_add(command->report, &subject, &results), err);
}

static int measure_size(struct bench_command *command, struct error *err)
{
    const struct settings *settings = command->settings;
    struct bench_picture picture;
    int ret = bench_picture_make(&picture, settings->image, command->sizes[command->current],
                                 settings->canny.gray, settings->noise, err);
    if (ret == 0)
        ret = measure_picture(command, &picture, err);
    bench_picture_free(&picture);
    return ret;
}

static int measure_all(struct bench_command *command)
{
    struct error err;
    int ret = 0;
    for (command->current = 0; ret == 0 && command->current < command->size_count;
         command->current++)
        ret = measure_size(command, &err);
    if (ret == 0)
        ret = refuse_output(bench_report_end(command->report), &err);
    return ret < 0 ? fail(command, err.text) : EXIT_CODE_DONE;
}

static struct bench_plan plan_of(const struct settings *settings)
{
    struct bench_plan plan = {
        .params = settings->canny, .stages = settings->stages, .runs = settings->runs};
    bench_plan_all(&plan);
    if (settings->cpu != CPU_LEVELS) {
        plan.levels[0] = settings->cpu;
        plan.level_count = 1;
    }
    if (settings->threads) {
        plan.threads[0] = settings->threads;
        plan.thread_counts = 1;
    }
    return plan;
}

static void choose_sizes(struct bench_command *command)
{
    const struct settings *settings = command->settings;
    bool usual = !settings->image[0] && !settings->size.width;
    command->sizes = usual ? usual_sizes : &settings->size;
    command->size_count = usual ? USUAL_SIZES : 1;
}

int bench_run(const struct settings *settings, struct log *log)
{
    struct bench_command command = {.settings = settings, .log = log, .plan = plan_of(settings)};
    choose_sizes(&command);
    bool bar = isatty(STDERR_FILENO) && !settings->quiet;
    struct progress_config progress = {.terminal = bar ? stderr : NULL, .log = log};
    int status = EXIT_CODE_BROKEN;
    if (progress_create(&command.progress, &progress) < 0 ||
        bench_report_create(&command.report, stdout, settings->json) < 0 ||
        ending_create(&command.ending, PATIENCE_MS) < 0) {
        log_write(log, LOG_LEVEL_ERROR, "Not enough memory, or no thread, to begin measuring");
    } else {
        ending_listen(command.ending, end_at_once, &command);
        if (ending_signal(command.ending))
            end_at_once(&command); // it came before anybody listened
        status = measure_all(&command);
        ending_listen(command.ending, NULL, NULL);
    }
    ending_destroy(&command.ending);
    bench_report_destroy(&command.report);
    progress_destroy(&command.progress);
    return status;
}
