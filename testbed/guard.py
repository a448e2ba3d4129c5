"""What keeps a lab whole while people press keys: one holder at a time, and an orderly end for every signal."""
import contextlib
import fcntl
import os
import pathlib
import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LabError(Exception):
    """A sentence for people."""


class Interrupted(KeyboardInterrupt):
    """SIGINT, SIGTERM or SIGHUP came. From then on all three are ignored, so that cleaning up is not interrupted."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number  # as a shell tells it


_deferring = 0
_deferred = None


def ignore_stops():
    """The three signals are ignored from here on, by this process and by all that it starts."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number, _frame):
    global _deferred
    if _deferring:
        _deferred = number
        return
    ignore_stops()
    raise Interrupted(number)


@contextlib.contextmanager
def stoppable():
    """Inside, SIGINT, SIGTERM and SIGHUP raise Interrupted, once; after it they are ignored: what follows is cleaning up.
    What was ignored before (nohup) stays ignored."""
    for number in STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        ignore_stops()


@contextlib.contextmanager
def deferred():
    """A signal that comes inside raises Interrupted at the end: for steps that are written down after they are done."""
    global _deferring, _deferred
    _deferring += 1
    try:
        yield
    finally:
        _deferring -= 1
    if not _deferring and _deferred is not None:
        number, _deferred = _deferred, None
        _stop(number, None)


@contextlib.contextmanager
def held(name, what, run="/run"):
    """Holds the lab of that name for one process; LabError when another has it. `what` tells the other who we are, for
    example "a demo". The lock ends with the process, whichever way; its file goes with an orderly end."""
    path = pathlib.Path(run) / f"demarc-{name}.lock"
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 200, 0).decode(errors="replace").strip()
            os.close(fd)
            raise LabError(f"{holder or 'another process'}; it holds lab \"{name}\". Wait for it, or end it") from None
        # The holder before us may have removed this very file between our open and our lock.
        if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
            break
        os.close(fd)
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{what} is running (pid {os.getpid()})\n".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(fd)
