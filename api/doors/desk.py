"""What a scanned code leads to: the page, its status, or what to do instead."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from markupsafe import Markup

from addressing.code import parse_code
from addressing.model import Status
from addressing.registry.store import Registry
from addressing.registry.walk import Walked, known_texts, look_up, successors
from api.doors.facts import DoorFacts, Successor, door_facts
from api.doors.mending import MOST, candidates, digits_of
from api.doors.neighbourhood import draw
from api.doors.pages import DoorPage, Guess, Service
from api.settings import Settings
from cim.codes.base import CodeError
from cim.errors import NotFoundError
from cim.store.base import Store

LONGEST_CODE = 40
"""Characters of a code that are repeated on a page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page with its status."""

    page: DoorPage
    status: HTTPStatus

    @property
    def facts(self) -> DoorFacts | None:
        """The public facts, None where there are none."""
        return self.page.facts


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers scanned codes."""

    registry: Registry
    store: Store
    settings: Settings

    def answer(self, text: str, language: str) -> Answer:
        """The page of a code, whatever it is."""
        title = self.settings.city.title_zh if language == "zh" else self.settings.city.title_en
        page = DoorPage(
            city=title,
            asked=text[:LONGEST_CODE],
            lookup=f"{self.settings.server.root_path}/a",
            sample=self.settings.city.sample,
            services=tuple(Service.parse(line) for line in self.settings.addresses.services),
        )
        try:
            code = str(parse_code(digits_of(text) or text))
            address = look_up(self.registry, code)
        except CodeError as error:
            guesses = self._guesses(digits_of(text))
            page = replace(page, problem="wrong", reason=str(error), guesses=guesses)
            return Answer(page, HTTPStatus.NOT_FOUND)
        except NotFoundError:
            page = replace(page, problem="unknown", guesses=self._guesses(code))
            return Answer(page, HTTPStatus.NOT_FOUND)
        if address.status is Status.DRAFT:
            return Answer(replace(page, problem="draft"), HTTPStatus.NOT_FOUND)
        return self._known(page, address)

    def _known(self, page: DoorPage, address: Walked) -> Answer:
        """The page of an address that is or was valid."""
        retired = address.status is Status.RETIRED
        now = successors(self.registry, address.code).items() if retired else ()
        facts = door_facts(address, [Successor(code, text) for code, text in now])
        # Shapes are drawn from numbers and the constants of their module: nothing to escape.
        map_ = Markup(draw(self.store, *address.lon_lat) if address.lon_lat else "")  # noqa: S704
        page = replace(
            page,
            facts=facts,
            problem="retired" if retired else "",
            map=map_,
            reports=self.settings.addresses.reports,
        )
        return Answer(page, HTTPStatus.GONE if retired else HTTPStatus.OK)

    def _guesses(self, code: str) -> tuple[Guess, ...]:
        """Addresses that there are, whose code differs little."""
        near = {other: place for place, other in candidates(code)}
        if not near:
            return ()
        try:
            texts = known_texts(self.registry, list(near))
        except NotFoundError:
            return ()
        found = sorted(Guess(near[one], one, text) for one, text in texts.items())
        return tuple(found[:MOST])
