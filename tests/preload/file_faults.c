/**
 * @file
 * Preloaded into the program: a disk that fails, and files that go away. FAULT says which:
 *
 *     vanish  a file called vanish.* is gone when it is opened to be read
 *     fsync   bringing an unfinished output to the disk is an input/output error
 *     fclose  so is closing it, which is where network file systems say that they are full
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int has_fault(const char *name)
{
    const char *fault = getenv("FAULT");
    return fault && strcmp(fault, name) == 0;
}

static int is_part(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 5)
        return 0;
    path[length] = '\0';
    return strcmp(path + length - 5, ".part") == 0;
}

int open(const char *path, int flags, ...)
{
    const char *slash = strrchr(path, '/');
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (has_fault("vanish") && strncmp(slash ? slash + 1 : path, "vanish.", 7) == 0)
        unlink(path);
    return openat(AT_FDCWD, path, flags, mode);
}

int fsync(int fd)
{
    if (!has_fault("fsync") || !is_part(fd))
        return fdatasync(fd);
    errno = EIO;
    return -1;
}

int fclose(FILE *stream)
{
    int (*real)(FILE *) = (int (*)(FILE *))dlsym(RTLD_NEXT, "fclose");
    int fails = has_fault("fclose") && is_part(fileno(stream));
    int ret = real(stream);
    if (!fails)
        return ret;
    errno = EIO;
    return EOF;
}
