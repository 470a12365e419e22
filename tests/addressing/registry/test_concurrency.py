"""Writers at once: of one door there is one address, whoever asks."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from addressing.registry.search import Query
from addressing.registry.store import Registry
from addressing.registry.values import DuplicateError
from tests.addressing.registry.making import put

ROOT = Path(__file__).resolve().parents[3]
DOORS = 12
WRITER = f"""
import sys
from pathlib import Path
from addressing.registry.store import Registry
from addressing.registry.values import DuplicateError
from tests.addressing.registry.making import put
registry = Registry(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range({DOORS}):
    try:
        print("won", number, put(registry, f"西湖区文三路{{number + 1}}号").code, flush=True)
    except DuplicateError as error:
        print("lost", number, error.winner, flush=True)
"""


def test_of_several_processes_that_make_one_address_one_wins(city: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(city)]
    writers = [
        subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lines = [line.split() for writer in writers for line in writer.communicate()[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    won = {number: code for what, number, code in lines if what == "won"}
    assert len(won) == DOORS == sum(what == "won" for what, _, _ in lines)
    assert len(set(won.values())) == DOORS
    assert len(lines) == 3 * DOORS
    assert all(won[number] == code for _, number, code in lines)


def test_of_several_threads_that_make_one_address_one_wins(registry: Registry) -> None:
    def make(_: int) -> tuple[bool, str]:
        try:
            return True, put(registry, "西湖区文三路1号").code
        except DuplicateError as error:
            return False, error.winner

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(make, range(16)))
    assert sum(won for won, _ in results) == 1
    assert len({code for _, code in results}) == 1


def test_readers_see_whole_states_while_a_street_is_renamed(city: Path) -> None:
    registry = Registry(city)
    made = [put(registry, f"西湖区文三路{n}号") for n in range(1, 40)]
    road = made[0].elements[3].code

    def texts() -> set[str]:
        rows = registry.search(Query(element="330106", limit=100)).rows
        assert len(rows) == len(made)
        return {row.text.rstrip("0123456789号")[-4:] for row in rows}

    with ThreadPoolExecutor(1) as pool:
        for name in ("文三大道", "文三新路", "文三旧路"):
            renaming = pool.submit(registry.rename, road, name, who="a", why="b")
            seen = [texts()]
            while not renaming.done():
                seen.append(texts())
            renaming.result()
            assert all(len(one) == 1 for one in seen)
    registry.close()
