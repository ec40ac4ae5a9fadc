"""Runs the real AWS CLI (version 1) for many command lines in one process. Each command line runs in a fork, which has
the imports already and no state of other command lines.

Each line of standard input is {"words": [...], "folder": "..."}; for each of them, one line of standard output is
{"stdout": "...", "stderr": "...", "code": 0}.
"""
import json
import os
import random
import sys
import tempfile
import time

import awscli.clidriver
import awscli.customizations.commands  # noqa: F401 (what most lines need, before the first fork)
import botocore.session

sys.argv[0] = "aws"
# A skeleton contains a random choice from the words of an enumeration; the first one is valid, too, and always the
# same.
random.choice = lambda words: words[0]
# There is no wait before a failing service is retried.
time.sleep = lambda seconds: None
# Load the service's model once, for all forks.
_session = botocore.session.get_session()
for _service in ("appmesh",):
    _session.get_service_model(_service)


def child(words, out, err):
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    try:
        sys.argv[1:] = words
        code = awscli.clidriver.create_clidriver().main(words)
    except SystemExit as end:
        code = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    asked = json.loads(line)
    os.chdir(asked["folder"])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = os.fork()
        if process == 0:
            child(asked["words"], out, err)
        _, status = os.waitpid(process, 0)
        out.seek(0)
        err.seek(0)
        answer = {
            "stdout": out.read().decode(),
            "stderr": err.read().decode(),
            "code": os.waitstatus_to_exitcode(status),
        }
    print(json.dumps(answer), flush=True)
