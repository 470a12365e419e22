"""Requests that say nothing about the form of the answer."""

from starlette.testclient import TestClient


def test_an_error_without_an_accept_header_is_a_problem_document(client: TestClient) -> None:
    request = client.build_request("GET", "/ogc/collections/nope")
    del request.headers["accept"]
    refused = client.send(request)
    assert (refused.status_code, refused.headers["content-type"]) == (
        404,
        "application/problem+json",
    )
