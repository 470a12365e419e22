"""Edits done: bodies to drafts to edits to the store, all that may take its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from api.errors import ParameterError, TooLargeError
from api.ogc.crs import Crs
from api.ogc.editing.geojson import Wish, check_crs_member, draft
from api.ogc.editing.territory import check_territory
from api.ogc.encoding import Representation, encode
from api.ogc.items import Items
from api.security.sight import Sight
from cim.catalog import SYSTEM_FIELDS, Layer
from cim.coding import CodeLevels
from cim.editing.merge_patch import merge_patch
from cim.editing.prepare import prepare
from cim.edits import EditOutcome, EditRefusedError, Fault
from cim.store.base import Store

ORIGIN = "api"
"""How the journal names edits that came over the OGC API."""

TOLD = 20
"""Row numbers that the audit trail repeats."""

WHOLE = ({"type", "coordinates"}, {"type", "geometries"})
"""Members that make a geometry whole: a patch with them leaves nothing of the old one."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a request wants done."""

    layer: Layer
    source: Crs
    """CRS of the coordinates in the body."""

    sight: Sight
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was done."""

    outcome: EditOutcome
    mended: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """Does edits. May be slow: not for the event loop."""

    store: Store
    items: Items
    """Told of each edit, so that readers need not look for it."""

    levels: CodeLevels
    most_features: int

    def create(self, order: Order, document: Mapping[str, Any]) -> Done:
        """Make a feature, or those of a collection, all of them or none.

        Raises:
            EditRefusedError: Anything is wrong with any of them.
            ParameterError: The collection has no list of features.
            TooLargeError: There are too many.
        """
        if document.get("type") != "FeatureCollection":
            return self.do(order, [Wish("create", None, document)])
        check_crs_member(document, order.source)
        features = document.get("features")
        if not isinstance(features, list) or not features:
            raise ParameterError("features", "is no list with a feature in it")
        return self.do(order, [Wish("create", None, one) for one in self.objects(features)])

    def do(self, order: Order, wishes: Sequence[Wish]) -> Done:
        """Do edits, all of them or none.

        Raises:
            EditRefusedError: Anything is wrong with any of them.
        """
        whole = [self._completed(order, wish) for wish in wishes]
        drafted = draft(whole, order.layer, order.source)
        prepared = prepare(
            drafted.drafts,
            order.layer,
            self.levels,
            lenient=order.lenient,
            faults=drafted.faults,
        )
        check_territory(self.store, order.sight, order.layer, prepared.edits)
        outcome = self.store.edit(order.layer, prepared.edits, ORIGIN)
        self.items.note(order.layer.name, outcome.before, outcome.after, outcome.fids)
        order.sight.notes.detail = _summary(outcome)
        return Done(outcome, prepared.mended)

    def refuse_state(self, layer: Layer, fid: int, forbidden: frozenset[str] | None) -> None:
        """Refuse what is done on condition that a feature is in none of some states; None: any.

        Raises:
            EditRefusedError: It is.
        """
        state = self.store.states(layer.name, np.array([fid], np.int64)).get(fid)
        if state is not None and (forbidden is None or state in forbidden):
            reason = f"feature {fid} is there as the condition forbids"
            raise EditRefusedError((Fault(0, "If-None-Match", reason, "", "stale", fid),))

    def objects(self, items: list[Any]) -> list[Mapping[str, Any]]:
        """The members of a list, each of which must be an object.

        Raises:
            TooLargeError: There are too many.
            EditRefusedError: One is no object.
        """
        if len(items) > self.most_features:
            raise TooLargeError(
                f"{len(items)} features, at most {self.most_features} in a request "
                "(editing.max_features)"
            )
        faults = tuple(
            Fault(index, "feature", "is no object", str(item)[:60])
            for index, item in enumerate(items)
            if not isinstance(item, dict)
        )
        if faults:
            raise EditRefusedError(faults)
        return items

    def texts(self, layer: Layer, fids: Sequence[int], shape: Representation) -> list[bytes]:
        """Features as text, in the order of `fids`."""
        found: dict[int, bytes] = {}
        numbers = np.array(sorted(fids), np.int64)
        for batch in self.store.read(layer.name, numbers, columns=shape.properties):
            found |= dict(zip(batch.records.tolist(), encode(batch, shape), strict=True))
        return [found[fid] for fid in fids if fid in found]

    def _completed(self, order: Order, wish: Wish) -> Wish:
        """The wish; a patch of parts of what is there becomes one of the whole.

        A patch of properties needs nothing: fields that it does not name stay. But one that takes
        all properties away, or changes a part of a geometry, is merged with the feature as it is,
        and done only if the feature is still so.
        """
        if wish.operation != "update" or wish.fid is None:
            return wish
        geometry = wish.document.get("geometry")
        partial = isinstance(geometry, dict) and not any(set(geometry) >= all_ for all_ in WHOLE)
        emptied = "properties" in wish.document and wish.document["properties"] is None
        if not partial and not emptied:
            return wish
        states = self.store.states(order.layer.name, np.array([wish.fid], np.int64))
        texts = self.texts(order.layer, [wish.fid], Representation(order.source))
        if not texts:
            return wish
        now = orjson.loads(texts[0])
        patched = dict(wish.document)
        if partial:
            patched["geometry"] = merge_patch(now["geometry"], geometry)
        if emptied:
            own = [one.name for one in order.layer.fields if one.name not in SYSTEM_FIELDS]
            patched["properties"] = dict.fromkeys(own)
        expected = frozenset(states.values())
        kept = expected if wish.expected is None else expected & wish.expected
        return Wish("update", wish.fid, patched, kept)


def _summary(outcome: EditOutcome) -> str:
    parts = {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "retired": outcome.retired,
    }
    ids = ",".join(map(str, outcome.fids[:TOLD])) + ("…" if len(outcome.fids) > TOLD else "")
    return " ".join((*(f"{name}={count}" for name, count in parts.items() if count), f"ids={ids}"))
