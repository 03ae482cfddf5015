// The command line: what is understood, what is refused and in which words.

#include "app/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 16 };

static struct options options;
static struct error problem;

/** Parses a line of words with single spaces between them; '_' stands for an empty word. */
static int parse(const char *line)
{
    static char copy[256];
    static char program[] = "cannyscope", empty[] = "";
    char *words[WORDS] = {program};
    int count = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[count++] = strcmp(word, "_") == 0 ? empty : word;
    problem.text[0] = '\0';
    options_free(&options);
    return options_parse(&options, count, words, &problem);
}

static bool given(const char *name)
{
    return options.given.has[setting_index(setting_find(name))];
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(parse(""), 0);
    assert_int_equal(options.command, COMMAND_LIVE);
    for (int i = 0; i < SETTINGS_MAX; i++)
        assert_false(options.given.has[i]);
    assert_string_equal(options.settings.source, "");
    assert_true(options.settings.canny.low == 50);
}

struct accepted_case {
    const char *line;
    enum command command;
    const char *name, *value; ///< a setting afterwards; NULL for none
};

static const struct accepted_case accepted_cases[] = {
    {"scene", COMMAND_LIVE, "device", "scene"},
    {"live scene", COMMAND_LIVE, "device", "scene"},
    {"live", COMMAND_LIVE, NULL, NULL},
    {"live live", COMMAND_LIVE, "device", "live"},
    {"./devices", COMMAND_LIVE, "device", "./devices"},
    {"-- devices", COMMAND_LIVE, "device", "devices"},
    {"-d 0", COMMAND_LIVE, "device", "0"},
    {"--device=/dev/video2", COMMAND_LIVE, "device", "/dev/video2"},
    {"-d a -d b", COMMAND_LIVE, "device", "b"},
    {"-- -odd", COMMAND_LIVE, "device", "-odd"},
    {"--low 10 --low=20", COMMAND_LIVE, "low", "20"},
    {"--low -5", COMMAND_LIVE, "low", "-5"},
    {"scene --low 10", COMMAND_LIVE, "low", "10"},
    {"--low 10 scene", COMMAND_LIVE, "device", "scene"},
    {"--l2", COMMAND_LIVE, "l2", "1"},
    {"--l2 --no-l2", COMMAND_LIVE, "l2", "0"},
    {"--no-panel", COMMAND_LIVE, "panel", "0"},
    {"--resolution 320x240", COMMAND_LIVE, "size", "320x240"},
    {"--size 320x240", COMMAND_LIVE, "size", "320x240"},
    {"-f yuyv", COMMAND_LIVE, "format", "YUYV"},
    {"-fMJPG", COMMAND_LIVE, "format", "MJPG"},
    {"-vq", COMMAND_LIVE, "quiet", "1"},
    {"--aper 5", COMMAND_LIVE, "aperture", "5"},
    {"--view 9", COMMAND_LIVE, "view", "overlay"},
    {"--verify", COMMAND_LIVE, "verify", "1"},
    {"--threads 3", COMMAND_LIVE, "threads", "3"},
    {"--threads=0", COMMAND_LIVE, "threads", "0"},
    // Whether this machine has the level is asked when the command begins.
    {"--cpu avx512", COMMAND_LIVE, "cpu", "avx512"},
    {"--cpu neon", COMMAND_LIVE, "cpu", "neon"},
    {"devices", COMMAND_DEVICES, NULL, NULL},
    {"devices --all --json", COMMAND_DEVICES, "all", "1"},
    {"devices -v", COMMAND_DEVICES, "verbose", "1"},
    {"bench", COMMAND_BENCH, NULL, NULL},
    {"bench --image a.png --size 64x32", COMMAND_BENCH, "image", "a.png"},
    {"bench --size 64x32", COMMAND_BENCH, "size", "64x32"},
    {"bench --runs 3 --stages --json", COMMAND_BENCH, "runs", "3"},
    {"bench --low 1 --high 2 --blur 0 --aperture 7 --l2 --gray bgr", COMMAND_BENCH, "gray", "bgr"},
    {"bench --threads 2 --cpu c", COMMAND_BENCH, "cpu", "c"},
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted_cases / sizeof accepted_cases[0]; i++) {
        const struct accepted_case *c = &accepted_cases[i];
        if (parse(c->line) != 0)
            fail_msg("%s: %s", c->line, problem.text);
        assert_int_equal(options.command, c->command);
        char value[256];
        if (!c->name)
            continue;
        setting_format(setting_find(c->name), &options.settings, value, sizeof value);
        assert_string_equal(value, c->value);
        assert_true(given(c->name));
    }
}

static void test_given_is_exact(void **state)
{
    (void)state;
    assert_int_equal(parse("--low 50 scene"), 0);
    assert_true(given("low") && given("device"));
    assert_false(given("high") || given("panel"));
}

struct refused_case {
    const char *line;
    const char *words[3]; ///< in the sentence
};

static const struct refused_case refused_cases[] = {
    {"--low", {"--low", "number", "--help"}},
    {"--low x", {"--low", "\"x\"", "number"}},
    {"--low nan", {"--low", "\"nan\"", "number"}},
    {"--low=", {"--low", "\"\"", "number"}},
    {"--blur 4", {"--blur", "\"4\"", "0, 3, 5 or 7"}},
    {"--threads -1", {"--threads", "\"-1\"", "a whole number from 0 to 64"}},
    {"--threads", {"--threads", "needs a value", "0 to 64"}},
    {"--cpu sse2", {"--cpu", "\"sse2\"", "c, ssse3, avx2, avx512 or neon"}},
    {"devices --threads 2", {"unknown option", "--threads", "--help"}},
    {"devices --cpu c", {"unknown option", "--cpu", "--help"}},
    {"--gray green", {"--gray", "green", "luma or bgr"}},
    {"--size 640", {"--size", "640", "WIDTHxHEIGHT"}},
    {"--resolution 640", {"--size", "640", "WIDTHxHEIGHT"}},
    {"-f", {"--format", "YUYV", "--help"}},
    {"--snapshot _", {"--snapshot", "\"\"", "1 to"}},
    {"--l", {"--l", "several", "--help"}},
    {"--l2=1", {"--l2=1", "no value", "--help"}},
    {"--help=1", {"--help=1", "no value", "--help"}},
    {"--nonsense", {"unknown option", "--nonsense", "--help"}},
    {"--nonsense=3", {"unknown option", "\"--nonsense\"", "--help"}},
    {"--no-fullscreen", {"unknown option", "--no-fullscreen", "--help"}},
    {"-x", {"unknown option", "-x", "--help"}},
    {"-vx", {"unknown option", "-x", "--help"}},
    {"-5", {"unknown option", "-5", "--help"}},
    {"--all", {"unknown option", "--all", "--help"}},
    {"devices --low 3", {"unknown option", "--low", "--help"}},
    {"bench --view 2", {"unknown option", "--view", "--help"}},
    {"bench --loopback x", {"unknown option", "--loopback", "--help"}},
    {"video x --record y", {"unknown option", "--record", "--help"}},
    {"--record-of gray", {"--record-of", "\"gray\"", "seen or edges"}},
    {"bench x", {"bench", "\"x\"", "--help"}},
    {"bench --runs 2", {"--runs", "\"2\"", "from 3 to 100000"}},
    {"video x --codec av9", {"--codec", "\"av9\"", "auto, mpeg4, h264, mjpeg or ffv1"}},
    {"video x --max-frames-in-memory 0", {"--max-frames-in-memory", "\"0\"", "from 1 to 1000"}},
    {"video x --start -1", {"--start", "\"-1\"", "at least 0"}},
    {"video x --prefix y", {"unknown option", "--prefix", "--help"}},
    {"video x --view 2", {"unknown option", "--view", "--help"}},
    {"batch x --codec mpeg4", {"unknown option", "--codec", "--help"}},
    {"--start 3", {"unknown option", "--start", "--help"}},
    {"--runs 9", {"unknown option", "--runs", "--help"}},
    {"--image x", {"unknown option", "--image", "--help"}},
    {"devices x", {"devices", "\"x\"", "--help"}},
    {"a b", {"one SOURCE", "\"a\"", "\"b\""}},
    {"live a b", {"one SOURCE", "\"a\"", "\"b\""}},
    {"-d a b", {"one SOURCE", "\"a\"", "\"b\""}},
    {"a -d b", {"one SOURCE", "\"a\"", "\"b\""}},
    {"a -- b", {"one SOURCE", "\"a\"", "\"b\""}},
    {"-v devices", {"devices", "first word", "./devices"}},
    {"_", {"SOURCE", "empty", "--help"}},
    {"help nothing", {"no help", "\"nothing\"", "--help"}},
    {"help live x", {"help", "\"x\"", "--help"}},
    // What later versions will have is unknown today.
    {"--preset x", {"unknown option", "--preset", "--help"}},
    {"--max-memory -1", {"--max-memory", "\"-1\"", "--help"}},
    {"--print-code cpp", {"unknown option", "--print-code", "--help"}},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        if (parse(c->line) != -EINVAL)
            fail_msg("\"%s\" was accepted", c->line);
        for (int word = 0; word < 3; word++) {
            if (!strstr(problem.text, c->words[word]))
                fail_msg("\"%s\" gave \"%s\", without \"%s\"", c->line, problem.text,
                         c->words[word]);
        }
    }
}

static void test_long_words_do_not_hide_the_hint(void **state)
{
    (void)state;
    char line[256] = "--low ";
    memset(line + 6, '7', 200);
    line[206] = '\0';
    assert_int_equal(parse(line), -EINVAL);
    assert_non_null(strstr(problem.text, "--help"));
}

struct help_case {
    const char *line;
    enum command command;
    const char *topic;
};

static void test_help_and_version(void **state)
{
    (void)state;
    static const struct help_case cases[] = {
        {"--help", COMMAND_HELP, NULL},
        {"-h", COMMAND_HELP, NULL},
        {"live --help", COMMAND_HELP, "live"},
        {"devices -h", COMMAND_HELP, "devices"},
        {"scene --low 3 --help --nonsense", COMMAND_HELP, NULL},
        {"help", COMMAND_HELP, NULL},
        {"help live", COMMAND_HELP, "live"},
        {"help keys", COMMAND_HELP, "keys"},
        {"help memory", COMMAND_HELP, "memory"},
        {"help lab", COMMAND_HELP, "lab"},
        {"--version", COMMAND_VERSION, NULL},
        {"devices --version", COMMAND_VERSION, "devices"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i].line), 0);
        assert_int_equal(options.command, cases[i].command);
        if (cases[i].topic)
            assert_string_equal(options.topic, cases[i].topic);
        else
            assert_null(options.topic);
    }
}

/** The help of a topic; valid until the next call. */
static const char *help_of(const char *topic)
{
    static char text[16384];
    FILE *stream = fmemopen(text, sizeof text, "w");
    assert_non_null(stream);
    options_print_help(stream, topic);
    fclose(stream);
    return text;
}

static bool help_has(const char *help, const struct setting *row)
{
    char name[64];
    bool off = row->type == SETTING_BOOL && row->key;
    snprintf(name, sizeof name, " --%s%s", off ? "[no-]" : "", row->name);
    const char *found = strstr(help, name);
    return found && strchr(" \n", found[strlen(name)]);
}

static void test_help_names_every_option(void **state)
{
    (void)state;
    for (int i = 0; i < setting_count * command_count; i++) {
        const struct setting *row = &setting_table[i / command_count];
        const struct command_info *info = &command_table[i % command_count];
        bool takes = row->flag && row->commands & COMMAND_BIT(info->command);
        if (help_has(help_of(info->name), row) != (takes && !row->hidden))
            fail_msg("help of %s and --%s", info->name, row->name);
    }
}

static void test_help_fits_a_terminal(void **state)
{
    (void)state;
    static const char *const topics[] = {NULL,    "live", "batch", "video",  "devices",
                                         "bench", "help", "keys",  "memory", "lab"};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        const char *help = help_of(topics[i]);
        assert_true(strlen(help) > 40);
        for (const char *line = help; *line; line += strcspn(line, "\n") + 1) {
            if (strcspn(line, "\n") > 80)
                fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
        }
    }
}

/** The environment must not change how words and options mix. */
static void test_posixly_correct(void **state)
{
    (void)state;
    setenv("POSIXLY_CORRECT", "1", 1);
    int result = parse("scene --low 10");
    unsetenv("POSIXLY_CORRECT");
    assert_int_equal(result, 0);
    assert_true(options.settings.canny.low == 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_given_is_exact),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_words_do_not_hide_the_hint),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_help_names_every_option),
        cmocka_unit_test(test_help_fits_a_terminal),
        cmocka_unit_test(test_posixly_correct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
