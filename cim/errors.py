"""Errors, one family for each next step of the caller.

    CimError
    ├── InputError         (ValueError)   400  mend the value and ask again
    │   ├── CostlyError                   400  ask for less
    │   └── ConflictError                 409  look at what is there, then ask again
    │       └── OutdatedError             412  read it again, it changed meanwhile
    ├── NotFoundError      (LookupError)  404  ask for something that exists
    │   └── GoneError                     410  stop asking: it was taken back
    ├── UnsupportedError   (ValueError)   501  choose a supported feature
    ├── SourceDataError    (ValueError)   422  mend the source data
    ├── ConfigError        (ValueError)   exit 2  mend cim.toml or the installation
    └── BackendError       (OSError)      503  wait, free space, or call the operator

A message is one line; it names the value at fault and the legal ones.
"""

from collections.abc import Iterable


class CimError(Exception):
    """Root of every error that is the caller's to act on."""


class InputError(CimError, ValueError):
    """A value given by the caller is not legal."""


class CostlyError(InputError):
    """What is asked for takes more time than one request may."""


class ConflictError(InputError):
    """What was asked for would contradict what is there: 409, look at it and ask again."""


class OutdatedError(ConflictError):
    """What is to be changed changed since the caller read it."""


class NotFoundError(CimError, LookupError):
    """What was asked for does not exist."""

    def __str__(self) -> str:
        """The plain message (LookupError subclasses may quote it)."""
        return str(self.args[0]) if self.args else ""


class GoneError(NotFoundError):
    """What was asked for was there and was taken back; the message says when and why."""


class UnsupportedError(CimError, ValueError):
    """The request is legal, but this program does not do it."""


class SourceDataError(CimError, ValueError):
    """A source file or one of its records cannot be used.

    Args:
        reason: What is wrong and what is legal.
        where: File, and where known layer, record and field at fault.
    """

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.reason = reason
        self.where = where


class ConfigError(CimError, ValueError):
    """The workspace or the installation is set up wrongly."""


class BackendError(CimError, OSError):
    """The store or the machine refused: disk full, locked, unreachable."""


MOST_NAMED = 20
"""Legal values that a message names."""


def named(names: Iterable[str], otherwise: str) -> str:
    """Legal values for a message: all if they are few, else the first of them and how many more.

    Args:
        names: The values.
        otherwise: What to say when there are none.
    """
    listed = list(names)
    more = len(listed) - MOST_NAMED
    some = ", ".join(listed[:MOST_NAMED]) or otherwise
    return f"{some} and {more} more" if more > 0 else some
