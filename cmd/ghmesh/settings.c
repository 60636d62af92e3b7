/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static int print_json(const ghm_config *config)
{
    const char *value;
    const char *source;
    json_t *object = json_object();
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        const char *name = ghm_config_at(config, &value, &source, i);
        (void)json_object_set_new(object, name,
                                  json_pack("{s:s, s:s, s:s}", "value", value, "source", source,
                                            "meaning", ghm_config_meaning((enum ghm_setting)i)));
    }
    int failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(object);
    return failed == 0 && puts("") >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

static int print_text(const ghm_config *config)
{
    const char *value;
    const char *source;
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        const char *name = ghm_config_at(config, &value, &source, i);
        const char *aliases = ghm_config_aliases((enum ghm_setting)i);
        (void)printf("%s=%s\n    from %s; %s%s%s\n", name, value, source,
                     ghm_config_meaning((enum ghm_setting)i), *aliases != '\0' ? "; also: " : "",
                     aliases);
    }
    return EXIT_DONE;
}

int command_config(int argc, char **argv)
{
    int code = EXIT_LOCAL;
    bool is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !is_json) return command_usage("config", "unknown argument \"%s\"", argv[1]);
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    code = is_json ? print_json(config) : print_text(config);
    ghm_config_free(config);
    return code;
}
