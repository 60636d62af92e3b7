#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tags of test/github/vector/etag.json, which says where they come from, as C:

    test/vector/etag.py > test/vector/etag.h
"""
import json
from pathlib import Path

CASES = json.loads((Path(__file__).resolve().parent.parent / "github" / "vector" / "etag.json").read_text())["cases"]
WIDTH = 98


def quoted(text: str) -> str:
    """A C literal, cut into lines where it is long."""
    escaped = [json.dumps(char)[1:-1] for char in text]
    lines, line = [], ""
    for char in escaped:
        if len(line) + len(char) > WIDTH - 10:
            lines.append(line)
            line = ""
        line += char
    return "\n     ".join(f'"{part}"' for part in [*lines, line])


print("""/* SPDX-License-Identifier: MIT */
/* Made by test/vector/etag.py; see there for the sources. */
#ifndef GHM_VECTOR_ETAG_H
#define GHM_VECTOR_ETAG_H

/* clang-format off */
static const struct {
    const char *name;
    const char *vary;
    const char *request;
    const char *body;
    const char *hex;
} etag_vectors[] = {""")
for case in CASES:
    vary = case["vary"] if isinstance(case["vary"], str) else ", ".join(case["vary"])
    request = "".join(f"{name}: {value}\n" for name, values in case["request_headers"].items() for value in values)
    fields = (case["name"], vary, request, case["body"], case["etag_hex"])
    print("    {" + ",\n     ".join(quoted(field) for field in fields) + "},")
print("""};
/* clang-format on */

#endif""")
