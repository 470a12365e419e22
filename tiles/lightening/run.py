"""Lightening of a stream of batches: a step between reading and settling."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from cim.appearance import Material
from cim.arrays import Bool
from cim.bodies import Bodies, Mesh
from cim.errors import InputError
from cim.features import FeatureBatch, select
from tiles.lightening.merge import merged
from tiles.lightening.options import Lightening, Weight
from tiles.lightening.simplify import Simplified, simplified, triangle_weight


def lighten(batches: Iterable[FeatureBatch], how: Lightening) -> Iterator[FeatureBatch]:
    """The same features, lighter; the last batch tells what was done, before and after.

    To merge, all batches are held at once: meshes are, anyhow, shared and in memory.

    Args:
        batches: With bodies, in a frame of metres or with matrices to one.
        how: What to do.

    Raises:
        InputError: Features are to be merged that are no elements of a building model.
    """
    if how.is_idle:
        yield from batches
        return
    run = _Run(how)
    each = (run.lightened(batch) for batch in batches)
    light = iter([run.joined(list(each))]) if how.merge else each
    last = None
    for batch in light:
        if last is not None:
            yield last
        last = batch
    if last is not None:
        yield replace(last, notes=(*last.notes, *run.told()))


class _Run:
    """What was done so far."""

    def __init__(self, how: Lightening) -> None:
        self._how = how
        self._made: dict[int, tuple[Mesh, Simplified]] = {}
        self._outcomes = Counter[str]()
        self._before, self._after = Weight(), Weight()
        self._dropped = self._groups = 0
        self._error_m = 0.0

    def lightened(self, batch: FeatureBatch) -> FeatureBatch:
        """A batch without small parts, its meshes simplified."""
        self._before += weight_of(batch)
        kept = self._without_small(batch)
        light = replace(kept, bodies=self._simplified(kept.bodies))
        if not self._how.merge:
            self._after += weight_of(light)
        return light

    def joined(self, batches: list[FeatureBatch]) -> FeatureBatch:
        """All batches as one with its elements merged."""
        whole = concatenated(batches)
        groups = merged(whole)
        self._groups = len(groups)
        self._after += weight_of(groups)
        return groups

    def told(self) -> Iterator[str]:
        """What was done, in words."""
        before, after = self._before, self._after
        yield (
            f"lightened: {before.triangles} triangles became {after.triangles}, "
            f"{before.bytes} bytes of geometry {after.bytes}, "
            f"{before.features} features {after.features}"
        )
        if self._dropped:
            smaller = self._how.drop_smaller_m
            yield f"{self._dropped} features smaller than {smaller:g} m are left out"
        if self._how.simplify < 1:
            count = self._outcomes.pop("simplified", 0)
            yield (
                f"{count} meshes simplified, at most {self._error_m:.4f} m off (allowed "
                f"{self._how.most_error_m:g} m); " + ", ".join(self._kept_words())
            )
        if self._how.merge:
            yield (
                "elements of one storey, class and material are one feature: its properties are "
                "those that all of them share, the GlobalIds of single elements are gone"
            )

    def _kept_words(self) -> list[str]:
        """Why meshes stayed as they were."""
        kept = [f"{count} kept ({why})" for why, count in sorted(self._outcomes.items())]
        return kept or ["none kept"]

    def _without_small(self, batch: FeatureBatch) -> FeatureBatch:
        if not self._how.drop_smaller_m:
            return batch
        keep = large(batch, self._how.drop_smaller_m)
        self._dropped += int(np.count_nonzero(~keep))
        return select(batch, keep)

    def _simplified(self, bodies: Bodies) -> Bodies:
        if self._how.simplify >= 1:
            return bodies
        return replace(bodies, mesh=tuple(map(self._mesh, bodies.mesh)))

    def _mesh(self, mesh: Mesh) -> Mesh:
        """The mesh simplified, once for all that share it."""
        if id(mesh) not in self._made:
            made = simplified(mesh, self._how.simplify, self._how.most_error_m)
            self._made[id(mesh)] = (mesh, made)
            self._outcomes[made.outcome] += 1
            self._error_m = max(self._error_m, made.error_m)
        return self._made[id(mesh)][1].mesh


def large(batch: FeatureBatch, least_m: float) -> Bool:
    """(n,) whether a feature has no body, or one whose box is as long as `least_m` somewhere."""
    low = np.full((len(batch), 3), np.inf)
    high = np.full((len(batch), 3), -np.inf)
    middle = batch.bodies.matrix[:1, :3, 3]
    for mesh, matrix, row in zip(
        batch.bodies.mesh, batch.bodies.matrix, batch.bodies.feature.tolist(), strict=True
    ):
        if len(mesh.positions):
            placed = mesh.positions @ matrix[:3, :3].T + (matrix[:3, 3] - middle[0])
            low[row] = np.minimum(low[row], placed.min(axis=0))
            high[row] = np.maximum(high[row], placed.max(axis=0))
    sides = high - low
    return np.asarray(~np.isfinite(sides).all(axis=1) | (sides.max(axis=1) >= least_m))


def weight_of(batch: FeatureBatch) -> Weight:
    """What the meshes of a batch weigh."""
    counts = [triangle_weight(mesh) for mesh in batch.bodies.mesh]
    triangles, size = (sum(values) for values in zip(*counts, strict=True)) if counts else (0, 0)
    return Weight(len(batch), triangles, size)


def concatenated(batches: list[FeatureBatch]) -> FeatureBatch:
    """Batches of one source as one.

    Raises:
        InputError: They have surfaces of their own, or other palettes.
    """
    if not batches:
        raise InputError("merge: the source holds nothing")
    if any(len(batch.surfaces.feature) for batch in batches):
        raise InputError("merge: surfaces of city models are not merged; only building models are")
    starts = np.cumsum([0, *map(len, batches)]).tolist()
    palette, meshes = _one_palette(batches)
    tallies = Counter[str]()
    for batch in batches:
        tallies.update(batch.tallies)
    return replace(
        batches[0],
        geometry=np.concatenate([batch.geometry for batch in batches]),
        attributes=pa.concat_tables(
            [batch.attributes for batch in batches], promote_options="default"
        ),
        source_ids=tuple(one for batch in batches for one in batch.source_ids),
        records=np.concatenate([batch.records for batch in batches]),
        bodies=Bodies(
            np.concatenate(
                [
                    batch.bodies.feature + start
                    for batch, start in zip(batches, starts, strict=False)
                ]
            ),
            tuple(lod for batch in batches for lod in batch.bodies.lod),
            meshes,
            np.concatenate([batch.bodies.matrix for batch in batches]),
        ),
        palette=palette,
        rejects=tuple(one for batch in batches for one in batch.rejects),
        notes=tuple(dict.fromkeys(note for batch in batches for note in batch.notes)),
        tallies=tallies,
    )


def _one_palette(
    batches: list[FeatureBatch],
) -> tuple[tuple[Material, ...], tuple[Mesh, ...]]:
    """One palette for all batches, and their meshes with its rows."""
    palette: list[Material] = []
    meshes: list[Mesh] = []
    made: dict[tuple[int, int], Mesh] = {}
    for batch in batches:
        start = _start(palette, batch.palette)
        for mesh in batch.bodies.mesh:
            key = (id(mesh), start)
            if key not in made:
                rows = np.where(mesh.materials >= 0, mesh.materials + start, mesh.materials)
                made[key] = replace(mesh, materials=rows.astype(np.int32)) if start else mesh
            meshes.append(made[key])
    return tuple(palette), tuple(meshes)


def _start(palette: list[Material], added: tuple[Material, ...]) -> int:
    """Where the rows of a palette begin in that of all: at 0 for a longer one of the same."""
    shared = min(len(palette), len(added))
    if palette[:shared] == list(added[:shared]):
        palette += added[shared:]
        return 0
    palette += added
    return len(palette) - len(added)
