// Lines of JSON that were written by several, cut off, or made up.

#include "app/json_lines.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static struct json_lines *lines;

static int enter(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/cannyscope-test-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int leave(void **state)
{
    (void)state;
    json_lines_close(&lines);
    return unlink(path);
}

static void write_bytes(const char *bytes, size_t count)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, count, stream), count);
    assert_int_equal(fclose(stream), 0);
}

static void begin(void)
{
    json_lines_close(&lines);
    assert_int_equal(json_lines_open(&lines, open(path, O_RDONLY | O_CLOEXEC)), 0);
}

/** The next line must give this, with this number under "n" if it is one. */
static void expect(int result, long number, int n)
{
    cJSON *object;
    const char *why;
    assert_int_equal(json_lines_next(lines, &object, &why), result);
    assert_true((object != NULL) == (result == 1));
    if (result != 0)
        assert_int_equal(json_lines_number(lines), number);
    if (result == 1)
        assert_int_equal(cJSON_GetObjectItem(object, "n")->valueint, n);
    cJSON_Delete(object);
}

static void append(struct json_appender *appender, int n, int result)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "n", n);
    assert_int_equal(json_append(appender, object), result);
    cJSON_Delete(object);
}

static struct json_appender start(void)
{
    struct json_appender appender;
    json_appender_start(&appender, open(path, O_RDWR | O_APPEND | O_CLOEXEC));
    return appender;
}

static void test_good_and_bad_lines(void **state)
{
    (void)state;
    static const char text[] =
        "{\"n\":1}\n\n \t\r\n{\"n\":2}\r\n{\"n\":\n[1]\n\"{\"\nnull\n{\"n\":3} {}\n"
        "{\"n\":\"\x80\"}\n{\"n\":\"\0\"}\n\0\n{\"n\":4}\n{\"n\":5}";
    write_bytes(text, sizeof text - 1);
    begin();
    expect(1, 1, 1);
    expect(1, 4, 2);
    for (int i = 5; i <= 12; i++)
        expect(-EBADMSG, i, 0);
    expect(1, 13, 4);
    expect(1, 14, 5); // whole, if not ended
    expect(0, 0, 0);
    expect(0, 0, 0);
}

static void test_long_and_deep_lines(void **state)
{
    (void)state;
    static char text[3 * JSON_LINE_BYTES];
    char *to = text;
    to += sprintf(to, "{\"n\":1,\"x\":\"");
    memset(to, 'x', JSON_LINE_BYTES - 14);
    to += JSON_LINE_BYTES - 14;
    to += sprintf(to, "\"}\n");
    assert_int_equal(to - text, JSON_LINE_BYTES + 1);
    memset(to, '[', JSON_LINE_BYTES + 1);
    to += JSON_LINE_BYTES + 1;
    to += sprintf(to, "\n");
    memset(to, '[', 1000);
    to += 1000;
    to += sprintf(to, "\n{\"n\":2}\n");
    write_bytes(text, (size_t)(to - text));
    begin();
    expect(1, 1, 1);
    expect(-EBADMSG, 2, 0);
    expect(-EBADMSG, 3, 0);
    expect(1, 4, 2);
    expect(0, 0, 0);
}

static void test_torn_line_costs_itself(void **state)
{
    (void)state;
    write_bytes("{\"n\":1}\n{\"n\":", 13);
    struct json_appender appender = start();
    append(&appender, 3, 0);
    append(&appender, 4, 0);
    close(appender.fd);
    begin();
    expect(1, 1, 1);
    expect(-EBADMSG, 2, 0);
    expect(1, 3, 3);
    expect(1, 4, 4);
    expect(0, 0, 0);
}

/** A limit of the file's size stands for a full disk. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit old, tight = {20, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    tight.rlim_max = old.rlim_max;
    struct json_appender appender = start();
    append(&appender, 1, 0);
    append(&appender, 2, 0);
    setrlimit(RLIMIT_FSIZE, &tight);
    append(&appender, 3, -EFBIG);
    assert_true(appender.torn);
    append(&appender, 4, -EFBIG);
    setrlimit(RLIMIT_FSIZE, &old);
    append(&appender, 5, 0);
    close(appender.fd);
    begin();
    expect(1, 1, 1);
    expect(1, 2, 2);
    expect(-EBADMSG, 3, 0);
    expect(1, 4, 5);
    expect(0, 0, 0);
}

static void test_several_processes(void **state)
{
    (void)state;
    enum { PROCESSES = 4, LINES = 500 };
    int seen[PROCESSES * LINES] = {0};
    for (int p = 0; p < PROCESSES; p++) {
        if (fork() != 0)
            continue;
        struct json_appender appender = start();
        for (int i = 0; i < LINES; i++)
            append(&appender, p * LINES + i, 0);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    begin();
    for (int i = 0; i < PROCESSES * LINES; i++) {
        cJSON *object;
        const char *why;
        assert_int_equal(json_lines_next(lines, &object, &why), 1);
        seen[cJSON_GetObjectItem(object, "n")->valueint]++;
        cJSON_Delete(object);
    }
    expect(0, 0, 0);
    for (int i = 0; i < PROCESSES * LINES; i++)
        assert_int_equal(seen[i], 1);
}

static void test_pipe(void **state)
{
    (void)state;
    int ends[2];
    struct json_appender appender;
    assert_int_equal(pipe(ends), 0);
    json_appender_start(&appender, ends[1]);
    append(&appender, 1, 0);
    close(ends[1]);
    assert_int_equal(json_lines_open(&lines, ends[0]), 0);
    expect(1, 1, 1);
    expect(0, 0, 0);
}

static void test_unreadable(void **state)
{
    (void)state;
    assert_int_equal(json_lines_open(&lines, open("/tmp", O_RDONLY | O_CLOEXEC)), 0);
    expect(-EISDIR, 0, 0);
    json_lines_close(&lines);
    assert_int_equal(json_lines_open(&lines, -1), -EBADF);
    assert_null(lines);
}

/** Whatever stands there, the good line behind it is found. */
static void test_noise(void **state)
{
    (void)state;
    static const char bytes[] = "{}[]\",:\\n123.e-tru\n\xff\xc3\xa9 u00";
    char text[400];
    srand(2);
    for (int run = 0; run < 3000; run++) {
        int length = rand() % 300;
        for (int i = 0; i < length; i++)
            text[i] = rand() % 50 ? bytes[rand() % (int)sizeof bytes] : (char)rand();
        memcpy(text + length, "\n{\"n\":77}\n", 10);
        write_bytes(text, (size_t)length + 10);
        begin();
        cJSON *object = NULL;
        const char *why;
        int result, n = 0;
        while ((result = json_lines_next(lines, &object, &why)) != 0) {
            assert_true(result == 1 || result == -EBADMSG);
            const cJSON *item = cJSON_GetObjectItem(object, "n");
            n = item ? item->valueint : 0;
            cJSON_Delete(object);
        }
        assert_int_equal(n, 77);
    }
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_and_bad_lines),
        TEST(test_long_and_deep_lines),
        TEST(test_torn_line_costs_itself),
        TEST(test_full_disk),
        TEST(test_several_processes),
        TEST(test_pipe),
        TEST(test_unreadable),
        TEST(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
