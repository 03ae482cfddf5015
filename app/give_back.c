#include "app/give_back.h"

#include "capture/camera_controls.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRIES = 3 };

/** Nothing is inherited that others wait for: a pipe's end, the terminal's signals. */
static int start(char *const arguments[])
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    sigset_t none;
    pid_t child;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&files);
    for (int fd = 0; fd <= 2; fd++)
        posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    int ret = posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return -ret;
}

void give_back_start(const char *node, uint32_t id, int64_t value)
{
    char words[3][256];
    snprintf(words[0], sizeof words[0], "%s", node);
    snprintf(words[1], sizeof words[1], "%" PRIu32, id);
    snprintf(words[2], sizeof words[2], "%" PRId64, value);
    char *const arguments[] = {
        (char[]){"cannyscope"}, (char[]){GIVE_BACK_WORD}, words[0], words[1], words[2], NULL};
    start(arguments);
}

int give_back_run(char **arguments)
{
    struct camera_controls none = {0};
    struct camera_control control = {.type = CONTROL_BOOLEAN,
                                     .id = (uint32_t)strtoul(arguments[3], NULL, 10)};
    int64_t value = strtoll(arguments[4], NULL, 10);
    int fd = camera_controls_open(&v4l2_io_kernel, arguments[2], NULL);
    if (fd < 0)
        return 1;
    int ret = -EIO;
    // The kernel gives up on a camera after five seconds.
    for (int tries = 0; tries < TRIES && ret < 0 && ret != -ENODEV; tries++)
        ret = camera_control_set(&none, &control, &v4l2_io_kernel, fd, value);
    camera_controls_close(&v4l2_io_kernel, &fd);
    return ret < 0;
}
