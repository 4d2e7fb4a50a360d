"""``rapport replay``: make one stored decision again and compare it byte for byte."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.replaying import Replayed

EXIT_DIFFERENT = 1


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command()(replay)


def replay(decision: Annotated[str, typer.Argument(help="The decision_id of an answer.")]) -> None:
    """Decide again what a receipt says, as of then, and compare: exact on the same engine and machine; exit code 1 if not."""
    from recommender.types import DecisionId
    from training.installation import Installation
    from training.replaying import replay_decision

    installation = Installation.named()
    with installation.open_log() as log:
        found = replay_decision(log, installation.registry(), DecisionId(decision.partition("#")[0]))
    _print(found)
    if not found.is_exact:
        raise typer.Exit(EXIT_DIFFERENT)


def _print(found: "Replayed") -> None:
    from training.console import say

    decision = found.receipt.decision
    whom = "nobody in particular" if found.customer_id is None else found.customer_id
    say(f"Decision {decision.decision_id} for {whom}, {found.decided_at:%Y-%m-%d %H:%M:%S} UTC")
    say(
        f"Customer version {decision.customer_version}, model {decision.model_version}, catalogue "
        f"{decision.catalogue_version}, playbook {decision.playbook_version[:12]}"
    )
    for note in found.notes:
        say(note)
    if found.is_exact:
        say(f"Replayed byte for byte: {len(decision.actions)} actions, a receipt of {found.size} bytes.")
        return
    say("It comes out otherwise now:")
    for line in found.differences:
        typer.echo(f"  {line}")
