/*
 * Why a device cannot be had: the program that holds it, found in a /proc of the test's own, and
 * the group that may open it.
 */
#include "capture/camera_access.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/** A folder for the test; everything in it is removed at its end. */
struct fixture {
    char folder[64];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/test_camera_access.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    int ret = system(command);
    free(f);
    return ret;
}

static void path_of(const struct fixture *f, const char *name, char *path)
{
    snprintf(path, 256, "%s/%s", f->folder, name);
}

/** A process with an open file; NULL: none. */
static void add_process(const struct fixture *f, const char *id, const char *name,
                        const char *open_file)
{
    char path[256], inside[64];
    path_of(f, id, path);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(inside, sizeof inside, "%s/fd", id);
    path_of(f, inside, path);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(inside, sizeof inside, "%s/fd/7", id);
    path_of(f, inside, path);
    if (open_file)
        assert_int_equal(symlink(open_file, path), 0);
    snprintf(inside, sizeof inside, "%s/comm", id);
    path_of(f, inside, path);
    FILE *comm = fopen(path, "we");
    assert_non_null(comm);
    fprintf(comm, "%s\n", name);
    fclose(comm);
}

static void test_holder(void **state)
{
    struct fixture *f = *state;
    char text[64];
    camera_holder(f->folder, "/dev/null", text, sizeof text);
    assert_string_equal(text, "another program");
    add_process(f, "17", "bash", NULL);
    add_process(f, "18", "cat", "/dev/zero");
    add_process(f, "self", "me", "/dev/null");
    camera_holder(f->folder, "/dev/null", text, sizeof text);
    assert_string_equal(text, "another program");
    add_process(f, "4312", "obs", "/dev/null");
    camera_holder(f->folder, "/dev/null", text, sizeof text);
    assert_string_equal(text, "obs (process 4312)");
    camera_holder(f->folder, "/dev/full", text, sizeof text);
    assert_string_equal(text, "another program");
    camera_holder(f->folder, "/dev/no-such-device", text, sizeof text);
    assert_string_equal(text, "another program");
    camera_holder("/no/such/folder", "/dev/null", text, sizeof text);
    assert_string_equal(text, "another program");
    camera_holder(f->folder, "/dev/null", text, 5);
    assert_string_equal(text, "obs ");
}

/** This process holds it, but that is not what is asked. */
static void test_not_ourselves(void **state)
{
    struct fixture *f = *state;
    char id[16], text[64];
    snprintf(id, sizeof id, "%d", (int)getpid());
    add_process(f, id, "me", "/dev/null");
    camera_holder(f->folder, "/dev/null", text, sizeof text);
    assert_string_equal(text, "another program");
}

/** A process of another user cannot be looked into; root can look into everything. */
static void test_hidden_process(void **state)
{
    struct fixture *f = *state;
    char path[256], text[64];
    add_process(f, "21", "secret", "/dev/null");
    path_of(f, "21/fd", path);
    assert_int_equal(chmod(path, 0), 0);
    camera_holder(f->folder, "/dev/null", text, sizeof text);
    assert_string_equal(text, geteuid() ? "another user's program" : "secret (process 21)");
    chmod(path, 0755);
}

/** The real /proc: a child of ours that has /dev/full open. */
static void test_real_process(void **state)
{
    (void)state;
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        close(done[1]);
        char byte = open("/dev/full", O_RDONLY | O_CLOEXEC) >= 0;
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    char byte, text[64], wanted[64];
    assert_int_equal(read(ready[0], &byte, 1), 1);
    camera_holder(NULL, "/dev/full", text, sizeof text);
    snprintf(wanted, sizeof wanted, "(process %d)", (int)child);
    close(done[1]);
    assert_non_null(strstr(text, wanted));
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    close(done[0]);
}

// Permissions.

static void make_file(struct fixture *f, char *path, gid_t group, mode_t mode)
{
    path_of(f, "node", path);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(fchown(file, (uid_t)-1, group), 0);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void test_denial(void **state)
{
    enum { VIDEO = 44 }; // its number in Debian
    struct fixture *f = *state;
    char path[256], text[320];
    if (geteuid() == 0) {
        make_file(f, path, VIDEO, 0660);
        camera_denial(path, text, sizeof text);
        assert_string_equal(text, "may not be opened by you (it is root:video's, mode 0660): run "
                                  "`sudo usermod -aG video $USER` and log in again");
        make_file(f, path, VIDEO, 0600);
        camera_denial(path, text, sizeof text);
        assert_non_null(strstr(text, "root:video's, mode 0600): run `sudo chgrp video /tmp/"));
        make_file(f, path, 0, 0660);
        camera_denial(path, text, sizeof text);
        assert_non_null(strstr(text, "root:root's, mode 0660): run `sudo chgrp video /tmp/"));
    } else {
        make_file(f, path, getegid(), 0660);
        camera_denial(path, text, sizeof text);
        assert_non_null(strstr(text, "though you are in that group"));
    }
    camera_denial("/dev/no-such-device", text, sizeof text);
    assert_non_null(strstr(text, "usermod -aG video"));
    camera_denial(path, text, 10);
    assert_string_equal(text, "may not b");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_holder),       TEST(test_not_ourselves), TEST(test_hidden_process),
        TEST(test_real_process), TEST(test_denial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
