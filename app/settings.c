// The table of settings.
//
// Names and defaults are those of the tools that people know: low, high, aperture and L2 are the
// arguments of OpenCV's Canny(), sizes and formats are asked as v4l2-ctl and guvcview do.

#include "app/settings.h"

#include <limits.h>
#include <string.h>

#define OF(FIELD) offsetof(struct settings, FIELD)
#define LIVE      COMMAND_BIT(COMMAND_LIVE)
#define BENCH     COMMAND_BIT(COMMAND_BENCH)
#define BATCH     COMMAND_BIT(COMMAND_BATCH)
#define VIDEO     COMMAND_BIT(COMMAND_VIDEO)
#define EDGES     (LIVE | BATCH | VIDEO | BENCH) // the commands that find edges
#define EVERY     (EDGES | COMMAND_BIT(COMMAND_DEVICES))

/** Thresholds beyond every magnitude there is: nothing passes, or everything. */
#define FAR_THRESHOLD 1000000

/** Pixels a side that can be asked for; no camera, scene or window has more. */
#define MOST_SIDE 16384

struct choice {
    const char *name;
    int value;
};

/** Row `index` of a list that ends with a NULL name. */
static const char *choose(const struct choice *list, int index, int *value)
{
    if (list[index].name)
        *value = list[index].value;
    return list[index].name;
}

static const char *choose_blur(int index, int *value)
{
    static const struct choice list[] = {{"0", 0}, {"3", 3}, {"5", 5}, {"7", 7}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_aperture(int index, int *value)
{
    static const struct choice list[] = {{"3", 3}, {"5", 5}, {"7", 7}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_gray(int index, int *value)
{
    static const struct choice list[] = {{"luma", GRAY_LUMA}, {"bgr", GRAY_BGR}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_batch_format(int index, int *value)
{
    static const struct choice list[] = {{"same", BATCH_SAME}, {"png", BATCH_PNG},
                                         {"jpg", BATCH_JPG},   {"bmp", BATCH_BMP},
                                         {"tiff", BATCH_TIFF}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_codec(int index, int *value)
{
    static const struct choice list[] = {{"auto", VIDEO_AUTOMATIC}, {"mpeg4", VIDEO_MPEG4},
                                         {"h264", VIDEO_H264},      {"mjpeg", VIDEO_MJPEG},
                                         {"ffv1", VIDEO_FFV1},      {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_record_of(int index, int *value)
{
    static const struct choice list[] = {{"seen", RECORD_SEEN}, {"edges", RECORD_EDGES}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_overlay(int index, int *value)
{
    static const struct choice list[] = {
        {"off", OVERLAY_OFF}, {"short", OVERLAY_SHORT}, {"full", OVERLAY_FULL}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_renderer(int index, int *value)
{
    static const struct choice list[] = {
        {"auto", RENDERER_AUTO}, {"software", RENDERER_SOFTWARE}, {"gpu", RENDERER_GPU}, {NULL, 0}};
    return choose(list, index, value);
}

static const char *choose_cpu(int index, int *value)
{
    if (index >= CPU_LEVELS)
        return NULL;
    *value = index;
    return cpu_level_name((enum cpu_level)index);
}

static const char *choose_view(int index, int *value)
{
    if (index >= view_count)
        return NULL;
    *value = view_table[index].view;
    return view_table[index].name;
}

// clang-format off
const struct setting setting_table[] = {
    // The source.
    {.name = "device", .flag = true, .letter = 'd', .type = SETTING_STRING, .offset = OF(source),
     .value = "SOURCE", .help = "another way to give SOURCE", .commands = LIVE},
    {.name = "last-source", .key = "source", .type = SETTING_STRING, .offset = OF(last_source),
     .help = "source of the last run"},
    {.name = "size", .flag = true, .alias = "resolution", .type = SETTING_SIZE, .offset = OF(size),
     .min = 1, .max = MOST_SIDE, .value = "WxH", .unset = "the source's choice",
     .help = "size of the picture, pixels: asked of a camera or the scene",
     .commands = LIVE | BENCH},
    {.name = "format", .flag = true, .letter = 'f', .type = SETTING_FOURCC, .offset = OF(format),
     .value = "FOURCC", .unset = "the program's choice",
     .help = "pixel format to ask of a camera, e.g. YUYV or MJPG", .commands = LIVE},
    {.name = "fps", .flag = true, .type = SETTING_DOUBLE, .offset = OF(fps), .min = 0, .max = 1000,
     .fallback = -1, .value = "N", .unset = "the source's choice",
     .help = "frames a second; 0 lets the scene run as fast as it can", .commands = LIVE},
    {.name = "buffers", .flag = true, .type = SETTING_INT, .offset = OF(buffers), .min = 2,
     .max = 32, .fallback = 4, .value = "N", .help = "buffers to ask of a camera",
     .commands = LIVE},
    {.name = "set-ctrl", .flag = true, .letter = 'c', .type = SETTING_STRING,
     .offset = OF(controls), .value = "NAME=V,...",
     .help = "controls of a camera, as `cannyscope devices` calls them", .commands = LIVE},
    {.name = "noise", .key = "noise", .flag = true, .type = SETTING_INT, .offset = OF(noise),
     .min = 0, .max = 100, .fallback = 10, .value = "N", .help = "noise of the scene, percent",
     .commands = LIVE},
    {.name = "device-timeout", .flag = true, .type = SETTING_DOUBLE,
     .offset = OF(device_timeout_s), .min = 0, .max = 86400, .value = "S", .unset = "for ever",
     .help = "seconds to wait for a device that is silent or gone; 0 waits for ever",
     .commands = LIVE},
    {.name = "exit-on-device-error", .flag = true, .type = SETTING_BOOL,
     .offset = OF(exit_on_device_error), .max = 1, .help = "end when the device fails; "
     "otherwise it is waited for", .commands = LIVE},

    // The edges.
    {.name = "low", .key = "low", .flag = true, .type = SETTING_DOUBLE, .offset = OF(canny.low),
     .min = -FAR_THRESHOLD, .max = FAR_THRESHOLD, .fallback = 50, .value = "X",
     .help = "gradient magnitude above which a pixel may continue an edge", .commands = EDGES},
    {.name = "high", .key = "high", .flag = true, .type = SETTING_DOUBLE, .offset = OF(canny.high),
     .min = -FAR_THRESHOLD, .max = FAR_THRESHOLD, .fallback = 150, .value = "X",
     .help = "gradient magnitude above which a pixel begins an edge", .commands = EDGES},
    {.name = "blur", .key = "blur", .flag = true, .type = SETTING_INT, .offset = OF(canny.blur),
     .max = 7, .fallback = 5, .choice = choose_blur, .value = "N",
     .help = "size of the Gaussian kernel, pixels; 0 for none", .commands = EDGES},
    {.name = "aperture", .key = "aperture", .flag = true, .type = SETTING_INT,
     .offset = OF(canny.aperture), .min = 3, .max = 7, .fallback = 3, .choice = choose_aperture,
     .value = "N", .help = "size of the Sobel kernel, pixels", .commands = EDGES},
    {.name = "l2", .key = "l2", .flag = true, .type = SETTING_BOOL, .offset = OF(canny.l2),
     .max = 1, .help = "Euclidean magnitude instead of |gx| + |gy|", .commands = EDGES},
    {.name = "gray", .key = "gray", .flag = true, .type = SETTING_CHOICE, .offset = OF(canny.gray),
     .fallback = GRAY_LUMA, .choice = choose_gray, .value = "MODE",
     .help = "gray is the picture's luma, or made of its colours as OpenCV does",
     .commands = EDGES},

    // The window.
    {.name = "view", .key = "view", .flag = true, .type = SETTING_CHOICE, .offset = OF(view),
     .fallback = VIEW_EDGES, .choice = choose_view, .by_number = true,
     .value = "NAME", .help = "what is shown, by name or digit", .commands = LIVE},
    {.name = "overlay", .key = "overlay", .flag = true, .type = SETTING_CHOICE,
     .offset = OF(overlay), .fallback = OVERLAY_SHORT, .choice = choose_overlay, .value = "MODE",
     .help = "numbers over the picture", .commands = LIVE},
    {.name = "panel", .key = "panel", .flag = true, .type = SETTING_BOOL, .offset = OF(panel),
     .max = 1, .fallback = true, .help = "the panel of controls", .commands = LIVE},
    {.name = "window-size", .key = "window", .type = SETTING_SIZE, .offset = OF(window_size),
     .min = 1, .max = MOST_SIDE, .help = "size of the window"},
    {.name = "fullscreen", .flag = true, .type = SETTING_BOOL, .offset = OF(fullscreen), .max = 1,
     .help = "begin in fullscreen", .commands = LIVE},
    {.name = "ui-scale", .flag = true, .type = SETTING_DOUBLE, .offset = OF(ui_scale), .min = 0.5,
     .max = 8, .value = "X", .unset = "from the display and the window's size",
     .help = "size of text and controls, 1 being normal", .commands = LIVE},
    {.name = "renderer", .flag = true, .type = SETTING_CHOICE, .offset = OF(renderer),
     .fallback = RENDERER_AUTO, .choice = choose_renderer, .value = "NAME",
     .help = "who draws the window", .commands = LIVE},

    // The run.
    {.name = "headless", .flag = true, .type = SETTING_BOOL, .offset = OF(headless), .max = 1,
     .help = "no window", .commands = LIVE},
    {.name = "frames", .flag = true, .type = SETTING_INT, .offset = OF(frames), .min = 0,
     .max = INT_MAX, .value = "N", .unset = "no end", .help = "end after N frames",
     .commands = LIVE},
    {.name = "duration", .flag = true, .type = SETTING_DOUBLE, .offset = OF(duration_s), .min = 0,
     .max = 1e9, .value = "S", .unset = "no end", .help = "end after S seconds",
     .commands = LIVE | VIDEO},
    {.name = "snapshot", .flag = true, .type = SETTING_STRING, .offset = OF(snapshot),
     .value = "FILE", .help = "write the last picture at the end (.png or .jpg)",
     .commands = LIVE},
    {.name = "record", .flag = true, .type = SETTING_STRING, .offset = OF(record),
     .value = "FILE", .help = "record from the start, to a new video file (.mkv)",
     .commands = LIVE},
    {.name = "record-of", .key = "record_of", .flag = true, .type = SETTING_CHOICE,
     .offset = OF(record_of), .fallback = RECORD_SEEN, .choice = choose_record_of,
     .value = "WHAT", .help = "what recordings show: the view as it is seen, or the edges alone",
     .commands = LIVE},
    {.name = "stats", .flag = true, .type = SETTING_STRING, .offset = OF(stats), .value = "FILE",
     .help = "append one line of JSON a second; FILE.dat is for mprof plot", .commands = LIVE},
    {.name = "loopback", .flag = true, .type = SETTING_STRING, .offset = OF(loopback),
     .value = "DEVICE", .help = "write the view into a v4l2loopback device, which other programs "
     "see as a camera", .commands = LIVE},
    {.name = "verify", .flag = true, .type = SETTING_BOOL, .offset = OF(verify), .max = 1,
     .help = "compare every frame with the reference", .commands = LIVE, .hidden = true},

    {.name = "memory-report", .flag = true, .type = SETTING_BOOL, .offset = OF(memory_report),
     .max = 1, .help = "print at the end what memory was used for; see cannyscope help memory",
     .commands = LIVE | BATCH | VIDEO},
    {.name = "memory-diff", .flag = true, .type = SETTING_BOOL, .offset = OF(memory_diff),
     .max = 1, .help = "print at the end the ten lines of code whose memory changed most since "
     "the first file or frame", .commands = LIVE | BATCH | VIDEO},

    // The memory experiments.
    {.name = "lab", .flag = true, .type = SETTING_STRING, .offset = OF(lab), .value = "NAME,...",
     .help = "memory experiments that are on from the start; see cannyscope help lab",
     .commands = LIVE},
    {.name = "lab-folder", .flag = true, .type = SETTING_STRING, .offset = OF(lab_folder),
     .value = "DIR", .unset = "that of the picture shown",
     .help = "folder whose images an experiment keeps", .commands = LIVE},
    {.name = "lab-frames", .flag = true, .type = SETTING_INT, .offset = OF(lab_frames), .min = 1,
     .max = 100000, .fallback = 30, .value = "N",
     .help = "frames that experiments keep, or after which they release", .commands = LIVE},
    {.name = "lab-memory", .flag = true, .type = SETTING_INT, .offset = OF(lab_memory_mb),
     .min = 0, .max = 1 << 20, .value = "MB", .unset = "0, 512 or a quarter of what is free",
     .help = "memory that all experiments together may hold", .commands = LIVE},

    // Folders and files.
    {.name = "output", .flag = true, .letter = 'o', .type = SETTING_STRING, .offset = OF(output),
     .value = "PATH", .help = "what to write: batch a folder, made if it is missing; video a file, "
     ".avi (XVID), .mp4 or .mkv", .commands = BATCH | VIDEO},
    {.name = "output-format", .flag = true, .alias = "format", .type = SETTING_CHOICE,
     .offset = OF(batch_format), .fallback = BATCH_SAME, .choice = choose_batch_format,
     .value = "NAME", .help = "what is written", .commands = BATCH},
    {.name = "prefix", .flag = true, .type = SETTING_STRING, .offset = OF(prefix),
     .value = "TEXT", .text = "processed_", .unset = "processed_", .help = "beginning of written files' names",
     .commands = BATCH},
    {.name = "recursive", .flag = true, .letter = 'r', .type = SETTING_BOOL,
     .offset = OF(recursive), .max = 1, .help = "folders in folders too", .commands = BATCH},
    {.name = "follow", .flag = true, .type = SETTING_BOOL, .offset = OF(follow), .max = 1,
     .help = "links to folders too", .commands = BATCH},
    {.name = "files-from", .flag = true, .type = SETTING_STRING, .offset = OF(files_from),
     .value = "FILE", .help = "names of files and folders, one a line; - for standard input",
     .commands = BATCH},
    {.name = "null", .flag = true, .letter = '0', .type = SETTING_BOOL, .offset = OF(null),
     .max = 1, .help = "a zero byte ends each of these names, not a line", .commands = BATCH},
    {.name = "shard", .flag = true, .type = SETTING_STRING, .offset = OF(shard), .value = "I/N",
     .help = "only the Ith of N parts of the list, counted from 0", .commands = BATCH},
    {.name = "workers", .flag = true, .type = SETTING_INT, .offset = OF(workers), .min = 0,
     .max = 256, .value = "N", .unset = "0, one a processor, at most 4",
     .help = "files under way at once", .commands = BATCH},
    {.name = "batch-size", .flag = true, .type = SETTING_INT, .offset = OF(batch_size), .min = 1,
     .max = 1000000, .fallback = 20, .value = "N", .help = "files that are reported together",
     .commands = BATCH},
    {.name = "max-pixels", .flag = true, .type = SETTING_INT, .offset = OF(max_pixels), .min = 1,
     .max = FRAME_MAX_PIXELS, .fallback = 100000000, .value = "N",
     .help = "most pixels that a picture may have", .commands = BATCH},
    {.name = "max-memory", .flag = true, .type = SETTING_INT, .offset = OF(max_memory_mb),
     .min = 0, .max = 1 << 20, .value = "MB", .unset = "0, by what is free",
     .help = "memory that the program may take: what does not fit waits, shrinks or is refused",
     .commands = LIVE | BATCH | VIDEO},
    {.name = "all-frames", .flag = true, .type = SETTING_BOOL, .offset = OF(all_frames), .max = 1,
     .help = "of an animated GIF or PNG, or a TIFF of several pages, all frames: NAME-0001.png and so "
     "on, one line in the report", .commands = BATCH},
    {.name = "keep-damaged", .flag = true, .type = SETTING_BOOL, .offset = OF(keep_damaged),
     .max = 1, .help = "take what there is of damaged pictures", .commands = BATCH},
    {.name = "resume", .flag = true, .type = SETTING_BOOL, .offset = OF(resume), .max = 1,
     .help = "leave out what an earlier run has done with the same settings",
     .commands = BATCH},
    {.name = "dry-run", .flag = true, .letter = 'n', .type = SETTING_BOOL, .offset = OF(dry_run),
     .max = 1, .help = "only say what would be written", .commands = BATCH},
    {.name = "report", .flag = true, .type = SETTING_STRING, .offset = OF(report),
     .value = "FILE", .help = "append a line of JSON for every file", .commands = BATCH},
    {.name = "merge-reports", .flag = true, .type = SETTING_BOOL, .offset = OF(merge_reports),
     .max = 1, .help = "print the reports that are named as one, and nothing else",
     .commands = BATCH},

    // Videos.
    {.name = "codec", .flag = true, .type = SETTING_CHOICE, .offset = OF(codec),
     .fallback = VIDEO_AUTOMATIC, .choice = choose_codec, .value = "NAME",
     .help = "how the output is coded", .commands = VIDEO},
    {.name = "start", .flag = true, .type = SETTING_DOUBLE, .offset = OF(start_s), .min = 0,
     .max = 1e9, .value = "S", .unset = "0, the beginning",
     .help = "begin S seconds into the input", .commands = VIDEO},
    {.name = "display", .flag = true, .type = SETTING_BOOL, .offset = OF(display), .max = 1,
     .help = "show the edges in a window meanwhile; q stops, and the file is whole",
     .commands = VIDEO},
    {.name = "save-frames", .flag = true, .type = SETTING_STRING, .offset = OF(save_frames),
     .value = "DIR", .help = "folder to write every frame's edges into, as PNG; made if it is "
     "missing", .commands = VIDEO},
    {.name = "max-frames-in-memory", .flag = true, .type = SETTING_INT,
     .offset = OF(frames_in_memory), .min = 1, .max = 1000, .fallback = 30, .value = "N",
     .help = "frames that wait, at the most: decoded ones and edges, each", .commands = VIDEO},

    // The machine.
    {.name = "threads", .flag = true, .type = SETTING_INT, .offset = OF(threads), .min = 0,
     .max = CANNY_BANDS_MAX, .value = "N",
     .unset = "0, one a processor, at most 4; bench: 1, and one a processor",
     .help = "threads that find the edges of one frame", .commands = LIVE | BENCH},
    {.name = "cpu", .flag = true, .type = SETTING_CHOICE, .offset = OF(cpu),
     .fallback = CPU_LEVELS, .choice = choose_cpu, .value = "LEVEL",
     .unset = "the best there is; bench: all there are",
     .help = "instructions that find the edges", .commands = EDGES},

    // What is measured.
    {.name = "image", .flag = true, .type = SETTING_STRING, .offset = OF(image), .value = "FILE",
     .unset = "the built-in scene", .help = "picture to measure", .commands = BENCH},
    {.name = "runs", .flag = true, .type = SETTING_INT, .offset = OF(runs), .min = 3,
     .max = 100000, .fallback = 50, .value = "N", .help = "how often each is measured",
     .commands = BENCH},
    {.name = "stages", .flag = true, .type = SETTING_BOOL, .offset = OF(stages), .max = 1,
     .help = "also the readable reference, stage by stage", .commands = BENCH},

    // The program.
    {.name = "all", .flag = true, .type = SETTING_BOOL, .offset = OF(all), .max = 1,
     .help = "also devices that cannot be used, and why",
     .commands = COMMAND_BIT(COMMAND_DEVICES)},
    {.name = "json", .flag = true, .type = SETTING_BOOL, .offset = OF(json), .max = 1,
     .help = "results as JSON", .commands = EVERY},
    {.name = "config", .flag = true, .type = SETTING_STRING, .offset = OF(config),
     .value = "FILE", .unset = "$XDG_CONFIG_HOME/cannyscope/config.json",
     .help = "settings file", .commands = LIVE},
    {.name = "verbose", .flag = true, .letter = 'v', .type = SETTING_BOOL, .offset = OF(verbose),
     .max = 1, .help = "say more", .commands = EVERY},
    {.name = "quiet", .flag = true, .letter = 'q', .type = SETTING_BOOL, .offset = OF(quiet),
     .max = 1, .help = "say nothing but errors", .commands = EVERY},
};
// clang-format on

const int setting_count = sizeof setting_table / sizeof setting_table[0];

const struct setting *setting_find(const char *name)
{
    for (const struct setting *row = setting_table; row < setting_table + setting_count; row++) {
        if (strcmp(row->name, name) == 0 || (row->alias && strcmp(row->alias, name) == 0))
            return row;
    }
    return NULL;
}

int setting_index(const struct setting *row)
{
    return (int)(row - setting_table);
}
