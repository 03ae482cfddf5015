#pragma once

/**
 * @file
 * The command line: which command, with which settings.
 *
 *     cannyscope [live] [SOURCE] [options]
 *     cannyscope batch INPUT... -o DIR [options]
 *     cannyscope video INPUT -o FILE [options]
 *     cannyscope devices [options]
 *     cannyscope bench [options]
 *     cannyscope help [command | keys | memory]
 *
 * Parsing follows getopt_long(): --opt=v and --opt v, unambiguous beginnings of long names, options
 * and words in any order, the last of two equal options wins, and "--" ends the options.
 */

#include "app/settings.h"

#include <stdio.h>

#ifndef CANNYSCOPE_VERSION
#define CANNYSCOPE_VERSION "0.1.0"
#endif

/** What the process tells whoever started it. */
enum exit_code {
    EXIT_CODE_DONE = 0,          ///< also when the user quits
    EXIT_CODE_BROKEN = 1,        ///< could not start, or broke while running
    EXIT_CODE_USAGE = 2,         ///< the command line made no sense
    EXIT_CODE_PARTLY = 3,        ///< some inputs failed, the others are done
    EXIT_CODE_INTERRUPTED = 130, ///< SIGINT
    EXIT_CODE_TERMINATED = 143,  ///< SIGTERM
};

/** What the command line said. */
struct options {
    enum command command;
    const char *topic;        ///< of COMMAND_HELP: a command, "keys", "memory", or NULL for all
    struct settings settings; ///< defaults where the command line said nothing
    struct setting_set given; ///< what the command line set
    const char **inputs;      ///< words of a command that takes many, of argv; options_free()
    int input_count;
};

/**
 * Reads the command line. Settings then hold by precedence: take settings_reset(), let
 * config_open() change them, then settings_merge() with `settings` and `given`.
 *
 * @param options Filled on success; unspecified on failure.
 * @param argv    argc words, the program's name first. Not changed; must outlive the options.
 * @param err     Filled on failure: the option, the value, what is allowed, where help is.
 * @return 0, -ENOMEM or -EINVAL: print the sentence and end, with EXIT_CODE_USAGE if it is -EINVAL.
 *         The options are to be freed in any case.
 *
 * Main thread only: getopt_long() keeps its place in variables of the C library.
 */
int options_parse(struct options *options, int argc, char *const argv[], struct error *err);

/** Frees the list of inputs. */
void options_free(struct options *options);

/**
 * Prints the help of a topic, read off the tables of commands, settings and keys.
 *
 * @param topic As in struct options; an unknown one prints everything.
 */
void options_print_help(FILE *out, const char *topic);

/** Prints the program's name and version. */
void options_print_version(FILE *out);

/** One row of the table of commands. */
struct command_info {
    enum command command;
    const char *name;
    const char *usage;   ///< what follows the program's name
    const char *summary; ///< one phrase
    const char *text;    ///< a paragraph for its own help, lines of at most 80 columns; or ""
    bool source;         ///< takes a SOURCE
    bool inputs;         ///< takes any number of files and folders
};

/** The commands with a row of their own, in the order of the help. */
extern const struct command_info command_table[];
extern const int command_count;

/** The row with this name; NULL if there is none. */
const struct command_info *command_find(const char *name);
