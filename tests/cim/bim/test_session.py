"""Children that die, hang or swell: the rest of the file comes all the same."""

import os
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from cim.bim.limits import Limits
from cim.bim.model import IfcModel, Kind
from cim.bim.session import Lost, Shapes, read_all, read_shapes, sit
from cim.errors import SourceDataError
from cim.readers._ifc_sessions import release
from cim.readers.base import ReadOptions
from cim.readers.ifc import IfcReader
from tests.cim.bim.reading import model_of, path_of

BRIDGE = "ifclite_infra-bridge.ifc"
HOUSE = "AC20-FZK-Haus.ifc"
SMALL = "s05_ifc4x3_m_utm31_mapconversion.ifc"
KINDS: tuple[Kind, ...] = ("element", "site", "building", "part")


def bodies(model: IfcModel) -> set[int]:
    return {one.step_id for one in model.objects.values() if one.has_body and one.kind != "space"}


def unseen(name: str, folder: Path) -> Path:
    """A copy of a given model, which nobody has looked into."""
    path = folder / name
    path.write_bytes(path_of(name).read_bytes())
    return path


def own_children() -> list[psutil.Process]:
    several = psutil.Process(os.getpid()).children()
    return [one for one in several if "cim.bim.worker" in " ".join(one.cmdline())]


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """No child of an earlier test is left waiting."""
    release()


def test_the_child_that_told_the_model_makes_its_shapes() -> None:
    path = path_of(HOUSE)
    sitting = sit(path, path.name, Limits())
    (waiting,) = own_children()
    came: list[int] = []
    for event in sitting.shapes(KINDS):
        assert isinstance(event, Shapes)
        assert came or own_children() == [waiting]
        came += [shape.step_id for shape in event.shapes]
    assert sorted(came) == sorted(bodies(sitting.model))
    assert not own_children()


def test_reading_after_a_look_leaves_no_child(tmp_path: Path) -> None:
    path = unseen(SMALL, tmp_path)
    IfcReader().describe(path, ReadOptions())
    (waiting,) = own_children()
    assert sum(map(len, IfcReader().read(path, ReadOptions()))) == 4
    assert not waiting.is_running()
    assert not own_children()


def test_a_child_that_died_while_it_waited_is_replaced(tmp_path: Path) -> None:
    path = unseen(SMALL, tmp_path)
    count = IfcReader().describe(path, ReadOptions()).count
    (child,) = own_children()
    child.kill()
    batches = list(IfcReader().read(path, ReadOptions()))
    assert sum(len(batch) + len(batch.rejects) for batch in batches) == count


def test_a_look_into_another_file_ends_the_child_that_waits(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        IfcReader().describe(unseen(SMALL, tmp_path / folder), ReadOptions())
        assert len(own_children()) == 1
    release()
    assert not own_children()


def test_a_crash_in_the_middle_loses_nothing() -> None:
    path = path_of(HOUSE)
    events = read_all(path, path.name, KINDS, Limits())
    model = next(events)
    assert isinstance(model, IfcModel)
    came: list[int] = []
    for event in events:
        assert isinstance(event, Shapes)
        if not came:
            (child,) = own_children()
            child.send_signal(signal.SIGSEGV)
        came += [shape.step_id for shape in event.shapes]
    assert sorted(came) == sorted(bodies(model))
    assert not own_children()


def test_elements_that_take_too_long_are_named_and_the_others_come() -> None:
    path, model = path_of(HOUSE), model_of(HOUSE)
    limits = Limits(element_s=0.3)
    events = list(read_shapes(path, path.name, model, KINDS, limits))
    lost = [one for one in events if isinstance(one, Lost)]
    came = {shape.step_id for one in events if isinstance(one, Shapes) for shape in one.shapes}
    assert came | {one.step_id for one in lost} == bodies(model)
    assert len(came) > 0.9 * len(bodies(model))
    assert lost
    assert all("0.3 CPU seconds" in one.reason for one in lost)


def test_a_file_that_takes_too_long_is_ended_with_the_rest_named() -> None:
    path, model = path_of(HOUSE), model_of(HOUSE)
    events = list(read_shapes(path, path.name, model, KINDS, Limits(file_s=0.9)))
    lost = [one for one in events if isinstance(one, Lost)]
    assert lost
    assert all("0.9 CPU seconds" in one.reason for one in lost)
    assert not own_children()


@pytest.mark.parametrize("name", [BRIDGE, "s05_ifc4x3_m_utm31_mapconversion.ifc"])
def test_a_file_that_needs_too_much_memory_is_refused_by_name(name: str) -> None:
    """The second is read before its memory can be looked at from outside."""
    path = path_of(name)
    with pytest.raises(SourceDataError, match=rf"{name}.*20 MiB of memory"):
        list(read_all(path, path.name, KINDS, Limits(memory_mib=20)))


def test_lost_elements_are_rejects_with_class_and_globalid(tmp_path: Path) -> None:
    """A wall whose solid has no height: no kernel makes a shape of it."""
    text = path_of("s05_ifc4x3_m_utm31_mapconversion.ifc").read_text("utf-8")
    path = tmp_path / "flat.ifc"
    start = text.index("IFCEXTRUDEDAREASOLID(")
    end = text.index(";", start)
    path.write_text(text[:end].rpartition(",")[0] + ",-0.)" + text[end:], "utf-8")
    (batch,) = IfcReader().read(path, ReadOptions())
    model = IfcReader().describe(path, ReadOptions())
    assert len(batch) + len(batch.rejects) == model.count == 4
    assert len(batch.rejects) == 1
    (reject,) = batch.rejects
    assert reject.value.startswith("IfcWall ")
    assert reject.reason.startswith("no shape: ")


def test_stopping_early_ends_the_child() -> None:
    path = path_of(BRIDGE)
    events = read_all(path, path.name, KINDS, Limits())
    next(events)
    assert own_children()
    events.close()
    assert not own_children()
