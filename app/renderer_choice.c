#include "app/renderer_choice.h"

#include "app/paths.h"
#include "app/small_file.h"
#include "processing/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_MS = 3000, KEY_BYTES = 256 };

/** What the answer holds for: this display, since the machine was started. */
static void make_key(char *key, size_t bytes)
{
    char boot[64] = "";
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t got = read(fd, boot, sizeof boot - 1);
        boot[got > 0 ? got : 0] = 0;
        boot[strcspn(boot, "\n")] = 0;
        close(fd);
    }
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    snprintf(key, bytes, "%s %.60s %.60s", boot, x11 ? x11 : "-", wayland ? wayland : "-");
}

static int answer_path(struct path *path)
{
    struct path folder;
    int ret = paths_state(&folder);
    if (ret == 0)
        ret = paths_make_folder(folder.text, 0700);
    return ret < 0 ? ret : path_set(path, "%s/renderer", folder.text);
}

/** The remembered answer: 1 a GPU, 0 software, -1 none. The file is the key and a digit. */
static int recall(const struct path *path, const char *key)
{
    char *text;
    size_t size, length = strlen(key);
    if (small_file_read(path->text, KEY_BYTES + 8, &text, &size) < 0)
        return -1;
    int answer = -1;
    if (strncmp(text, key, length) == 0 && text[length] == '\n')
        answer = text[length + 1] == '1' ? 1 : text[length + 1] == '0' ? 0 : -1;
    memory_free(text);
    return answer;
}

/** What cannot be remembered is asked again the next time. */
static void remember(const struct path *path, const char *key, int answer)
{
    char text[KEY_BYTES + 8];
    int size = snprintf(text, sizeof text, "%s\n%d\n", key, answer);
    small_file_replace(path->text, text, (size_t)size, NULL);
}

/** Starts the child. Signals that are blocked here (app/ending.h) must be able to end it. */
static int spawn(pid_t *child)
{
    char *const arguments[] = {(char[]){"cannyscope"}, (char[]){RENDERER_PROBE_WORD}, NULL};
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int ret = posix_spawn(child, "/proc/self/exe", NULL, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    return -ret;
}

/** Asks a child process. 1 a GPU, 0 software or none, -1 no answer. */
static int ask_child(void)
{
    pid_t child;
    if (spawn(&child) < 0)
        return -1;
    // A descriptor of the child can be waited for with a time-out; waitpid() cannot.
    int fd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    bool in_time = fd >= 0 && poll(&ended, 1, PROBE_MS) == 1;
    if (!in_time)
        kill(child, SIGKILL); // a display or a driver that hangs
    if (fd >= 0)
        close(fd);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? WEXITSTATUS(status) : -1;
}

bool renderer_choose_software(enum renderer_choice choice)
{
    if (choice != RENDERER_AUTO)
        return choice == RENDERER_SOFTWARE;
    char key[KEY_BYTES];
    struct path path;
    make_key(key, sizeof key);
    bool kept = answer_path(&path) == 0;
    int gpu = kept ? recall(&path, key) : -1;
    if (gpu < 0) {
        gpu = ask_child();
        if (kept && gpu >= 0)
            remember(&path, key, gpu);
    }
    // Without an answer the renderer that always works is the right one.
    return gpu != 1;
}
