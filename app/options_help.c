// Help texts, printed from the tables so that they cannot lag behind them.
//
// Lines stay within 80 columns; options stand in the layout that GNU's tools use.

#include "app/keys.h"
#include "app/lab.h"
#include "app/memory_report.h"
#include "app/options.h"

#include <string.h>

enum { HELP_COLUMNS = 80, HELP_INDENT = 30 };

const struct command_info command_table[] = {
    {.command = COMMAND_LIVE,
     .name = "live",
     .usage = "[live] [SOURCE] [options]",
     .summary = "the edges of what a camera sees",
     .text = "SOURCE is a device (/dev/video0, or just 0; a link in /dev/v4l/by-id), a part of\n"
             "a camera's name, an image or video file, or \"scene\", which is built in. Without\n"
             "one: the last camera used if it is there, else the first camera, else the scene.\n",
     .source = true},
    {.command = COMMAND_BATCH,
     .name = "batch",
     .usage = "batch INPUT... -o DIR",
     .summary = "the edges of pictures and folders",
     .text = "INPUT is a picture (JPEG, PNG, BMP, TIFF, WebP, GIF, told by its content) or\n"
             "a folder of them. Every picture's edges are written into the folder DIR, under\n"
             "the picture's name behind a prefix.\n",
     .inputs = true},
    {.command = COMMAND_VIDEO,
     .name = "video",
     .usage = "video INPUT -o FILE",
     .summary = "the edges of a video file",
     .text = "INPUT is any video file that FFmpeg's libraries read; FILE becomes a video of\n"
             "its edges with the same times and sound, .avi, .mp4 or .mkv by its ending.\n"
             "Interrupted, what is done so far becomes a whole file.\n",
     .inputs = true},
    {.command = COMMAND_DEVICES,
     .name = "devices",
     .usage = "devices [options]",
     .summary = "cameras, their formats and sizes",
     .text = ""},
    {.command = COMMAND_BENCH,
     .name = "bench",
     .usage = "bench [options]",
     .summary = "how long a frame takes on this machine",
     .text = "Every level of instructions that this CPU has, with 1 thread and with one a\n"
             "processor, beside a memcpy of the same frame. The picture is the file that\n"
             "--image names, in its own size or stretched to --size pixels; without one it is\n"
             "the scene, in --size pixels or in four sizes from VGA to 4K. All must find the\n"
             "same edges, or nothing is measured.\n"},
    {.command = COMMAND_HELP,
     .name = "help",
     .usage = "help [command|keys|memory|lab]",
     .summary = "this, or what the word is about",
     .text = ""},
};

const int command_count = sizeof command_table / sizeof command_table[0];

const struct command_info *command_find(const char *name)
{
    for (int i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    }
    return NULL;
}

/** Prints text from column HELP_INDENT on, broken at spaces. */
static void print_wrapped(FILE *out, const char *text)
{
    int room = HELP_COLUMNS - HELP_INDENT;
    while ((int)strlen(text) > room) {
        int cut = room;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0)
            break;
        fprintf(out, "%.*s\n%*s", cut, text, HELP_INDENT, "");
        text += cut + 1;
    }
    fprintf(out, "%s\n", text);
}

/** Prints one option: its names on the left, what it does on the right. */
static void print_option(FILE *out, const char *names, const char *text)
{
    int width = (int)strlen(names);
    fprintf(out, "%s", names);
    if (width >= HELP_INDENT)
        fprintf(out, "\n%*s", HELP_INDENT, "");
    else
        fprintf(out, "%*s", HELP_INDENT - width, "");
    print_wrapped(out, text);
}

static void write_names(const struct setting *row, char *names, size_t bytes)
{
    char letter[5] = "    ";
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    bool off = row->type == SETTING_BOOL && row->key;
    snprintf(names, bytes, "  %s--%s%s%s", letter, off ? "[no-]" : "", row->name,
             row->value ? " " : "");
    size_t used = strlen(names);
    snprintf(names + used, bytes - used, "%s", row->value ? row->value : "");
}

/** Writes what is allowed and what holds without the option, in parentheses. */
static void write_limits(const struct setting *row, char *text, size_t bytes)
{
    struct settings defaults;
    settings_reset(&defaults);
    char allowed[128] = "", value[128];
    setting_format(row, &defaults, value, sizeof value);
    if (row->type == SETTING_BOOL)
        snprintf(value, sizeof value, "%s", row->key && row->fallback != 0 ? "on" : "");
    if (row->choice)
        setting_allowed(row, allowed, sizeof allowed);
    const char *fallback = row->unset ? row->unset : value;
    const char *named = row->alias ? "; also --" : "";
    const char *colon = *allowed ? ": " : "";
    if (*fallback && row->type != SETTING_STRING)
        snprintf(text, bytes, "%s%s%s%s (default: %s)", named, row->alias ? row->alias : "", colon,
                 allowed, fallback);
    else if (*fallback)
        snprintf(text, bytes, " (default: %s)", fallback);
    else
        snprintf(text, bytes, "%s%s", colon, allowed);
}

static void print_setting(FILE *out, const struct setting *row)
{
    char names[64], limits[256], text[512];
    write_names(row, names, sizeof names);
    write_limits(row, limits, sizeof limits);
    snprintf(text, sizeof text, "%s%s", row->help, limits);
    print_option(out, names, text);
}

static void print_options(FILE *out, enum command command)
{
    fprintf(out, "\nOptions:\n");
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        if (row->flag && !row->hidden && row->commands & COMMAND_BIT(command))
            print_setting(out, row);
    }
    print_option(out, "  -h, --help", "print this");
    print_option(out, "      --version", "print the version");
}

static void print_command(FILE *out, const struct command_info *info)
{
    fprintf(out, "Usage: cannyscope %s\n\n%c%s.\n", info->usage, info->summary[0] - 'a' + 'A',
            info->summary + 1);
    if (*info->text)
        fprintf(out, "\n%s", info->text);
    if (info->command != COMMAND_HELP)
        print_options(out, info->command);
}

static void print_overview(FILE *out)
{
    fprintf(out, "cannyscope: see the edges that Canny's detector finds, live.\n\nUsage:\n");
    for (int i = 0; i < command_count; i++)
        fprintf(out, "  cannyscope %-26s %s\n", command_table[i].usage, command_table[i].summary);
    fprintf(out, "\n%s", command_table[0].text);
    print_options(out, command_table[0].command);
}

static void print_experiments(FILE *out)
{
    char text[512];
    fprintf(out, "Memory experiments, for --lab and for Ctrl+M in the window:\n\n");
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        const struct lab_info *info = &lab_infos[i];
        snprintf(text, sizeof text, "%s (article, %s). %s", info->title, info->section,
                 info->caption);
        print_option(out, info->name, text);
    }
}

void options_print_help(FILE *out, const char *topic)
{
    const struct command_info *info = topic ? command_find(topic) : NULL;
    if (topic && strcmp(topic, "keys") == 0)
        keys_print(out);
    else if (topic && strcmp(topic, "memory") == 0)
        memory_report_explain(out);
    else if (topic && strcmp(topic, "lab") == 0)
        print_experiments(out);
    else if (info)
        print_command(out, info);
    else
        print_overview(out);
}

void options_print_version(FILE *out)
{
    fprintf(out, "cannyscope %s\n", CANNYSCOPE_VERSION);
}
