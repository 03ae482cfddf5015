#pragma once

/**
 * @file
 * A settings file in a folder of its own, for the tests of app/config.h.
 */

#include "app/config.h"
#include "app/json_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[64], file[128];
static struct settings settings;
static struct error problem;
static struct config *config;

static inline int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cannyscope-test-XXXXXX");
    // Others may look in, for the tests that become somebody else.
    if (!mkdtemp(folder) || chmod(folder, 0755) < 0)
        return -1;
    snprintf(file, sizeof file, "%s/config.json", folder);
    settings_reset(&settings);
    problem.text[0] = '\0';
    return 0;
}

static inline int leave(void **state)
{
    (void)state;
    char command[256];
    config_close(&config);
    snprintf(command, sizeof command, "chmod -R u+w %s && rm -r %s", folder, folder);
    return system(command);
}

static inline void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

static inline void write_text(const char *text)
{
    write_bytes(file, text, strlen(text));
}

/** The text of a file of the folder, e.g. ".bad" for config.json.bad; NULL if there is none. */
static inline const char *text_of(const char *suffix)
{
    static char text[2 * JSON_FILE_MAX_BYTES];
    char path[160];
    snprintf(path, sizeof path, "%s%s", file, suffix);
    FILE *stream = fopen(path, "r");
    if (!stream)
        return NULL;
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static inline int open_file(void)
{
    config_close(&config);
    return config_open(&config, file, &settings, &problem);
}

/** Saves and reads again into fresh settings. */
static inline void save_and_reopen(void)
{
    assert_int_equal(config_save(config, &settings, &problem), 0);
    settings_reset(&settings);
    assert_int_equal(open_file(), 0);
}

static inline int count_files(void)
{
    char command[128], line[16] = "";
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    return atoi(line);
}
