"""What an export says about itself: what was said to how many, and why the others were left out."""

from collections import Counter
from typing import TYPE_CHECKING

from training.export_tally import is_gate

if TYPE_CHECKING:
    from rich.table import Table

    from recommender.playbook.model import Playbook
    from training.export import ExportRequest, ExportSummary


def report_lines(summary: "ExportSummary", request: "ExportRequest") -> list[str]:
    """Return the report as sentences, the result first after what became of an interrupted export."""
    tally = summary.tally
    lines = []
    if summary.message:
        message = f"{summary.message[0].upper()}{summary.message[1:]}"
        lines.append(f"{message}; {summary.reused:,} customers were done.")
    lines.append(
        f"{tally.rows:,} actions for {summary.customers:,} customers "
        f"as of {summary.as_of:%Y-%m-%d %H:%M:%S} UTC, written to {request.out}"
    )
    if not summary.customers:
        who = "known" if request.condition is None else "in the audience"
        lines.append(f"Nobody was {who} then, so there is nothing in it.")
    if summary.erased:
        lines.append(f"{summary.erased:,} of the named customers were erased: they are not in it.")
    if request.left_out is not None:
        silent = sum(tally.without.values())
        lines.append(
            f"{silent:,} customers to whom nothing is said, each with the reason: {request.left_out}"
        )
    if request.condition is not None:
        lines.append(f"{tally.outside:,} others are not in the audience.")
    return lines


def plain_lines(summary: "ExportSummary") -> list[str]:
    """Return what more there is to say where no playbook decides."""
    tally = summary.tally
    lines = []
    if tally.cold:
        lines.append(f"Nothing is known of {tally.cold:,} of them: they got what is popular.")
    return lines + [
        f"{count:,} have no action: {_words(gate)}" for gate, count in summary.without.most_common()
    ]


def playbook_lines(summary: "ExportSummary", request: "ExportRequest", playbook: "Playbook") -> list[str]:
    """Return what more there is to say of the decisions of a playbook.

    Parameters
    ----------
    summary, request
        Of the export.
    playbook
        What decided.
    """
    tally = summary.tally
    silent = sum(tally.without.values())
    lines = [f"Decided by the playbook {playbook.name}, version {playbook.version[:12]}{_priced(playbook)}."]
    if silent:
        why = ", ".join(f"{_words(one)} {count:,}" for one, count in tally.without.most_common())
        lines.append(f"Nothing is said to {silent:,} (do_nothing): {why}")
    if tally.waiting:
        lines.append(f"For {tally.waiting:,} something waits until a contact limit opens.")
    channel = request.decision.channel
    if channel is None and playbook.channels:
        lines.append("No --channel was named: consent, contact limits and quiet hours bind nothing here.")
    elif channel is not None and not playbook.channels:
        lines.append(
            "The playbook declares no channels: consent, contact limits and quiet hours bind nothing here."
        )
    lines.append(
        "This is a preview: no contact and no goodwill is reserved. When it is sent, ask the API again with a request_id."
    )
    return lines


def action_table(summary: "ExportSummary", request: "ExportRequest", playbook: "Playbook") -> "Table":
    """Return what each action of the playbook came to: how often it is said, and why it was left out for how many."""
    from rich.table import Table

    table = Table("action", "kind", "said", "gates kept it from", "other reasons", box=None, pad_edge=False)
    wanted = request.decision.actions
    for action in playbook.actions:
        if wanted is not None and action.kind not in wanted:
            continue
        reasons = {why: n for (name, why), n in summary.tally.left_out.items() if name == action.id}
        gates = Counter({why: n for why, n in reasons.items() if is_gate(why)})
        rest = Counter({why: n for why, n in reasons.items() if not is_gate(why)})
        said = summary.tally.said[action.id]
        table.add_row(action.id, action.kind.value, f"{said:,}", _counted(gates), _counted(rest))
    return table


def _priced(playbook: "Playbook") -> str:
    return "" if playbook.currency is None else f"; money is {playbook.currency}"


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{_words(why)} {n:,}" for why, n in reasons.most_common()) or "-"


def _words(code: str) -> str:
    return code.replace("_", " ")
