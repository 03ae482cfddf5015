#include "app/batch.h"
#include "app/bench.h"
#include "app/config.h"
#include "app/devices.h"
#include "app/give_back.h"
#include "app/live.h"
#include "app/options.h"
#include "app/paths.h"
#include "app/renderer_choice.h"
#include "app/video.h"
#include "processing/cpu.h"
#include "render/renderer_probe.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static enum log_level level_of(const struct settings *settings)
{
    return settings->quiet ? LOG_LEVEL_ERROR : settings->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

/** The settings file's name; "" if there is none to be had. */
static void find_config(const struct settings *given, struct path *path)
{
    struct path folder;
    *path = (struct path){""};
    if (given->config[0])
        path_set(path, "%s", given->config);
    else if (paths_config(&folder) == 0)
        path_set(path, "%s/config.json", folder.text);
}

/** Runs the live command with the settings file around it. */
static int run_live(const struct options *options, struct log *log)
{
    struct settings settings;
    struct config *config;
    struct path path;
    struct error err;
    settings_reset(&settings);
    find_config(&options->settings, &path);
    if (config_open(&config, path.text, &settings, &err) < 0)
        log_write(log, LOG_LEVEL_WARNING, "%s", err.text);
    settings_merge(&settings, &options->settings, &options->given);
    int status = live_run(&settings, config, log);
    config_close(&config);
    return status;
}

/** The levels that are there, as a setting's choice. */
static const char *choose_there(int index, int *value)
{
    for (int level = 0; level < CPU_LEVELS; level++) {
        if (cpu_has((enum cpu_level)level) && index-- == 0) {
            *value = level;
            return cpu_level_name((enum cpu_level)level);
        }
    }
    return NULL;
}

/** Takes the level that --cpu asks for, before any detector is made. */
static int select_cpu(const struct options *options, struct error *err)
{
    struct setting row = *setting_find("cpu");
    enum cpu_level level = options->settings.cpu;
    bool wanted = row.commands & COMMAND_BIT(options->command) && level != CPU_LEVELS;
    if (!wanted || cpu_select(level) == 0)
        return 0;
    char allowed[128];
    row.choice = choose_there;
    setting_allowed(&row, allowed, sizeof allowed);
    return error_set(err, -ENOTSUP,
                     "--cpu \"%s\" is not there on this computer: give %s; see cannyscope --help",
                     cpu_level_name(level), allowed);
}

static int run_command(const struct options *options, struct log *log)
{
    switch (options->command) {
    case COMMAND_BATCH:
        return batch_run(&options->settings, options->inputs, options->input_count, log);
    case COMMAND_VIDEO:
        return video_run(&options->settings, options->inputs, options->input_count, log);
    case COMMAND_DEVICES:
        return devices_run(&options->settings, log);
    case COMMAND_BENCH:
        return bench_run(&options->settings, log);
    case COMMAND_HELP:
        options_print_help(stdout, options->topic);
        return EXIT_CODE_DONE;
    case COMMAND_VERSION:
        options_print_version(stdout);
        return EXIT_CODE_DONE;
    case COMMAND_LIVE:
        break;
    }
    return run_live(options, log);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], RENDERER_PROBE_WORD) == 0)
        _exit(renderer_probe()); // what a GL driver leaves behind is not worth tidying up
    if (argc == GIVE_BACK_WORDS && strcmp(argv[1], GIVE_BACK_WORD) == 0)
        _exit(give_back_run(argv));
    // The kernel's huge pages would add megabytes of resident memory that nobody asked for, and at
    // moments of their own choosing.
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    // Characters and messages by the user's language, numbers always with a point.
    setlocale(LC_CTYPE, "");
    struct log *log;
    struct error err;
    struct options options;
    struct log_config config = {.stream = stderr, .level = LOG_LEVEL_INFO};
    if (log_open(&log, &config) < 0) {
        fputs("cannyscope: Not enough memory to begin\n", stderr); // by no log
        return EXIT_CODE_BROKEN;
    }
    int status = options_parse(&options, argc, argv, &err);
    if (status == 0)
        status = select_cpu(&options, &err);
    if (status < 0) {
        status = status == -ENOMEM ? EXIT_CODE_BROKEN : EXIT_CODE_USAGE;
        log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
    } else {
        log_set_level(log, level_of(&options.settings));
        status = run_command(&options, log);
    }
    options_free(&options);
    // Lost output is a failure: a full disk, a closed pipe.
    int lost = fflush(stdout) != 0 ? -errno : ferror(stdout) ? -EIO : 0;
    if (lost && status == EXIT_CODE_DONE) {
        log_write(log, LOG_LEVEL_ERROR, "Cannot write to standard output: %s", error_reason(lost));
        status = EXIT_CODE_BROKEN;
    }
    log_close(&log);
    return status;
}
