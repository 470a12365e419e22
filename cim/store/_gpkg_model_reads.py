"""What a city's GeoPackage tells of its building models."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from cim.errors import NotFoundError
from cim.model_records import (
    ModelName,
    ModelObject,
    ModelPart,
    ModelVersion,
    ObjectLine,
    Page,
    PartKind,
    StoredModel,
    StoredObject,
    StoredRelation,
)
from cim.store._gpkg_models import group_id
from cim.store._gpkg_readers import Readers

_LINE: Final = "o.entity_id, o.layer, o.kind, o.global_id, o.ifc_class, o.name"
_WHOLE: Final = (
    "SELECT o.entity_id, m.prefix, m.source, o.key, o.layer, o.kind, o.global_id, o.ifc_class, "
    "o.name, o.parent, o.rank, o.state, o.document, o.is_valid, o.parent_id "
    "FROM cim_object o JOIN cim_model m ON m.id = o.model"
)
_SEEN: Final = (
    "o.is_valid AND (:layers IS NULL OR o.layer IN (SELECT value FROM json_each(:layers)))"
)
"""Objects that are valid and in one of some layers, the second value of a query."""

_RELATED: Final = (
    f"SELECT r.id, r.kind, 1 AS is_source, {_LINE} FROM cim_model_relation r "
    f"JOIN cim_object o ON o.entity_id = r.target AND {_SEEN} WHERE r.source = :here "
    f"UNION ALL SELECT r.id, r.kind, 0, {_LINE} FROM cim_model_relation r "
    f"JOIN cim_object o ON o.entity_id = r.source AND {_SEEN} WHERE r.target = :here"
)
_MEMBERS: Final = (
    "FROM cim_model_relation r JOIN cim_object o ON o.entity_id = r.target "
    f"AND {_SEEN} WHERE r.source = :here AND r.kind = 'member'"
)


class GpkgModels:
    """A `ModelStore` over connections of a GeoPackage."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def all(self) -> tuple[StoredModel, ...]:
        """See `ModelStore.all`."""
        rows = self._rows(
            "SELECT prefix, source, file, loaded_at, document, layers FROM cim_model "
            "ORDER BY loaded_at DESC, id DESC"
        )
        return tuple(map(_model, rows))

    def one(self, name: ModelName) -> StoredModel:
        """See `ModelStore.one`."""
        rows = self._rows(
            "SELECT prefix, source, file, loaded_at, document, layers FROM cim_model "
            "WHERE prefix = ? AND source = ?",
            name.prefix,
            name.source,
        )
        if not rows:
            known = ", ".join(f"{m.name.prefix}/{m.name.source}" for m in self.all()[:20])
            shown = f"{name.prefix}/{name.source}"
            raise NotFoundError(f"no model {shown!r}; known: {known or 'none yet'}")
        return _model(rows[0])

    def versions(self, name: ModelName) -> tuple[ModelVersion, ...]:
        """See `ModelStore.versions`."""
        rows = self._rows(
            "SELECT v.id, v.file, v.digest, v.loaded_at, v.difference NOTNULL "
            "FROM cim_model_version v JOIN cim_model m ON m.id = v.model "
            "WHERE m.prefix = ? AND m.source = ? ORDER BY v.id DESC",
            name.prefix,
            name.source,
        )
        return tuple(
            ModelVersion(number, file, digest, loaded_at, bool(has))
            for number, file, digest, loaded_at, has in rows
        )

    def difference(self, name: ModelName, number: int) -> str:
        """See `ModelStore.difference`."""
        rows = self._rows(
            "SELECT v.difference FROM cim_model_version v JOIN cim_model m ON m.id = v.model "
            "WHERE m.prefix = ? AND m.source = ? AND v.id = ? AND v.difference NOTNULL",
            name.prefix,
            name.source,
            number,
        )
        if not rows:
            raise NotFoundError(
                f"no version {number} of model {name.prefix}/{name.source} with a difference"
            )
        return str(rows[0][0])

    def objects(self, name: ModelName) -> tuple[StoredObject, ...]:
        """See `ModelStore.objects`."""
        rows = self._rows(
            f"{_WHOLE} WHERE m.prefix = ? AND m.source = ? AND o.is_valid ORDER BY o.rank",
            name.prefix,
            name.source,
        )
        return tuple(map(_object, rows))

    def of_kind(self, name: ModelName, kind: str, limit: int) -> tuple[ObjectLine, ...]:
        """See `ModelStore.of_kind`."""
        rows = self._rows(
            f"SELECT {_LINE} FROM cim_object o JOIN cim_model m ON m.id = o.model "
            "WHERE m.prefix = ? AND m.source = ? AND o.kind = ? AND o.is_valid "
            "ORDER BY o.rank LIMIT ?",
            name.prefix,
            name.source,
            kind,
            limit,
        )
        return tuple(ObjectLine(*row) for row in rows)

    def object(self, entity_id: str) -> StoredObject | None:
        """See `ModelStore.object`."""
        rows = self._rows(f"{_WHOLE} WHERE o.entity_id = ?", entity_id)
        return _object(rows[0]) if rows else None

    def line(self, entity_id: str) -> ObjectLine | None:
        """See `ModelStore.line`."""
        rows = self._rows(f"SELECT {_LINE} FROM cim_object o WHERE o.entity_id = ?", entity_id)
        return ObjectLine(*rows[0]) if rows else None

    def children(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.children`."""
        rows = self._rows(
            f"SELECT {_LINE} FROM cim_object o WHERE o.parent_id = :here AND {_SEEN} "
            "ORDER BY o.rank LIMIT :limit OFFSET :offset",
            here=entity_id,
            layers=_list(layers),
            limit=page.limit,
            offset=page.offset,
        )
        return tuple(ObjectLine(*row) for row in rows)

    def count_children(
        self, entity_id: str, layers: Collection[str] | None = None
    ) -> Mapping[str, int]:
        """See `ModelStore.count_children`."""
        rows = self._rows(
            f"SELECT o.kind, count(*) FROM cim_object o WHERE o.parent_id = :here AND {_SEEN} "
            "GROUP BY o.kind ORDER BY min(o.rank)",
            here=entity_id,
            layers=_list(layers),
        )
        return dict(rows)

    def relations(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[StoredRelation, ...]:
        """See `ModelStore.relations`."""
        rows = self._rows(
            f"SELECT * FROM ({_RELATED}) ORDER BY kind, is_source DESC, id "
            "LIMIT :limit OFFSET :offset",
            here=entity_id,
            layers=_list(layers),
            limit=page.limit,
            offset=page.offset,
        )
        return tuple(StoredRelation(row[1], bool(row[2]), ObjectLine(*row[3:])) for row in rows)

    def count_relations(self, entity_id: str, layers: Collection[str] | None = None) -> int:
        """See `ModelStore.count_relations`."""
        rows = self._rows(
            f"SELECT count(*) FROM ({_RELATED})", here=entity_id, layers=_list(layers)
        )
        return int(rows[0][0]) if rows else 0

    def twins(
        self, entity_id: str, limit: int, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.twins`."""
        rows = self._rows(
            f"SELECT {_LINE} FROM cim_object t JOIN cim_object o ON o.global_id = t.global_id "
            f"AND o.model != t.model AND {_SEEN} WHERE t.entity_id = :here AND t.global_id != '' "
            "ORDER BY o.model, o.rank LIMIT :limit",
            here=entity_id,
            layers=_list(layers),
            limit=limit,
        )
        return tuple(ObjectLine(*row) for row in rows)

    def part(self, name: ModelName, what: PartKind, key: str) -> ModelPart | None:
        """See `ModelStore.part`."""
        rows = self._rows(
            "SELECT p.what, p.key, p.document FROM cim_model_part p "
            "JOIN cim_model m ON m.id = p.model "
            "WHERE m.prefix = ? AND m.source = ? AND p.what = ? AND p.key = ?",
            name.prefix,
            name.source,
            what,
            key,
        )
        return ModelPart(*rows[0]) if rows else None

    def parts(self, name: ModelName, what: PartKind) -> tuple[ModelPart, ...]:
        """See `ModelStore.parts`."""
        rows = self._rows(
            "SELECT p.what, p.key, p.document FROM cim_model_part p "
            "JOIN cim_model m ON m.id = p.model "
            "WHERE m.prefix = ? AND m.source = ? AND p.what = ? ORDER BY p.key",
            name.prefix,
            name.source,
            what,
        )
        return tuple(ModelPart(*row) for row in rows)

    def groups_of(self, entity_id: str) -> tuple[ModelPart, ...]:
        """See `ModelStore.groups_of`."""
        rows = self._rows(
            "SELECT p.what, p.key, p.document FROM cim_model_relation r "
            "JOIN cim_model_part p ON p.model = r.model AND p.what = 'group' "
            "AND r.source = r.model || '#' || p.key WHERE r.target = ? ORDER BY p.id",
            entity_id,
        )
        return tuple(ModelPart(*row) for row in rows)

    def members(
        self, name: ModelName, group: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.members`."""
        rows = self._rows(
            f"SELECT {_LINE} {_MEMBERS} ORDER BY o.rank LIMIT :limit OFFSET :offset",
            here=self._group(name, group),
            layers=_list(layers),
            limit=page.limit,
            offset=page.offset,
        )
        return tuple(ObjectLine(*row) for row in rows)

    def count_members(
        self, name: ModelName, group: str, layers: Collection[str] | None = None
    ) -> int:
        """See `ModelStore.count_members`."""
        rows = self._rows(
            f"SELECT count(*) {_MEMBERS}", here=self._group(name, group), layers=_list(layers)
        )
        return int(rows[0][0]) if rows else 0

    def _group(self, name: ModelName, key: str) -> str:
        """How relations name a group of a model."""
        rows = self._rows(
            "SELECT id FROM cim_model WHERE prefix = ? AND source = ?", name.prefix, name.source
        )
        return group_id(rows[0][0], key) if rows else ""

    def _rows(
        self, statement: str, *values: str | int, **named: str | int | None
    ) -> list[tuple[Any, ...]]:
        """Rows of a query; none in a store that has no models yet."""
        with self._readers.lend() as connection:
            there = connection.execute("SELECT 1 FROM pragma_table_info('cim_model')").fetchone()
            return connection.execute(statement, named or values).fetchall() if there else []


def _list(layers: Collection[str] | None) -> str | None:
    """Names of layers as a query takes them."""
    return None if layers is None else orjson.dumps(sorted(layers)).decode()


def _model(row: tuple[Any, ...]) -> StoredModel:
    prefix, source, file, loaded_at, document, layers = row
    return StoredModel(ModelName(prefix, source), file, loaded_at, document, tuple(layers.split()))


def _object(row: tuple[Any, ...]) -> StoredObject:
    entity_id, prefix, source, *values, is_valid, parent_id = row
    key, layer, kind, global_id, ifc_class, name, parent, rank, state, document = values
    found = ModelObject(
        key, layer, kind, global_id, ifc_class, name, parent, rank, state, document
    )
    return StoredObject(entity_id, ModelName(prefix, source), found, bool(is_valid), parent_id)
