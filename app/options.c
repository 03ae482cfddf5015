// The command line, by getopt_long() with a list made from the table of settings.
//
// Source: getopt_long(3). The short options begin with "-:": "-" hands words that are no options
// out in their place, as option 1, so argv is not reordered; ":" tells a missing argument from an
// unknown option and keeps the library from printing.

#include "app/options.h"

#include "processing/memory.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

/** More than three long names a setting are never made: name, alias, no-name. */
enum {
    LONG_MAX_COUNT = 3 * SETTINGS_MAX + 3,
    SHORT_BYTES = 3 * SETTINGS_MAX + 4,
    NEGATIVE_BYTES = 32
};

/** What getopt_long() returns for long options: this plus twice the row, plus 1 for --no-name. */
enum { WORD = 1, HELP = 'h', VERSION = 0x100, FIRST_SETTING = 0x200 };

#define HINT "; see cannyscope --help"

/** The options of one command in getopt's form. */
struct accepted {
    struct option list[LONG_MAX_COUNT];
    int count;
    char letters[SHORT_BYTES];
    char negatives[SETTINGS_MAX][NEGATIVE_BYTES]; ///< the names --no-x, by row
};

/** One run over a command line. */
struct parser {
    struct options *options;
    const struct command_info *command;
    bool named;         ///< the command was given, not assumed
    const char *word;   ///< SOURCE given as a word
    const char *device; ///< SOURCE given as an option
    struct error *err;
};

static void accept_long(struct accepted *accepted, const char *name, int argument, int value)
{
    accepted->list[accepted->count++] =
        (struct option){.name = name, .has_arg = argument, .val = value};
}

static void accept_letter(struct accepted *accepted, const struct setting *row)
{
    size_t used = strlen(accepted->letters);
    snprintf(accepted->letters + used, sizeof accepted->letters - used, "%c%s", row->letter,
             row->type == SETTING_BOOL ? "" : ":");
}

static void accept_setting(struct accepted *accepted, const struct setting *row)
{
    int index = setting_index(row);
    int value = FIRST_SETTING + 2 * index;
    int argument = row->type == SETTING_BOOL ? no_argument : required_argument;
    accept_long(accepted, row->name, argument, value);
    if (row->alias)
        accept_long(accepted, row->alias, argument, value);
    if (row->letter)
        accept_letter(accepted, row);
    if (row->type == SETTING_BOOL && row->key) {
        snprintf(accepted->negatives[index], NEGATIVE_BYTES, "no-%s", row->name);
        accept_long(accepted, accepted->negatives[index], no_argument, value + 1);
    }
}

static void accept_command(struct accepted *accepted, enum command command)
{
    snprintf(accepted->letters, sizeof accepted->letters, "-:h");
    accept_long(accepted, "help", no_argument, HELP);
    accept_long(accepted, "version", no_argument, VERSION);
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        if (row->flag && row->commands & COMMAND_BIT(command))
            accept_setting(accepted, row);
    }
}

/** The row that a returned option stands for; NULL for a letter that no row has. */
static const struct setting *row_of(int option)
{
    if (option >= FIRST_SETTING)
        return &setting_table[(option - FIRST_SETTING) / 2];
    for (int i = 0; i < setting_count; i++) {
        if (setting_table[i].letter && setting_table[i].letter == option)
            return &setting_table[i];
    }
    return NULL;
}

static int refuse_value(const struct setting *row, const char *value, struct error *err)
{
    char allowed[256];
    setting_allowed(row, allowed, sizeof allowed);
    if (!value)
        return error_set(err, -EINVAL, "--%s needs a value: %s" HINT, row->name, allowed);
    return error_set(err, -EINVAL, "--%s \"%.80s\" is not allowed: give %s" HINT, row->name, value,
                     allowed);
}

static int take_setting(struct parser *parser, int option)
{
    const struct setting *row = row_of(option);
    bool negative = option >= FIRST_SETTING && (option - FIRST_SETTING) % 2;
    const char *value = row->type != SETTING_BOOL ? optarg : negative ? "0" : "1";
    if (setting_parse(row, value, &parser->options->settings) < 0)
        return refuse_value(row, value, parser->err);
    if (row->offset == offsetof(struct settings, source))
        parser->device = optarg;
    parser->options->given.has[setting_index(row)] = true;
    return 0;
}

static int take_word(struct parser *parser, const char *word)
{
    if (parser->command->inputs) {
        parser->options->inputs[parser->options->input_count++] = word;
        return 0;
    }
    if (!parser->command->source)
        return error_set(parser->err, -EINVAL, "%s does not take \"%.80s\"" HINT,
                         parser->command->name, word);
    if (parser->word)
        return error_set(parser->err, -EINVAL,
                         "only one SOURCE is possible, not both \"%.80s\" and \"%.80s\"" HINT,
                         parser->word, word);
    parser->word = word;
    return 0;
}

/** A command's name after options is more likely meant as one than as a file; "--" says so. */
static int refuse_late_command(const struct parser *parser, const char *word)
{
    if (parser->named || parser->word || !command_find(word))
        return 0;
    return error_set(parser->err, -EINVAL,
                     "\"%s\" must be the first word, or \"./%s\" if it is a file" HINT, word, word);
}

/** How many names begin with this, when none is equal to it. */
static int count_beginnings(const struct accepted *accepted, const char *name, size_t length)
{
    int count = 0;
    for (int i = 0; i < accepted->count; i++)
        count += strncmp(accepted->list[i].name, name, length) == 0;
    return count;
}

static int refuse_option(const struct accepted *accepted, const char *word, struct error *err)
{
    // A known long option is refused only for an argument that it does not take.
    if (optopt >= VERSION || (optopt == HELP && strncmp(word, "--", 2) == 0))
        return error_set(err, -EINVAL, "\"%.80s\": this option takes no value" HINT, word);
    if (optopt)
        return error_set(err, -EINVAL, "unknown option \"-%c\"" HINT, optopt);
    int shown = (int)strcspn(word, "=");
    if (count_beginnings(accepted, word + 2, (size_t)shown - 2) > 1)
        return error_set(err, -EINVAL, "\"%.*s\" could mean several options" HINT, shown, word);
    return error_set(err, -EINVAL, "unknown option \"%.*s\"" HINT, shown < 80 ? shown : 80, word);
}

/** Ends the run in favour of a text to print. */
static int turn_into(struct parser *parser, enum command command)
{
    parser->options->command = command;
    parser->options->topic = parser->named ? parser->command->name : NULL;
    return 0;
}

/** Takes what getopt_long() returned; `word` is the one it came from. */
static int take_option(struct parser *parser, const struct accepted *accepted, int option,
                       const char *word)
{
    if (option == ':')
        return refuse_value(row_of(optopt), NULL, parser->err);
    if (option == '?')
        return refuse_option(accepted, word, parser->err);
    if (option != WORD)
        return take_setting(parser, option);
    int result = refuse_late_command(parser, optarg);
    return result < 0 ? result : take_word(parser, optarg);
}

static int take_options(struct parser *parser, const struct accepted *accepted, int argc,
                        char *const argv[])
{
    int result = 0;
    optind = 0; // GNU: forget every earlier command line
    while (result == 0) {
        int option = getopt_long(argc, argv, accepted->letters, accepted->list, NULL);
        if (option < 0)
            break;
        if (option == HELP || option == VERSION)
            return turn_into(parser, option == HELP ? COMMAND_HELP : COMMAND_VERSION);
        result = take_option(parser, accepted, option, argv[optind - 1]);
    }
    for (int i = optind; result == 0 && i < argc; i++)
        result = take_word(parser, argv[i]);
    return result;
}

/** SOURCE may be a word or an option, but only one of them. */
static int settle_source(struct parser *parser)
{
    const struct setting *row = setting_find("device");
    if (!parser->word)
        return 0;
    if (parser->device)
        return error_set(parser->err, -EINVAL,
                         "only one SOURCE is possible, not both \"%.80s\" and \"%.80s\"" HINT,
                         parser->device, parser->word);
    if (setting_parse(row, parser->word, &parser->options->settings) < 0)
        return error_set(parser->err, -EINVAL, "SOURCE is empty or too long" HINT);
    parser->options->given.has[setting_index(row)] = true;
    return 0;
}

/** cannyscope help [topic] */
static int parse_help(struct options *options, int argc, char *const argv[], struct error *err)
{
    const char *topic = argc > 1 ? argv[1] : NULL;
    if (argc > 2)
        return error_set(err, -EINVAL, "help takes one word at most, not also \"%.80s\"" HINT,
                         argv[2]);
    bool known = !topic || strcmp(topic, "keys") == 0 || strcmp(topic, "memory") == 0 ||
                 strcmp(topic, "lab") == 0;
    if (!known && !command_find(topic))
        return error_set(err, -EINVAL, "there is no help on \"%.80s\"" HINT, topic);
    options->topic = topic;
    return 0;
}

int options_parse(struct options *options, int argc, char *const argv[], struct error *err)
{
    *options = (struct options){.command = COMMAND_LIVE};
    settings_reset(&options->settings);

    struct parser parser = {.options = options, .command = command_table, .err = err};
    const struct command_info *first = argc > 1 ? command_find(argv[1]) : NULL;
    if (first) {
        parser.command = first;
        parser.named = true;
        options->command = first->command;
        // The command's name stands in the place of the program's.
        argc--;
        argv++;
    }
    if (options->command == COMMAND_HELP)
        return parse_help(options, argc, argv, err);

    options->inputs = memory_alloc(MEMORY_OTHER, (size_t)argc * sizeof *options->inputs);
    if (!options->inputs)
        return error_set(err, -ENOMEM, "Not enough memory for %d words", argc);
    struct accepted accepted = {.count = 0};
    accept_command(&accepted, options->command);
    int result = take_options(&parser, &accepted, argc, argv);
    if (result == 0 && options->command != COMMAND_HELP && options->command != COMMAND_VERSION)
        result = settle_source(&parser);
    return result;
}

void options_free(struct options *options)
{
    memory_free(options->inputs);
    options->inputs = NULL;
}
