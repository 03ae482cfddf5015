// Places of files by the rules of the desktop.
//
// Settings and state have a variable each and a place under the home; both must be absolute, a
// relative one counts as unset. Pictures and videos are named in a file of shell assignments,
// user-dirs.dirs, as XDG_PICTURES_DIR="$HOME/Bilder" or with an absolute path; nothing else of the
// shell's language may occur in it but a backslash before a character.
//
// Source: XDG Base Directory Specification 0.8; user-dirs.dirs(5).

#include "app/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef DATADIR
#define DATADIR "/usr/local/share/cannyscope"
#endif

/** Names tried before giving up: nobody takes ten thousand pictures in a second. */
enum { NAMES_A_SECOND = 9999 };

int path_set(struct path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path->text, sizeof path->text, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof path->text)
        return 0;
    path->text[0] = '\0';
    return -ENAMETOOLONG;
}

void path_folder(struct path *folder, const char *file)
{
    const char *slash = strrchr(file, '/');
    // What is cut here was too long for the system anyway.
    if (!slash)
        path_set(folder, ".");
    else if (slash == file)
        path_set(folder, "/");
    else
        path_set(folder, "%.*s", (int)(slash - file), file);
}

/** A variable with an absolute path; NULL if it is unset or relative. */
static const char *absolute_variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] == '/' ? value : NULL;
}

/** $variable, or ~/fallback. */
static int base_folder(struct path *path, const char *variable, const char *fallback)
{
    const char *base = absolute_variable(variable);
    const char *home = absolute_variable("HOME");
    if (base)
        return path_set(path, "%s", base);
    if (home)
        return path_set(path, "%s/%s", home, fallback);
    path->text[0] = '\0';
    return -ENOENT;
}

/** Adds a part to the path in place. */
static int append(struct path *path, const char *part)
{
    size_t used = strlen(path->text);
    int length = snprintf(path->text + used, sizeof path->text - used, "/%s", part);
    if ((size_t)length < sizeof path->text - used)
        return 0;
    path->text[0] = '\0';
    return -ENAMETOOLONG;
}

int paths_config(struct path *path)
{
    int result = base_folder(path, "XDG_CONFIG_HOME", ".config");
    return result < 0 ? result : append(path, "cannyscope");
}

int paths_state(struct path *path)
{
    int result = base_folder(path, "XDG_STATE_HOME", ".local/state");
    return result < 0 ? result : append(path, "cannyscope");
}

/** Copies what stands in quotes, backslashes removed. False if the closing quote is missing. */
static bool unquote(const char *from, char *to, size_t bytes)
{
    size_t used = 0;
    for (; *from && *from != '"' && used + 1 < bytes; from++) {
        if (*from == '\\' && from[1])
            from++;
        to[used++] = *from;
    }
    to[used] = '\0';
    return *from == '"';
}

/**
 * Reads one line of user-dirs.dirs.
 *
 * @return Whether it sets this variable to a place that can be used.
 */
static bool read_assignment(const char *line, const char *variable, struct path *path)
{
    char value[sizeof path->text] = "";
    line += strspn(line, " \t");
    size_t length = strlen(variable);
    if (strncmp(line, variable, length) != 0 || strncmp(line + length, "=\"", 2) != 0)
        return false;
    if (!unquote(line + length + 2, value, sizeof value))
        return false;
    const char *home = absolute_variable("HOME");
    bool in_home = strncmp(value, "$HOME", 5) == 0 && (value[5] == '/' || !value[5]);
    if (in_home && home)
        return path_set(path, "%s%s", home, value + 5) == 0;
    return value[0] == '/' && path_set(path, "%s", value) == 0;
}

/** The last assignment of a variable in user-dirs.dirs, as a shell would see it. */
static bool user_folder(struct path *path, const char *variable)
{
    struct path file = {""};
    char line[sizeof file.text + 64];
    bool found = false;
    if (base_folder(&file, "XDG_CONFIG_HOME", ".config") < 0 || append(&file, "user-dirs.dirs") < 0)
        return false;
    FILE *stream = fopen(file.text, "re");
    if (!stream)
        return false;
    while (fgets(line, sizeof line, stream))
        found = read_assignment(line, variable, path) || found;
    fclose(stream);
    return found;
}

static int media_folder(struct path *path, const char *variable, const char *fallback)
{
    const char *home = absolute_variable("HOME");
    if (user_folder(path, variable))
        return append(path, "cannyscope");
    if (home)
        return path_set(path, "%s/%s/cannyscope", home, fallback);
    path->text[0] = '\0';
    return -ENOENT;
}

int paths_pictures(struct path *path)
{
    return media_folder(path, "XDG_PICTURES_DIR", "Pictures");
}

int paths_videos(struct path *path)
{
    return media_folder(path, "XDG_VIDEOS_DIR", "Videos");
}

int paths_executable_folder(struct path *path)
{
    struct path file = {""};
    ssize_t length = readlink("/proc/self/exe", file.text, sizeof file.text - 1);
    if (length < 0) {
        path->text[0] = '\0';
        return -errno;
    }
    file.text[length] = '\0';
    path_folder(path, file.text);
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int paths_assets(struct path *path, struct error *err)
{
    static const char *const beside[] = {"../../assets", "assets", "../share/cannyscope"};
    struct path folder = {""};
    const char *named = getenv("CANNYSCOPE_ASSETS");
    if (named && named[0]) {
        if (path_set(path, "%s", named) == 0 && is_folder(named))
            return 0;
        return error_set(err, -ENOENT, "CANNYSCOPE_ASSETS names %s, which is no folder", named);
    }
    if (paths_executable_folder(&folder) == 0) {
        for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
            if (path_set(path, "%s/%s", folder.text, beside[i]) == 0 && is_folder(path->text))
                return 0;
        }
    }
    if (path_set(path, "%s", DATADIR) == 0 && is_folder(path->text))
        return 0;
    return error_set(err, -ENOENT,
                     "no fonts in %s/../../assets or " DATADIR
                     "; run make install, or name their folder in CANNYSCOPE_ASSETS",
                     folder.text);
}

int paths_make_folder(const char *folder, mode_t mode)
{
    struct path path = {""};
    int result = path_set(&path, "%s", folder);
    if (result < 0)
        return result;
    int above = 0;
    for (char *slash = path.text + 1; *path.text && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        // A failure shows again at the last folder, unless this one existed.
        if (mkdir(path.text, mode) < 0 && errno != EEXIST)
            above = -errno;
        *slash = '/';
    }
    result = mkdir(path.text, mode) < 0 ? -errno : 0;
    if (result == 0 || is_folder(path.text))
        return 0;
    // What is above it is not there, and this is why.
    if (result == -ENOENT && above)
        return above;
    return result == -EEXIST ? -ENOTDIR : result;
}

int paths_dated_name(struct path *path, const char *folder, time_t when, int number,
                     const char *ending)
{
    struct tm local;
    char stamp[32];
    if (!localtime_r(&when, &local))
        local = (struct tm){.tm_mday = 1};
    strftime(stamp, sizeof stamp, "%Y-%m-%d-%H%M%S", &local);
    if (number == 1)
        return path_set(path, "%s/cannyscope-%s%s", folder, stamp, ending);
    return path_set(path, "%s/cannyscope-%s-%d%s", folder, stamp, number, ending);
}

/** Takes the name with this number, if no file has it. */
static int take_name(struct path *path, const char *folder, time_t when, int number,
                     const char *ending)
{
    int result = paths_dated_name(path, folder, when, number, ending);
    if (result < 0)
        return result;
    int fd = open(path->text, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

int paths_take_name(struct path *path, const char *folder, time_t when, const char *ending,
                    struct error *err)
{
    int result = paths_make_folder(folder, 0777);
    if (result == 0)
        result = -EEXIST;
    for (int number = 1; result == -EEXIST && number <= NAMES_A_SECOND; number++)
        result = take_name(path, folder, when, number, ending);
    if (result == 0)
        return 0;
    path->text[0] = '\0';
    return error_set(err, result, "cannot make a file in %s: %s", folder, error_reason(result));
}
