#pragma once

/**
 * @file
 * A working directory of the test's own, with files whose names may be any bytes, and lists of
 * them.
 */

#include "app/batch_list.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PNG_HEAD  "\x89PNG\r\n\x1a\n0000"
#define JPEG_HEAD "\xff\xd8\xff\xe0 0000"

static char folder[64];
static struct error problem;
static struct batch_list *list;

static inline int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cannyscope-test-XXXXXX");
    problem.text[0] = '\0';
    return mkdtemp(folder) && chmod(folder, 0755) == 0 ? chdir(folder) : -1;
}

static inline int leave(void **state)
{
    (void)state;
    char command[256];
    batch_list_close(&list);
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -r %s", folder, folder);
    return chdir("/") == 0 ? system(command) : -1;
}

/** Makes a file and the folders above it. */
static inline void put(const char *path, const char *text)
{
    char above[4096];
    snprintf(above, sizeof above, "%s", path);
    for (char *slash = above; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        assert_true(mkdir(above, 0755) == 0 || errno == EEXIST || errno == EISDIR || !above[0]);
    }
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static inline void begin(bool recursive, bool follow, const char *output)
{
    int fd = output ? open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    assert_true(!output || fd >= 0);
    struct batch_scan scan = {recursive, follow, fd};
    batch_list_close(&list);
    assert_int_equal(batch_list_open(&list, &scan), 0);
    if (output)
        close(fd);
}

static inline void add(const char *input)
{
    assert_int_equal(batch_list_add(list, input), 0);
}

/** The list must be exactly these paths, each followed by a '|'. */
static inline void expect_paths(const char *paths)
{
    char all[8192];
    size_t used = 0;
    all[0] = '\0';
    for (size_t i = 0; i < batch_list_count(list); i++)
        used +=
            (size_t)snprintf(all + used, sizeof all - used, "%s|", batch_list_item(list, i)->path);
    assert_string_equal(all, paths);
}

/** As expect_paths(), of the problems. */
static inline void expect_problems(const char *paths)
{
    char all[8192];
    size_t used = 0;
    all[0] = '\0';
    for (size_t i = 0; i < batch_list_problem_count(list); i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s|",
                                 batch_list_problem(list, i)->path);
    assert_string_equal(all, paths);
}
