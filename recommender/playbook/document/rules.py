"""Rules that a schema cannot express, in a form that the reader turns into a problem with its line."""

from pydantic_core import PydanticCustomError

from recommender.errors import PlaybookProblem

RULE = "playbook_rule"
CONDITION = "playbook_condition"


def broken_rule(
    message: str,
    *,
    expected: str = "",
    found: str = "",
    remedy: str = "",
    at: tuple[str | int, ...] = (),
    among: tuple[str, ...] = (),
) -> PydanticCustomError:
    """Return the error that a validator raises.

    Parameters
    ----------
    at
        Where below the value that is validated, such as ``("until",)``.
    among
        Settings of one table, the validated one included, that the rule is about together: it is told at the last of them
        that is written, and at the table itself where none is.
    """
    return PydanticCustomError(
        RULE,
        "{message}",
        {
            "message": message,
            "expected": expected,
            "found": found,
            "remedy": remedy,
            "at": at,
            "among": among,
        },
    )


def quoting(rule: PydanticCustomError, *names: str) -> PydanticCustomError:
    """Return a rule that quotes settings of the table it is about.

    Parameters
    ----------
    names
        ``{after}`` in what is expected and found stands for ``after`` as the file has it.
    """
    return PydanticCustomError(RULE, "{message}", {**(rule.context or {}), "quoted": names})


def broken_condition(problem: PlaybookProblem) -> PydanticCustomError:
    """Return the error of a condition; the place within its text goes along."""
    return PydanticCustomError(CONDITION, "{problem}", {"problem": problem})
