"""``rapport playbook``, as it is typed, and the pages that are generated."""

import json
import tomllib
from pathlib import Path

import pytest
import typer

from recommender.engine.cli import build_app, run
from recommender.playbook.examples import EXAMPLES
from training.commands import playbook
from training.playbook_reference import generated_parts, schema_text, with_generated_parts

DOCS = Path(__file__).parents[2] / "docs"
WRONG = '[playbook]\nname = "Shop"\ncurrency = "EURO"\ncolour = "red"\n'
RIGHT = '[playbook]\nname = "Shop"\ncurrency = "EUR"\n'


@pytest.fixture
def app() -> typer.Typer:
    built, _ = build_app([])
    playbook.register(built)
    return built


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; the command leaves its place in the environment, which is undone here."""
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RAPPORT_PLAYBOOK", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_check_tells_every_mistake_with_file_and_line_and_exits_with_1(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shop.toml").write_text(WRONG)
    assert run(app, ["playbook", "check", "shop.toml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("shop.toml:3: playbook.currency: this is no currency")
    assert lines[1].startswith("shop.toml:4: playbook.colour: unknown setting")


def test_a_number_that_no_program_reads_is_told_with_its_line(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shop.toml").write_text(f"{RIGHT}[levers]\nxmas = {'9' * 5_000}\n")
    assert run(app, ["playbook", "check", "shop.toml"]) == 1
    assert capsys.readouterr().out.startswith("shop.toml:5: the number is too large: expected a whole number")


def test_check_says_in_one_line_what_a_good_playbook_holds(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shop.toml").write_text(RIGHT)
    assert run(app, ["playbook", "check", "shop.toml"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("shop.toml: good. Shop: 0 actions, 0 service plans, 0 channels, 0 caps; version ")


def test_a_file_that_is_not_there_is_told_with_a_way_to_begin(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["playbook", "check"]) == 2
    assert "rapport playbook example jeweller" in capsys.readouterr().err
    assert run(app, ["playbook", "show", "nothing.toml"]) == 2


def test_without_a_file_the_one_of_the_home_is_meant_and_the_variable_comes_first(
    app: typer.Typer, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["playbook", "show"]) == 0
    shown = capsys.readouterr().out
    assert "There is no" in shown
    assert "buy_again" in shown
    (home / "playbook.toml").write_text(RIGHT)
    assert run(app, ["playbook", "show"]) == 0
    assert capsys.readouterr().out.startswith("Shop: EUR, UTC")
    Path("other.toml").write_text(RIGHT.replace("Shop", "Other"))
    monkeypatch.setenv("RAPPORT_PLAYBOOK", "other.toml")
    assert run(app, ["playbook", "check"]) == 0
    assert "Other: 0 actions" in capsys.readouterr().out


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_printed_is_good_and_can_be_shown(
    name: str, app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["playbook", "example", name]) == 0
    text = capsys.readouterr().out
    Path("mine.toml").write_text(text)
    assert run(app, ["playbook", "check", "mine.toml"]) == 0
    capsys.readouterr()
    assert run(app, ["playbook", "show", "mine.toml"]) == 0
    shown = capsys.readouterr().out
    raw = tomllib.loads(text)
    for action in raw["actions"]:
        assert action["id"] in shown
    for plan in raw.get("service_plans", []):
        assert plan["id"] in shown
    assert "between two contacts" in shown
    assert "quiet from" in shown


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York", "Etc/GMT+12"])
@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("1970-01-01", "9998-12-31T23:59:59"),
        ("1970-01-01T00:00:00+14:00", "9998-12-31T23:59:59-12:00"),
    ],
)
def test_every_date_that_is_accepted_can_be_shown(
    zone: str, began: str, ended: str, app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dates = f'[[actions]]\nid = "a"\nkind = "win_back"\nvalue = 1\nfrom = {began}\nuntil = {ended}\n'
    Path("odd.toml").write_text(f'{RIGHT}time_zone = "{zone}"\n{dates}')
    assert run(app, ["playbook", "check", "odd.toml"]) == 0
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    shown = capsys.readouterr().out
    assert "from 19" in shown
    assert "until 999" in shown


def test_small_shares_are_shown_as_they_are(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = '[[actions]]\nid = "a"\nkind = "product_offer"\nvalue_from_price = 0.004\nholdout = 0.025\n'
    Path("odd.toml").write_text(f"{RIGHT}{shares}[exploration]\nepsilon = 0.0005\n")
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    shown = capsys.readouterr().out
    for words in ("0.4% of the price", "2.5% never get it", "Exploration: 0.05% of decisions"):
        assert words in shown


def test_a_lead_of_no_time_is_shown_as_it_is_and_one_that_is_left_out_is_not(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    occasion = '[[actions]]\nid = "a"\nkind = "occasion"\nvalue = 1\n'
    Path("odd.toml").write_text(f'{RIGHT}{occasion}timing.lead = "0 days"\n')
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    assert "lead 0 days" in capsys.readouterr().out
    Path("odd.toml").write_text(f"{RIGHT}{occasion}")
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    assert "lead" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("of_plan", "of_action", "words"),
    [
        ("", "", "when due; 30 days before only with a value"),
        ("value = 20\n", "", "30 days before"),
        ("", "value = 20\n", "30 days before"),
        ("", 'value = 20\nplans = ["other"]\n', "when due; 30 days before only with a value"),
    ],
)
def test_of_a_plan_it_is_shown_from_when_on_a_reminder_is_worth_saying(
    of_plan: str, of_action: str, words: str, app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = '[[service_plans]]\nid = "{}"\nname = "Care"\nitems.categories = ["*"]\nfirst_after = "6 months"\nsatisfied_by = ["c"]\n'
    actions = [
        f'[[actions]]\nid = "a"\nkind = "service_reminder"\n{of_action}',
        '[[actions]]\nid = "b"\nkind = "service_reminder"\n',
    ]
    plans = [plan.format("care") + of_plan, plan.format("other") + "value = 1\n"]
    Path("odd.toml").write_text(RIGHT + "".join([*actions, *plans]))
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("care "))
    assert words in row
    assert ("when due" in row) is ("when due" in words)


@pytest.mark.parametrize(
    ("window", "words"), [(', per = "365 days"', "80 each in 365 days"), ("", "80 each for ever")]
)
def test_goodwill_is_shown_with_its_window(
    window: str, words: str, app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goodwill = f"goodwill = {{ amount = 40, total = 4000, per_customer = 80{window} }}\n"
    Path("odd.toml").write_text(f'{RIGHT}[[actions]]\nid = "a"\nkind = "apology"\nvalue = 1\n{goodwill}')
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    assert f"gives 40 of 4000, {words}" in capsys.readouterr().out


def test_a_topic_and_the_weight_of_a_prior_are_shown_where_they_are_not_the_usual(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = f'{RIGHT}[[actions]]\nid = "a"\nkind = "win_back"\nvalue = 1\n'
    Path("odd.toml").write_text(f'{plain}topic = "care"\nprior_weight = 12.5\n')
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    shown = capsys.readouterr().out
    assert "topic: care" in shown
    assert "the prior counts for 12.5 observations" in shown
    Path("odd.toml").write_text(f"{plain}prior_weight = 50\n")
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    shown = capsys.readouterr().out
    assert "topic" not in shown
    assert "observations" not in shown


def test_brackets_of_a_condition_are_shown_as_they_stand(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = '[[actions]]\nid = "a"\nkind = "win_back"\nvalue = 1\naudience = \'attribute("[/x]") == "[red]"\'\n'
    Path("odd.toml").write_text(RIGHT + odd)
    assert run(app, ["playbook", "show", "odd.toml"]) == 0
    assert 'attribute("[/x]") == "[red]"' in capsys.readouterr().out


def test_facts_and_schema_are_printed(
    app: typer.Typer, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["playbook", "facts"]) == 0
    assert 'owns_category("Rings/Gold")' in capsys.readouterr().out
    assert run(app, ["playbook", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Rapport playbook"


def test_the_published_schema_and_the_page_are_as_generated() -> None:
    assert (DOCS / "playbook.schema.json").read_text() == schema_text(), (
        "rapport playbook schema > docs/playbook.schema.json"
    )
    page = (DOCS / "playbook.md").read_text()
    assert page == with_generated_parts(page), "run: python -m training.playbook_reference docs/playbook.md"
    for name in generated_parts():
        assert f"<!-- generated: {name} -->" in page


def test_the_page_says_what_settings_of_kinds_are_where_they_are_left_out_and_which_may_not_be() -> None:
    kinds = generated_parts()["kinds"]
    for told in (
        "`prior` (`0.05`)",
        "`prior_weight` (`50`)",
        "`timing.lapse` (`2`)",
        "`timing.least_orders` (`3`)",
    ):
        assert told in kinds
    assert kinds.count("(required)") == 1
    assert "`survey_id` (required)" in kinds
