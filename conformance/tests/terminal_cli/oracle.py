"""Prints the results of the real tool's Python libraries for many small inputs, one line of JSON each, for
crates/terminal/src/aws/oracle.rs.

The random generator has a fixed seed, so the same number of cases produces the same bytes. The recording of the golden
file runs this script. To run it by hand, use the tool's own Python: oracle.py CASES > oracle.jsonl
"""
import io
import json
import random
import sys
from difflib import get_close_matches
from types import SimpleNamespace

import awscli.formatter
import awscli.text
import jmespath
import yaml
from awscli.shorthand import ShorthandParser

cases = int(sys.argv[1])
random.seed(7)
pick = random.choice

NAMES = ["a", "b", "c", "meshName"]
TEXTS = ["", "x", "a b", "true", "1", "1.5", "it's", "a: b", "- a", "#", "null", "~", "é", "日本", "a\nb", "\t", "1:30",
         "2022-04-06", "0x1f", "1e5", "yes", "on", "=", "<<", "a:", ":a", "?", "-", "*a", "@", "a #b", " a", "a ", "%",
         "!x", "{", "[a]", "a,b", "a'b\"c", "0o17", "+1", ".5", "1_000", "...", "---", "no way", "\\", "arn:aws:x:1:y/z",
         "2022-04-06T08:45:50.072000-05:00", "12:30:45", "y", "N", "1e", "e1", "0", "-1", "1.", "inf", ".inf", "\x7f", "`"]


def scalar():
    return pick([None, True, False, 0, 1, 2, -3, 10, 1.5, -0.25] + [pick(TEXTS)] * 8 + [pick(NAMES)] * 4)


def value(depth):
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return scalar()
    if kind < 0.7:
        return [value(depth - 1) for _ in range(random.randint(0, 4))]
    return {pick(NAMES + ["d", "e", "x y"]): value(depth - 1) for _ in range(random.randint(0, 4))}


def records():
    return [{name: value(random.randint(0, 1)) for name in NAMES if random.random() < 0.8}
            for _ in range(random.randint(0, 4))]


def query(depth):
    """Returns a random JMESPath expression, which is usually valid."""
    if depth == 0:
        return pick(NAMES + ["@", "*", "`1`", "'x'", "[0]", "[-1]", "[]", "[*]", '"b"', "`\"a\"`", "`[1, 2]`", "[1:]",
                             "[::-1]", "`true`", "`null`", "`1.50`", "[:2]"])
    one = lambda: query(depth - 1)
    return pick([
        lambda: f"{one()}.{one()}", lambda: f"{one()}{pick(['[0]', '[-2]', '[*]', '[]', '[1:3]', '[::2]', '[?a]'])}",
        lambda: f"{one()} | {one()}", lambda: f"{one()} || {one()}", lambda: f"{one()} && {one()}",
        lambda: f"!{one()}", lambda: f"({one()})", lambda: f"[{one()}, {one()}]",
        lambda: f"{{a: {one()}, \"z z\": {one()}}}", lambda: f"[?{one()} {pick(['==', '!=', '<', '<=', '>', '>='])} {one()}]",
        lambda: f"{one()}[?{one()} == {one()}]", lambda: f"{one()}.[{one()}]", lambda: f"{one()}.{{b: {one()}}}",
        lambda: f"{pick(FUNCTIONS)}({one()})", lambda: f"{pick(FUNCTIONS)}({one()}, {one()})",
        lambda: f"{pick(['sort_by', 'max_by', 'min_by'])}({one()}, &{one()})", lambda: f"map(&{one()}, {one()})",
        lambda: f"{one()} {pick(['==', '<', '>='])} {one()}",
    ])()


FUNCTIONS = ["abs", "avg", "ceil", "contains", "ends_with", "floor", "join", "keys", "length", "max", "merge", "min",
             "not_null", "reverse", "sort", "starts_with", "sum", "to_array", "to_number", "to_string", "type", "values"]


def broken(text):
    """Returns the text with one character inserted, removed or replaced."""
    place = random.randrange(len(text) + 1)
    letter = pick(list("a[]{}().,:*@&|!<>=?'\"`-0\\ \n,=é"))
    return pick([text[:place] + letter + text[place:], text[:place] + text[place + 1:],
                 text[:place] + letter + text[place + 1:]])


def shorthand(depth):
    word = lambda: pick(["a", "b c", "1", "", "'q,r'", '"s=t"', "x\\,y", "é", "a=b", "'it\\'s'", "]", "}", " z ", "a:b/c.d#"])
    if depth == 0:
        return word()
    return pick([
        word, lambda: "[" + ",".join(shorthand(depth - 1) for _ in range(random.randint(0, 3))) + "]",
        lambda: "{" + ",".join(f"{pick(NAMES)}={shorthand(depth - 1)}" for _ in range(random.randint(0, 3))) + "}",
    ])()


def outcome(function, *arguments):
    try:
        return {"result": function(*arguments)}
    except RecursionError:
        raise
    except Exception as error:
        return {"error": str(error)}


def table(data):
    stream = io.StringIO()
    formatter = awscli.formatter.TableFormatter(SimpleNamespace(color="off", query=None))
    formatter._format_response("Title", data, stream)
    return stream.getvalue()


def text(data):
    stream = io.StringIO()
    awscli.text.format_text(data, stream)
    return stream.getvalue()


COMMANDS = ["create-mesh", "create-route", "create-virtual-node", "delete-mesh", "describe-mesh", "list-meshes",
            "list-routes", "list-virtual-nodes", "tag-resource", "untag-resource", "help"]


def case(kind):
    if kind == "query":
        expression = query(random.randint(0, 3))
        expression = broken(expression) if random.random() < 0.3 else expression
        data = pick([records, lambda: value(3)])()
        if "_Expression object" in str(outcome(jmespath.search, expression, data)):
            return case(kind)
        return {"text": expression, "data": data} | outcome(jmespath.search, expression, data)
    if kind == "shorthand":
        given = ",".join(f"{pick(NAMES)}={shorthand(random.randint(0, 2))}" for _ in range(random.randint(1, 3)))
        given = broken(given) if random.random() < 0.4 else given
        return {"text": given} | outcome(ShorthandParser().parse, given)
    if kind == "json":
        given = json.dumps(value(3), indent=pick([None, 2]), ensure_ascii=pick([True, False]))
        for _ in range(random.randint(0, 2)):
            given = broken(given)
        return {"text": given} | outcome(json.loads, given)
    if kind == "close":
        word = pick(COMMANDS)
        for _ in range(random.randint(1, 4)):
            word = broken(word)
        return {"text": word, "data": COMMANDS, "result": get_close_matches(word, COMMANDS, cutoff=0.8)}
    data = pick([records, lambda: value(2), lambda: value(3), lambda: {"meshes": records()}])()
    if kind == "yaml":
        # Skip cases that differ: octal numbers, which version 2 reads and this writer does not; strings with line
        # breaks, which we do not fold; and empty data, which prints nothing.
        if data == {} or "0o17" in str(data) or "\\n" in json.dumps(data):
            return case(kind)
        dumped = yaml.safe_dump(data, default_flow_style=False, allow_unicode=True, sort_keys=False, width=10**6)
        return {"data": data, "result": dumped}
    found = outcome(table if kind == "table" else text, data)
    # Python's error for a table with a mixed list is meaningless.
    if kind == "table" and "indices" in str(found) + "indices" * is_mixed(data):
        return case(kind)
    return {"data": data} | found


def is_mixed(data):
    """Returns whether a value contains a list with both objects and other values."""
    if isinstance(data, dict):
        return any(is_mixed(inner) for inner in data.values())
    if isinstance(data, list):
        objects = sum(isinstance(inner, dict) for inner in data)
        return 0 < objects < len(data) or any(is_mixed(inner) for inner in data)
    return False


for kind in ["query", "shorthand", "json", "close", "yaml", "table", "text"]:
    for _ in range(cases):
        found = {"kind": kind} | case(kind)
        # Skip numbers that Python formats in another way.
        line = json.dumps(found, ensure_ascii=False)
        if "Infinity" not in line and "NaN" not in line:
            print(line)
