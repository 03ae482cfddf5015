/**
 * @file
 * A video from the command line to its closing line. The main thread looks after signals and
 * progress; the frames go through app/video_line.h into app/video_output.h.
 *
 * However it ends, what was done so far becomes a whole file, unless that file itself cannot be
 * written. A signal, and a file that is damaged too badly, end it early; so does a change of the
 * frames' size, which no container can carry.
 */
#include "app/video.h"

#include "app/ending.h"
#include "app/media.h"
#include "app/memory_limit.h"
#include "app/memory_watch.h"
#include "app/options.h"
#include "app/paths.h"
#include "app/process_memory.h"
#include "app/progress.h"
#include "app/video_display.h"
#include "app/video_line.h"
#include "app/video_output.h"
#include "app/workers.h"
#include "processing/clock.h"
#include "render/part_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 60000, ///< for the frames under way when a signal came
    LOOK_MS = 50,        ///< between looks at signals and progress
};

/** What decoder, reader and encoder hold, about, in frames of 12 bits a pixel; measured. */
enum {
    CODEC_FRAMES = 32,
    FFV1_FRAMES = 100, ///< more
    BGR_FRAMES = 8,    ///< more
    CORE_FRAMES = 2,   ///< for each, since decoders have that many threads
};

enum { OWN_BYTES = 4 << 20 }; ///< for code and everything small, once it runs

struct video {
    const struct settings *settings;
    const char *input;
    struct log *log;
    struct ending *ending;
    struct progress *progress;
    const struct media_module *media;
    struct source *source;
    struct video_line *line;
    struct video_output output;
    struct video_display *display; ///< NULL without --display
    struct memory_watch memory;
    bool quit; ///< the user has seen enough
    int64_t started_ns;
};

static int refuse(const struct video *video, int status, const struct error *err)
{
    log_write(video->log, LOG_LEVEL_ERROR, "%s", err->text);
    return status;
}

// What is asked for.

static int check_usage(const struct settings *settings, const char *const *inputs, int count,
                       struct error *err)
{
    if (count == 0)
        return error_set(err, -EINVAL, "video needs a video file; see cannyscope video --help");
    if (count > 1)
        return error_set(err, -EINVAL,
                         "video takes one file, not both \"%.80s\" and \"%.80s\"; see "
                         "cannyscope video --help",
                         inputs[0], inputs[1]);
    if (!settings->output[0] && !settings->save_frames[0] && !settings->display)
        return error_set(err, -EINVAL,
                         "video needs a file to write: give -o FILE, --save-frames DIR or "
                         "--display; see cannyscope video --help");
    return 0;
}

static int64_t nanoseconds(double seconds)
{
    return (int64_t)(seconds * (double)NS_PER_S);
}

static int check_output(const struct video *video, struct error *err)
{
    const char *output = video->settings->output;
    struct stat from, to;
    if (!output[0] || stat(video->input, &from) < 0 || stat(output, &to) < 0)
        return 0;
    if (S_ISDIR(to.st_mode))
        return error_set(err, -EISDIR, "'%s' is a folder: give the name of a file", output);
    if (from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        return error_set(err, -EINVAL, "'%s' would replace its own input: give another name",
                         output);
    return 0;
}

/** Bytes that the process will take beside itself and the edges that wait. */
static int64_t coding_bytes(const struct video *video, int64_t pixels)
{
    const struct settings *settings = video->settings;
    int frames = CODEC_FRAMES + CORE_FRAMES * workers_processors();
    if (settings->codec == VIDEO_FFV1)
        frames += FFV1_FRAMES;
    if (settings->canny.gray == GRAY_BGR)
        frames += BGR_FRAMES;
    // A window shows one texture and has another.
    return frames * pixels * 3 / 2 + (settings->display ? 8 * pixels : 0);
}

/** For code and everything small, once it runs; and what a window will show, and its own pixels. */
static int64_t own_bytes(const struct video *video)
{
    int64_t pixels = video->display ? video_display_most_bytes(video->display) : 0;
    return OWN_BYTES + (video->settings->display ? MEMORY_WINDOW_BYTES + pixels : 0);
}

/** Whether the least that it takes fits. */
static int check_memory(const struct video *video, int64_t pixels, struct error *err)
{
    char what[300];
    snprintf(what, sizeof what, "'%.280s'", video->input);
    const struct memory_need least = {.what = what, .bytes = coding_bytes(video, pixels) + pixels};
    struct memory_limit limit =
        memory_limit_now(video->settings->max_memory_mb, MEMORY_SHARE_ALL, own_bytes(video));
    return memory_limit_check(&limit, &least, err);
}

/** Before the first frame is decoded: whether the least fits. */
static int admit(void *self, struct source_needs *needs, struct error *err)
{
    struct video *video = self;
    int64_t pixels = (int64_t)needs->width * needs->height;
    return check_memory(video, pixels, err);
}

static int open_input(struct video *video, struct error *err)
{
    const struct settings *settings = video->settings;
    struct source_config config = {
        .location = video->input,
        .fps = -1,
        .start_ns = nanoseconds(settings->start_s),
        .duration_ns = nanoseconds(settings->duration_s),
        .wishes = {.bgr = settings->canny.gray == GRAY_BGR},
        .gate = {admit, video},
    };
    int ret = source_open(&video->source, video->media->video, &config, err);
    if (ret == 0 && video->source->info.note[0])
        log_write(video->log, LOG_LEVEL_INFO, "%s", video->source->info.note);
    return ret;
}

/** What was left there by a run that was killed goes. */
static int prepare_folders(const struct video *video, struct error *err)
{
    const struct settings *settings = video->settings;
    struct path folder;
    if (settings->output[0]) {
        path_folder(&folder, settings->output);
        part_file_clear(folder.text, NULL);
    }
    if (!settings->save_frames[0])
        return 0;
    int ret = paths_make_folder(settings->save_frames, 0777);
    if (ret < 0)
        return error_set(err, ret, "Cannot make the folder '%s': %s", settings->save_frames,
                         error_reason(ret));
    part_file_clear(settings->save_frames, NULL);
    return 0;
}

/** How many frames may wait, so that the whole stays within the memory there is. */
static int choose_frames(const struct video *video, int *frames, struct error *err)
{
    const struct settings *settings = video->settings;
    const struct source_info *info = &video->source->info;
    int64_t pixels = (int64_t)info->width * info->height;
    int most = settings->frames_in_memory;
    int ret = check_memory(video, pixels, err);
    if (ret < 0)
        return ret;
    struct memory_limit limit =
        memory_limit_now(settings->max_memory_mb, MEMORY_SHARE_HALF, own_bytes(video));
    int64_t left = memory_limit_room(&limit) - coding_bytes(video, pixels);
    int64_t fit = pixels > 0 ? left / pixels : most;
    *frames = fit < 1 ? 1 : fit < most ? (int)fit : most;
    return 0;
}

// Doing it.

static void say(void *self, const char *text)
{
    struct video *video = self;
    progress_hide(video->progress);
    log_write(video->log, LOG_LEVEL_INFO, "%s", text);
}

/** On the encoding thread. */
static int put(void *self, const struct plane *edges, int64_t time_ns, struct error *err)
{
    struct video *video = self;
    if (video->display)
        video_display_paint(video->display, edges);
    int ret = video_output_put(&video->output, edges, time_ns, err);
    memory_watch_warm(&video->memory);
    return ret;
}

static int open_display(struct video *video, struct error *err)
{
    char title[160];
    if (!video->settings->display)
        return 0;
    snprintf(title, sizeof title, "%.128s - cannyscope", video->source->info.name);
    return video_display_open(&video->display, title, err);
}

static const char *const stage_contents[] = {
    [VIDEO_STAGE_DECODE] = "a frame is decoded",
    [VIDEO_STAGE_EDGES] = "its edges are found",
    [VIDEO_STAGE_ENCODE] = "they are encoded and written",
};

enum { STAGES = sizeof stage_contents / sizeof stage_contents[0] };

static int start(struct video *video, struct error *err)
{
    memory_watch_begin(&video->memory, video->settings, stage_contents, STAGES);
    const struct settings *settings = video->settings;
    bool bar = isatty(STDERR_FILENO) && !settings->quiet;
    struct progress_config progress = {.terminal = bar ? stderr : NULL, .log = video->log};
    struct video_line_config line = {
        .source = video->source,
        .canny = settings->canny,
        .put = put,
        .hint = say,
        .self = video,
        .stages = memory_watch_stages(&video->memory),
    };
    video->output.config = (struct video_output_config){
        .writing = &video->media->writing,
        .path = settings->output,
        .folder = settings->save_frames,
        .input = video->input,
        .codec = settings->codec,
        .fps = video->source->info.fps,
        .start_ns = nanoseconds(settings->start_s),
        .duration_ns = nanoseconds(settings->duration_s),
        .say = say,
        .self = video,
    };
    int ret = choose_frames(video, &line.frames, err);
    if (ret < 0)
        return ret;
    ret = progress_create(&video->progress, &progress);
    if (ret == 0)
        ret = video_line_start(&video->line, &line);
    return ret < 0 ? error_set(err, ret, "Cannot start the video's threads: %s", error_reason(ret))
                   : 0;
}

static void show_progress(const struct video *video, const struct video_line_state *state)
{
    char text[96];
    double seconds = (double)(clock_now_ns() - video->started_ns) / NS_PER_S;
    int64_t whole_ns = video->source->info.duration_ns;
    double share = whole_ns > 0 ? (double)state->time_ns / (double)whole_ns : -1;
    int used = snprintf(text, sizeof text, "%lld frames, %.0f a second", (long long)state->frames,
                        (double)state->frames / seconds);
    if (share > 0)
        snprintf(text + used, sizeof text - (size_t)used, ", %.0f s left",
                 seconds * (1 - share) / share);
    progress_show(video->progress, share, text);
}

/** Waits a little. False: the user does not want to go on. */
static bool look_around(struct video *video)
{
    struct error err;
    if (!video->display || video_display_run(video->display, LOOK_MS, &err))
        return true;
    if (err.text[0])
        log_write(video->log, LOG_LEVEL_ERROR, "%s", err.text);
    return false;
}

static struct video_line_state wait_for_end(struct video *video)
{
    for (;;) {
        video->quit = video->quit || !look_around(video);
        bool shown = video->display && !video->quit;
        struct video_line_state state = video_line_wait(video->line, shown ? 0 : LOOK_MS);
        if (state.over)
            return state;
        if (ending_signal(video->ending) || video->quit)
            video_line_stop(video->line);
        show_progress(video, &state);
    }
}

// What came of it.

static void tell_losses(const struct video *video, const struct video_line_state *state,
                        const struct video_report *report)
{
    if (state->damaged > 0 && state->code == 0)
        log_write(video->log, LOG_LEVEL_WARNING,
                  "%lld packets of '%s' cannot be decoded: the frames before them last longer",
                  (long long)state->damaged, video->input);
    if (report->repeated || report->left_out)
        log_write(video->log, LOG_LEVEL_INFO,
                  "AVI has a steady rate: %lld frames were repeated and %lld left out to keep the "
                  "time; .mkv and .mp4 keep every frame's own",
                  (long long)report->repeated, (long long)report->left_out);
}

static void print_result(const struct video *video, const struct video_line_state *state,
                         const struct video_report *report)
{
    double seconds = (double)(clock_now_ns() - video->started_ns) / NS_PER_S;
    double fps = seconds > 0 ? (double)state->frames / seconds : 0;
    if (video->settings->json)
        printf("{\"frames\":%lld,\"damaged\":%lld,\"time_s\":%.3f,\"fps\":%.1f,\"codec\":\"%s\","
               "\"width\":%d,\"height\":%d,\"duration_s\":%.3f,\"sound\":%s,\"bytes\":%lld,"
               "\"peak_rss_bytes\":%lld}\n",
               (long long)state->frames, (long long)state->damaged, seconds, fps, report->codec,
               report->width, report->height, (double)report->duration_ns / NS_PER_S,
               report->sound ? "true" : "false", (long long)report->bytes,
               (long long)process_memory_now().peak_rss_bytes);
    else
        printf("Processed %lld frames in %.1f s (%.1f FPS)\n", (long long)state->frames, seconds,
               fps);
}

/** Makes of what there is a whole file. */
static int finish(struct video *video, struct video_line_state *state)
{
    struct video_report report = {.pictures = 0};
    struct error err;
    int signal = ending_signal(video->ending);
    bool broken = state->code < 0, whole = !broken && !signal && !video->quit;
    progress_stop(video->progress);
    if (broken)
        refuse(video, 0, &state->reason);
    if (video->output.lost)
        return EXIT_CODE_BROKEN;
    int ret = video_output_finish(&video->output, whole, &report, &err);
    if (ret < 0 && (ret != -ENODATA || whole))
        refuse(video, 0, &err);
    if (ret == 0) {
        tell_losses(video, state, &report);
        if (!whole)
            log_write(video->log, LOG_LEVEL_INFO, "It ends after %lld frames; these are whole",
                      (long long)state->frames);
        print_result(video, state, &report);
    }
    int told = memory_watch_tell(&video->memory, video->log);
    if (signal)
        return 128 + signal;
    bool nothing = ret < 0 && !video->quit;
    return broken || nothing || told < 0 ? EXIT_CODE_BROKEN : EXIT_CODE_DONE;
}

static int run(struct video *video)
{
    struct error err;
    const char *output = video->settings->output;
    video->started_ns = clock_now_ns();
    bool fits = media_admit(video->settings->max_memory_mb, video->input, &err) == 0;
    video->media = fits ? media_load(&err) : NULL;
    if (!video->media)
        return refuse(video, EXIT_CODE_BROKEN, &err);
    if (output[0] && video->media->writing.check(output, &err) < 0)
        return refuse(video, EXIT_CODE_USAGE, &err);
    int ret = check_output(video, &err);
    if (ret == 0)
        ret = open_input(video, &err);
    if (ret == 0)
        ret = prepare_folders(video, &err);
    if (ret == 0)
        ret = open_display(video, &err);
    if (ret == 0)
        ret = start(video, &err);
    if (ret < 0)
        return refuse(video, EXIT_CODE_BROKEN, &err);
    struct video_line_state state = wait_for_end(video);
    return finish(video, &state);
}

static void close_all(struct video *video)
{
    video_line_join(&video->line);
    video_display_close(&video->display);
    if (video->output.config.writing)
        video_output_close(&video->output);
    source_close(&video->source);
    progress_destroy(&video->progress);
    ending_destroy(&video->ending);
}

int video_run(const struct settings *settings, const char *const *inputs, int input_count,
              struct log *log)
{
    struct video video = {.settings = settings, .log = log};
    struct error err = {"Not enough memory, or no thread, to begin"};
    if (check_usage(settings, inputs, input_count, &err) < 0)
        return refuse(&video, EXIT_CODE_USAGE, &err);
    video.input = inputs[0];
    int status = ending_create(&video.ending, PATIENCE_MS) < 0
                     ? refuse(&video, EXIT_CODE_BROKEN, &err)
                     : run(&video);
    close_all(&video);
    return status;
}
