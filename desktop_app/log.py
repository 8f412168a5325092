"""The program's own log: in memory and on standard error, never in a file.

What may name people or files is shown, never logged: an error goes in by the name of its class.
"""

import logging

LOGGER = logging.getLogger("skrynia")


def bug(error: BaseException) -> None:
    """Note an error that nobody expected, without its words: they may hold what a file said."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"{module}.{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    LOGGER.error("bug: %s at %s", type(error).__name__, " > ".join(frames[-6:]))
