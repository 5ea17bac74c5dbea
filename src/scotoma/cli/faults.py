"""An exception -> one line for people that says what is wrong and what to do."""

from __future__ import annotations

import errno

from typer.exceptions import TyperException

from scotoma.cli.terminal import clean

FAILED = 2
"""Exit code: the command could not be done."""

STOPPED = 130
"""Exit code: stopped with Ctrl-C (128 + SIGINT)."""

_WHAT_TO_DO = {
    errno.ENOSPC: "the disk is full: free some space and try again",
    errno.EDQUOT: "the disk quota is used up: free some space and try again",
    errno.EROFS: "this disk is read-only: choose a folder that you may write to",
    errno.EACCES: "permission denied: choose a file or folder that you may read and write",
    errno.EPERM: "permission denied: choose a file or folder that you may read and write",
    errno.ENOENT: "there is no such file or folder: check the path",
    errno.ENOTDIR: "a part of this path is a file, not a folder: choose another path",
    errno.EISDIR: "this is a folder, not a file: choose another path",
    errno.EEXIST: "this exists already: choose another path",
    errno.EMFILE: "too many files are open: raise the limit with ulimit -n, or use fewer workers",
    errno.EADDRINUSE: "this port is taken: choose another one with --port",
    errno.EADDRNOTAVAIL: "this address is not one of this machine: choose another --host",
    errno.ENOMEM: "out of memory: use fewer workers or smaller batches",
}


def one_line(error: Exception) -> str:
    """What to print after "error: ". Control characters are made visible, line breaks become blanks."""
    if isinstance(error, TyperException):
        told = error.format_message().rstrip(".")
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "scotoma"
        return clean(f"{told} (see {where} --help)")
    if isinstance(error, OSError):
        advice = _WHAT_TO_DO.get(error.errno or 0, error.strerror or str(error))
        return clean(f"{error.filename}: {advice}" if error.filename else advice)
    return clean(str(error))
