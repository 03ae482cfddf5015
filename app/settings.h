#pragma once

/**
 * @file
 * Everything the user can set, once: one struct with the values, one table that says for each of
 * them how it is called on the command line and in the settings file, what it may be and what it
 * means. The command line, the help texts, the settings file and the panel's limits are read
 * off the table; a new setting is a field and a row.
 *
 * Threads: the table is constant; a struct settings belongs to whoever made it.
 */

#include "processing/canny.h"
#include "processing/cpu.h"
#include "processing/error.h"
#include "processing/views.h"
#include "render/overlay.h"
#include "render/video_writer.h"

enum {
    SETTING_TEXT_BYTES = 4096, ///< longest file name or device that can be set, with its zero
    SETTINGS_MAX = 128,        ///< rows that the table may have
};

/** Who draws the window. */
enum renderer_choice {
    RENDERER_AUTO,     ///< a GPU if there is one, else SDL's own software renderer
    RENDERER_SOFTWARE, ///< SDL's own
    RENDERER_GPU,      ///< whatever SDL finds
};

/** What picture files are written as. */
enum batch_format {
    BATCH_SAME, ///< as the input, by its ending or, if that is no picture's, its content; else PNG
    BATCH_PNG,
    BATCH_JPG,
    BATCH_BMP,
    BATCH_TIFF,
};

/** What a recording shows. */
enum record_of {
    RECORD_SEEN,  ///< the view
    RECORD_EDGES, ///< the edges alone
};

/** A size in pixels; 0x0 means that none was set. */
struct setting_size {
    int width, height;
};

/** The values. Plain data without pointers; copy it freely. */
struct settings {
    // What is looked at.
    char source[SETTING_TEXT_BYTES];      ///< as the user gave it; "" if he did not
    char last_source[SETTING_TEXT_BYTES]; ///< of the last run, from the settings file; or ""
    struct setting_size size;             ///< asked of the source
    uint32_t format;                      ///< a camera's fourcc; 0 for the program's choice
    double fps;                           ///< frames a second; 0 fastest, < 0 the source's choice
    int buffers;                          ///< a camera's
    int noise;                            ///< of the scene, 0 to 100
    char controls[SETTING_TEXT_BYTES]; ///< of a camera, to be set; see app/control_wishes.h; or ""

    // How it is seen.
    struct canny_params canny;
    enum view view;
    enum overlay_mode overlay;
    bool panel;                      ///< shown
    struct setting_size window_size; ///< window points
    bool fullscreen;
    double ui_scale; ///< 0 to follow the display and the window
    enum renderer_choice renderer;

    // How it runs.
    bool headless;
    int frames;                        ///< ends after so many; 0 never
    double duration_s;                 ///< ends after so long; 0 never
    char snapshot[SETTING_TEXT_BYTES]; ///< file for the last picture; or ""
    char record[SETTING_TEXT_BYTES];   ///< video file to record to; or ""
    enum record_of record_of;
    char stats[SETTING_TEXT_BYTES];    ///< file for the numbers; or ""
    char loopback[SETTING_TEXT_BYTES]; ///< device to write the view into; or ""
    double device_timeout_s;           ///< gives up on a silent device; 0 never
    bool exit_on_device_error;
    bool verify; ///< compares every frame with the reference

    // What it runs on.
    int threads;        ///< that find the edges of one frame; 0 for the program's choice
    enum cpu_level cpu; ///< CPU_LEVELS for the best there is; may be one that is not there

    // Files to files (batch, video).
    char output[SETTING_TEXT_BYTES]; ///< batch: a folder; video: a file; "" if it was not given
    enum batch_format batch_format;
    char prefix[SETTING_TEXT_BYTES];     ///< of written files' names
    char files_from[SETTING_TEXT_BYTES]; ///< file with names, "-" for standard input; or ""
    bool null;                           ///< the names in it end with a zero byte
    bool recursive;
    bool follow;                    ///< links to folders
    char shard[SETTING_TEXT_BYTES]; ///< "I/N": every Nth file from I on; or ""
    int workers;                    ///< 0 for the program's choice
    int batch_size;                 ///< files
    int max_pixels;                 ///< a picture may have
    int max_memory_mb;              ///< 0 for no limit but what is free
    bool all_frames;                ///< of files with several pictures
    bool keep_damaged;
    bool resume;
    bool dry_run;
    bool merge_reports;
    char report[SETTING_TEXT_BYTES]; ///< file; or ""

    // The memory experiments (live).
    char lab[SETTING_TEXT_BYTES];        ///< names of those that are on from the start; or ""
    char lab_folder[SETTING_TEXT_BYTES]; ///< whose images one of them keeps; or ""
    int lab_frames;                      ///< that some of them keep at the most
    int lab_memory_mb;                   ///< 0: 512, or a quarter of what is free

    // What is told of memory at the end (live, batch, video).
    bool memory_report, memory_diff;

    // Videos (video).
    enum video_codec codec;
    bool display;                         ///< in a window, while it is made
    char save_frames[SETTING_TEXT_BYTES]; ///< folder for a picture a frame; or ""
    int frames_in_memory;                 ///< that wait between two threads, at the most
    double start_s;                       ///< in the input

    // What is measured (bench).
    char image[SETTING_TEXT_BYTES]; ///< picture file; "" for the scene
    int runs;                       ///< that count
    bool stages;                    ///< also the reference, stage by stage

    // The program itself.
    char config[SETTING_TEXT_BYTES]; ///< settings file named by the user; or ""
    bool all;                        ///< devices: also those that cannot be used
    bool json;
    bool verbose;
    bool quiet; ///< wins over verbose
};

/** The program's commands. */
enum command {
    COMMAND_LIVE,
    COMMAND_BATCH,
    COMMAND_VIDEO,
    COMMAND_DEVICES,
    COMMAND_BENCH,
    COMMAND_HELP,
    COMMAND_VERSION,
};

/** The bit of a command in struct setting. */
#define COMMAND_BIT(COMMAND) (1u << (COMMAND))

enum setting_type {
    SETTING_BOOL,
    SETTING_INT,
    SETTING_DOUBLE,
    SETTING_CHOICE, ///< an enum, by names
    SETTING_STRING, ///< an array of SETTING_TEXT_BYTES
    SETTING_SIZE,   ///< WxH
    SETTING_FOURCC,
};

/**
 * One of the values that a setting is limited to.
 *
 * @param index From 0 on.
 * @param value Set to what it means; untouched after the last one.
 * @return Its name, NULL after the last one.
 */
typedef const char *setting_choice(int index, int *value);

/** One row of the table. */
struct setting {
    const char *name;  ///< unique; the long flag, if it has one
    const char *key;   ///< in the settings file; NULL if it is not remembered
    bool flag;         ///< --name sets it (a remembered bool also has --no-name)
    const char *alias; ///< a second long flag, or NULL
    char letter;       ///< a short flag, or 0
    enum setting_type type;
    size_t offset;          ///< of the value in struct settings, bytes
    double min, max;        ///< of numbers (a size: of both sides), both allowed
    double fallback;        ///< default of numbers; sizes and formats begin empty
    const char *text;       ///< default of a string that may also be empty; NULL for others
    setting_choice *choice; ///< the only values allowed, or NULL
    bool by_number;         ///< a choice may be typed as its number too
    const char *value;      ///< what the help calls it, e.g. "X"; NULL for a bool
    const char *unset;      ///< the help's words for a default that is no value; or NULL
    const char *help;       ///< one phrase, with units
    unsigned commands;      ///< COMMAND_BIT()s of those that take the flag
    bool hidden;            ///< absent from the help
};

/** The table, in the order of the help. At most SETTINGS_MAX rows. */
extern const struct setting setting_table[];
extern const int setting_count;

/** The row with this name or alias; NULL if there is none. */
const struct setting *setting_find(const char *name);

/** Some of the settings: [i] is setting_table[i]'s. */
struct setting_set {
    bool has[SETTINGS_MAX];
};

/** The row's place in the table. */
int setting_index(const struct setting *row);

/** Sets every value to its default. */
void settings_reset(struct settings *settings);

/** Takes the values of some over. */
void settings_merge(struct settings *to, const struct settings *from,
                    const struct setting_set *which);

/**
 * Sets a value from text as users type it.
 *
 * @param text "1" or "0" for a bool.
 * @return 0 or -EINVAL (not one of setting_allowed(); the value stays as it was).
 */
int setting_parse(const struct setting *row, const char *text, struct settings *settings);

/**
 * Sets a bool, an int or a double.
 *
 * @return 0 or -EINVAL (another type, NaN, a fraction for an int, or not allowed).
 */
int setting_set_number(const struct setting *row, double number, struct settings *settings);

/** The value of a bool, an int, a double or a choice. */
double setting_number(const struct setting *row, const struct settings *settings);

/** The value as setting_parse() takes it, cut to `bytes`; "" if it is not set. */
void setting_format(const struct setting *row, const struct settings *settings, char *text,
                    size_t bytes);

/** What the value may be, e.g. "0, 3, 5 or 7" or "a number from 0 to 100"; cut to `bytes`. */
void setting_allowed(const struct setting *row, char *text, size_t bytes);

/** A camera's format as a number, from up to four characters or a usual name; 0 if it is none. */
uint32_t setting_fourcc(const char *name);
