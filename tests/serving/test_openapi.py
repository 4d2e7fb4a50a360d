"""The document says what the API does: its examples work, and nothing generated from it breaks anything."""

from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from serving import consent_wire, dealing_wire, erasing_wire, find_wire, override_wire, receipt_wire, wire
from serving.openapi import examples
from serving.openapi.document import openapi_document
from serving.openapi.operations import DOCUMENTATION
from serving.problems import KINDS, Problem
from serving.table import PATHS
from tests.serving.running_api import RunningApi
from tests.serving.shops import Json

DOCUMENT = openapi_document()
SHAPES = (wire, receipt_wire, override_wire, dealing_wire, find_wire, consent_wire, erasing_wire)
OPERATIONS = [
    (verb, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for verb, operation in methods.items()
]
NAMES = [f"{verb} {path}" for verb, path, _ in OPERATIONS]
UNDOCUMENTED = {"/", "/docs", "/openapi.json", "/problems/{id}", "/widget.js", "/console", "/console.js"}


def test_every_operation_of_the_api_is_documented() -> None:
    served = {(method.verb, path.template) for path in PATHS for method in path.methods}
    assert set(DOCUMENTATION) == {(verb, path) for verb, path in served if path not in UNDOCUMENTED}


@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_has_examples_for_what_it_takes_and_answers(
    verb: str, path: str, operation: Json
) -> None:
    assert operation["summary"]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        assert content["examples" if media_type == "application/json" else "example"]
    for status, reply in operation["responses"].items():
        for content in reply["content"].values():
            assert "example" in content, status


@pytest.mark.parametrize(("verb", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_example_of_an_answer_is_an_answer_that_could_be(verb: str, path: str, operation: Json) -> None:
    for status, reply in operation["responses"].items():
        for media_type, content in reply["content"].items():
            if media_type == "application/problem+json":
                problem = msgspec.convert(content["example"], Problem)
                assert problem.status == int(status)
                assert problem.type.removeprefix("/problems/") in {kind.slug for kind in KINDS.values()}
            elif media_type == "application/json":
                name = content["schema"]["$ref"].rsplit("/", 1)[1]
                shape = next(getattr(module, name) for module in SHAPES if hasattr(module, name))
                msgspec.json.decode(msgspec.json.encode(content["example"]), type=shape)


REQUESTS = [
    pytest.param(verb, path, example["value"], id=f"{verb} {path} {name}")
    for verb, path, operation in OPERATIONS
    for name, example in operation.get("requestBody", {})
    .get("content", {})
    .get("application/json", {})
    .get("examples", {})
    .items()
]


@pytest.mark.parametrize(("verb", "path", "body"), REQUESTS)
def test_every_example_of_a_request_works(
    shop: httpx.Client, api: RunningApi, verb: str, path: str, body: Any
) -> None:
    if verb == "PATCH":  # what is to be changed must be known
        shop.put(path, json=[examples.ITEM, examples.SEASONAL]).raise_for_status()
    admin = api.client(api.make_key("admin").text)
    answer = admin.request(verb, path.replace("{id}", "C-42"), json=body)
    assert answer.status_code in {200, 201, 202}, answer.text


def test_no_description_has_an_indented_line_which_would_be_shown_as_code() -> None:
    described = {
        name: shape["description"]
        for name, shape in DOCUMENT["components"]["schemas"].items()
        if "description" in shape
    }
    assert described
    assert [name for name, text in described.items() if "\n " in text] == []


def test_references_lead_somewhere() -> None:
    text = msgspec.json.encode(DOCUMENT).decode()
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(DOCUMENT["components"]["schemas"])


def limit_of(verb: str, path: str, name: str) -> int:
    parameters = DOCUMENT["paths"][path][verb]["parameters"]
    (limit,) = [one["schema"]["maxLength"] for one in parameters if one["name"] == name]
    return int(limit)


def test_a_text_of_a_query_may_be_as_long_as_the_document_says_and_no_longer(api: RunningApi) -> None:
    admin = api.client(api.make_key("admin").text)
    reason = limit_of("delete", "/v1/customers/{id}", "reason")
    hold = {"kind": "hold_all", "author": "eve", "reason": "she asked"}
    author = limit_of("delete", "/v1/customers/{id}/overrides/{event_id}", "author")
    for more, status in ((1, 422), (0, 200)):
        event_id = admin.post("/v1/customers/L-1/overrides", json=hold).json()["event_id"]
        end = f"/v1/customers/L-1/overrides/{event_id}"
        assert admin.delete(end, params={"author": "a" * (author + more)}).status_code == status
        erased = admin.delete("/v1/customers/L-2", params={"reason": "r" * (reason + more)})
        assert erased.status_code == status


def test_amounts_may_be_sent_as_texts_and_as_numbers_as_the_document_says(api: RunningApi) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for name, field in (("CatalogItem", "price"), ("ItemPatch", "price"), ("OrderLine", "unit_price")):
        kinds = [one["type"] for one in schemas[name]["properties"][field]["anyOf"]]
        assert {"string", "number", "null"} == set(kinds), name
    admin = api.client(api.make_key("admin").text)
    line = {"item_id": "lamp", "unit_price": 3.5}
    for price in (3.5, "3.5"):
        item = {"item_id": "lamp", "price": price, "currency": "EUR"}
        assert admin.put("/v1/items", json=item).status_code == 200
        assert admin.patch("/v1/items", json={"item_id": "lamp", "price": price}).status_code == 200
        bought = examples.PURCHASE | {"event_id": f"n-{price!r}", "lines": [line | {"unit_price": price}]}
        assert admin.post("/v1/events", json=bought).status_code == 202


# The document is fuzzed as it is: whatever its schemas allow, and what they do not, is sent over HTTP.
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


FUZZED = [
    pytest.param(verb, path, mode, id=f"{verb} {path} {mode.value}")
    for verb, path, operation in OPERATIONS
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    # What takes nothing cannot be asked wrongly.
    if mode.is_positive or operation["security"]
]


@pytest.mark.parametrize(("verb", "path", "mode"), FUZZED)
def test_nothing_generated_from_the_document_is_a_server_error_or_undocumented(
    shop: httpx.Client, api: RunningApi, verb: str, path: str, mode: schemathesis.GenerationMode
) -> None:
    strategy = SCHEMA[path][verb].as_strategy(generation_mode=mode)
    headers = {"authorization": shop.headers["authorization"]}

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: schemathesis.Case[Any]) -> None:
        answer = case.call(base_url=api.url, headers=headers)
        case.validate_response(
            answer, checks=[not_a_server_error, status_code_conformance, response_schema_conformance]
        )

    run()


def test_no_schema_has_a_name_that_generated_clients_need_for_the_http_answer() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert "Response" not in schemas
    assert schemas["Event"]["discriminator"]["mapping"]["response"] == "#/components/schemas/ResponseEvent"
    assert {"$ref": "#/components/schemas/ResponseEvent"} in schemas["Event"]["oneOf"]


def test_times_are_named_as_such_so_that_clients_take_moments() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["View"]["properties"]["occurred_at"] == {"type": "string", "format": "date-time"}
    assert schemas["Slate"]["properties"]["next_at"]["anyOf"][0]["format"] == "date-time"
    assert schemas["FoundPromiseAnswer"]["properties"]["due_on"]["format"] == "date"
