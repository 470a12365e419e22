"""Whatever happens to addresses: codes stay, texts are unique, the past stays as it was."""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from addressing.model import Place, Status
from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.values import (
    Change,
    Decision,
    DuplicateError,
    NewAddress,
    Part,
    Resolution,
)
from cim.errors import ConflictError, InputError
from tests.addressing.registry.making import new_city

START = date(2020, 1, 1)
ROADS = ("文三路", "文二路", "学院路", "江南大道", "东路")
COUNTIES = ("330106", "330108", "330109")
roads = st.sampled_from(ROADS)
numbers = st.integers(1, 4).map(str)
counties = st.sampled_from(COUNTIES)
beginnings = st.sampled_from((Status.DRAFT, Status.VALID))


def parts(road: str, number: str) -> tuple[Part, ...]:
    return (Part("road", road), Part("number", number))


class Life(RuleBasedStateMachine):
    """Random lives of a few addresses on a few streets of three districts."""

    addresses: Bundle[str] = Bundle("addresses")

    @initialize()
    def begin(self) -> None:
        """An empty city on the first day."""
        self.folder = TemporaryDirectory()
        self.day = START
        self.registry = Registry(new_city(Path(self.folder.name)), today=lambda: self.day)
        self.known: dict[str, list[tuple[date, str, Status]]] = {}
        self.merged: set[str] = set()

    def teardown(self) -> None:
        """Nothing is left."""
        self.registry.close()
        self.folder.cleanup()

    @rule(
        target=addresses,
        county=counties,
        road=roads,
        number=numbers,
        status=st.sampled_from((Status.DRAFT, Status.VALID)),
    )
    def create(
        self, county: str, road: str, number: str, status: Status
    ) -> str | MultipleResults[str]:
        """An address, unless its text is taken."""
        new = NewAddress(parts(road, number), Place(120.0, 30.0), county, status)
        try:
            made = self.registry.create(new, who="a", why="b")
        except DuplicateError as error:
            winner = error.winner
        else:
            winner = ""
        if winner:
            assert self.registry.read(winner).status is Status.VALID
            return multiple()
        assert made.code not in self.known
        self.known[made.code] = []
        return made.code

    @rule(code=addresses, road=roads, number=numbers, status=st.sampled_from((None, Status.VALID)))
    def correct(self, code: str, road: str, number: str, status: Status | None) -> None:
        """Other elements, unless it is retired or the text is taken."""
        change = Change(parts(road, number), status=status)
        with suppress(ConflictError):
            self.registry.correct(code, change, who="a", why="b")

    @rule(code=addresses)
    def retire(self, code: str) -> None:
        """An end, of what has not ended."""
        try:
            self.registry.retire(code, who="a", why="b")
        except ConflictError:
            assert self.registry.read(code).status is Status.RETIRED

    @rule(target=addresses, code=addresses, road=roads, number=numbers)
    def replace(self, code: str, road: str, number: str) -> str | MultipleResults[str]:
        """An end, with another in its place."""
        new = NewAddress(parts(road, number), division="330106")
        try:
            made = self.registry.replace(code, [new], who="a", why="b")
        except (ConflictError, InputError):
            return multiple()
        assert self.registry.successors(code) == (made[0].code,)
        self.known[made[0].code] = []
        return made[0].code

    @rule(county=counties, road=roads, name=st.sampled_from((*ROADS, "新路", "旧路")))
    def rename(self, county: str, road: str, name: str) -> None:
        """Another name, unless it is taken."""
        for element in self.registry.find_elements(name=road, kind="road"):
            if element.parent == county and element.name == road and road != name:
                with suppress(ConflictError):
                    self.registry.rename(element.code, name, who="a", why="b")

    @precondition(lambda self: len(self.merged) < 2)
    @rule(source=counties, into=counties)
    def merge(self, source: str, into: str) -> None:
        """A district less."""
        try:
            self.registry.merge([source], into, who="a", why="b")
        except (ConflictError, LookupError):
            return
        self.merged.add(source)

    @rule(how=st.sampled_from(("same", "merge")))
    def resolve(self, how: Resolution) -> None:
        """Every case is decided."""
        for case in self.registry.collisions():
            with suppress(ConflictError):
                self.registry.resolve(case.id, Decision(how), who="a", why="b")

    @rule()
    def sleep(self) -> None:
        """A day ends: what holds now must be told of it for ever."""
        for code, past in self.known.items():
            record = self.registry.record(code)
            past.append((self.day, record.text, record.address.status))
        self.day += timedelta(days=1)

    @invariant()
    def texts_of_valid_addresses_are_unique(self) -> None:
        """One door has one valid address, and it is found by its text."""
        rows = self.registry.search(Query(status=Status.VALID, limit=1000)).rows
        assert len({row.text for row in rows}) == len(rows)
        for row in rows:
            assert self.registry.find(self.registry.record(row.code).canonical) == row.code

    @invariant()
    def nothing_is_deleted(self) -> None:
        """Every code that was ever given answers, with how it began."""
        rows = self.registry.search(Query(limit=1000)).rows
        assert {row.code for row in rows} == self.known.keys()
        assert all(self.registry.events(code)[0].action == "created" for code in self.known)

    @invariant()
    def the_past_is_what_was(self) -> None:
        """A day that ended is told as it was."""
        for code, past in self.known.items():
            for day, text, status in past[-3:]:
                record = self.registry.record(code, day)
                assert (record.text, record.address.status) == (text, status), day


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
