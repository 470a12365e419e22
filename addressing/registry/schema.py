"""The registry's tables in a city's store, as SQL.

A named element (division, natural village, street, estate, place) is a row of
`cim_address_element`; a numbered one (group, lane, number, building, room) is a value in the row
of its address. `addresses` is a layer like any other; its text and key are written from the
elements, and guards refuse programs that type them.
"""

from typing import Final

from cim.catalog import Field, LayerDraft
from cim.entities.classes import REGISTERED
from cim.own_tables import GUARD

LAYER: Final = "addresses"
HEAD_NOW: Final = f"(SELECT coalesce(max(seq), 0) FROM cim_change WHERE layer = '{LAYER}')"
"""SQL of where the layer's journal stands, for a question that asks for rows as of then."""

DOCUMENT: Final = "docs/reference/registry.md of cim-server"
VERSION: Final = 1

NUMBERED: Final = (
    "group", "section", "lane", "alley", "sub_alley", "number", "compound", "zone", "building",
    "unit", "floor", "room",
)  # fmt: skip
"""Types that are values of the address, from large to small; columns of their own."""

CHAIN: Final = (
    "country",
    "province",
    "city",
    "county",
    "township",
    "community",
    "natural_village",
)
"""Types that lie one in the other; an address names the deepest."""

NAMED: Final = ("road", "estate", "poi")
"""Types that an address names beside its division."""

FACTS: Final = (
    "status",
    *NUMBERED,
    "own_names",
    "height",
    "storey",
    "footprint",
    "division_id",
    "road_id",
    "estate_id",
    "poi_id",
)
"""Columns that say what an address is; all else is derived from them, or about the row."""

TABLES: Final = (
    "cim_address_element",
    "cim_address_alias",
    "cim_address_element_past",
    "cim_address_counter",
    "cim_address_version",
    "cim_address_event",
    "cim_address_batch",
    "cim_address_link",
    "cim_address_collision",
)

CODE: Final = "CAST(address_code AS INTEGER)"
"""The address code as the index has it: a number takes half the bytes of its digits."""

COLUMNS: Final = ", ".join(
    [
        "address_code TEXT NOT NULL",
        "text TEXT NOT NULL",
        "status TEXT NOT NULL",
        *(f'"{kind}" TEXT' for kind in NUMBERED),
        "own_names TEXT",
        "height REAL",
        "storey INTEGER",
        "footprint TEXT",
        "division_id INTEGER NOT NULL",
        "road_id INTEGER",
        "estate_id INTEGER",
        "poi_id INTEGER",
        "canonical_key INTEGER NOT NULL",
        "canonical_turn INTEGER NOT NULL",
        "version INTEGER NOT NULL",
    ]
)

_DERIVED: Final = ("address_code", "text", *FACTS, "canonical_key", "canonical_turn", "valid_to")
_TYPED: Final = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in _DERIVED)

STATEMENTS: Final = f"""
CREATE TABLE cim_address_element (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  parent_id INTEGER NOT NULL DEFAULT 0,
  valid_from TEXT NOT NULL,
  valid_to TEXT,
  successors TEXT,
  version INTEGER NOT NULL DEFAULT 1
)
;
CREATE UNIQUE INDEX cim_address_element_name
  ON cim_address_element (parent_id, kind, value) WHERE valid_to IS NULL
;
CREATE INDEX cim_address_element_value ON cim_address_element (value)
;
CREATE TABLE cim_address_alias (
  element_id INTEGER NOT NULL,
  value TEXT NOT NULL,
  name TEXT NOT NULL,
  valid_from TEXT,
  valid_to TEXT,
  reason TEXT NOT NULL
)
;
CREATE INDEX cim_address_alias_value ON cim_address_alias (value)
;
CREATE INDEX cim_address_alias_element ON cim_address_alias (element_id)
;
CREATE TABLE cim_address_element_past (
  element_id INTEGER NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  parent_id INTEGER NOT NULL
)
;
CREATE INDEX cim_address_element_past_id ON cim_address_element_past (element_id)
;
CREATE TABLE cim_address_counter (
  scope TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) WITHOUT ROWID
;
CREATE TABLE cim_address_version (
  fid INTEGER NOT NULL,
  version INTEGER NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  canonical_key INTEGER NOT NULL,
  state TEXT NOT NULL,
  geom BLOB,
  PRIMARY KEY (fid, version)
) WITHOUT ROWID
;
CREATE INDEX cim_address_version_key ON cim_address_version (canonical_key)
;
CREATE TABLE cim_address_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fid INTEGER,
  element_id INTEGER,
  action TEXT NOT NULL,
  day TEXT NOT NULL,
  at DATETIME NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{{}}'
)
;
CREATE INDEX cim_address_event_fid ON cim_address_event (fid) WHERE fid IS NOT NULL
;
CREATE INDEX cim_address_event_element
  ON cim_address_event (element_id) WHERE element_id IS NOT NULL
;
CREATE TABLE cim_address_batch (
  id INTEGER PRIMARY KEY,
  first_fid INTEGER NOT NULL,
  last_fid INTEGER NOT NULL,
  action TEXT NOT NULL,
  day TEXT NOT NULL,
  at DATETIME NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL
)
;
CREATE TABLE cim_address_link (
  fid INTEGER NOT NULL,
  entity TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (fid, entity)
) WITHOUT ROWID
;
CREATE INDEX cim_address_link_entity ON cim_address_link (entity)
;
CREATE TABLE cim_address_collision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fid INTEGER NOT NULL,
  winner_fid INTEGER NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  found_at DATETIME NOT NULL,
  outcome TEXT,
  who TEXT,
  why TEXT,
  resolved_at DATETIME
)
;
CREATE INDEX cim_address_collision_open ON cim_address_collision (id) WHERE outcome IS NULL
;
CREATE INDEX cim_address_collision_fid ON cim_address_collision (fid)
;
CREATE UNIQUE INDEX cim_address_code ON {LAYER} ({CODE})
;
CREATE UNIQUE INDEX cim_address_one_door
  ON {LAYER} (canonical_key, canonical_turn) WHERE status = 'valid'
;
CREATE INDEX cim_address_division ON {LAYER} (division_id)
;
CREATE INDEX cim_address_road ON {LAYER} (road_id) WHERE road_id IS NOT NULL
;
CREATE INDEX cim_address_estate ON {LAYER} (estate_id) WHERE estate_id IS NOT NULL
;
CREATE INDEX cim_address_poi ON {LAYER} (poi_id) WHERE poi_id IS NOT NULL
;
CREATE INDEX cim_address_source ON {LAYER} (source_id) WHERE source_id IS NOT NULL
;
CREATE TRIGGER {GUARD}{LAYER}_made BEFORE INSERT ON {LAYER} WHEN NEW.version IS NULL
BEGIN SELECT RAISE(ABORT, 'addresses are made by the registry: cim address create'); END
;
CREATE TRIGGER {GUARD}{LAYER}_kept BEFORE DELETE ON {LAYER}
BEGIN SELECT RAISE(ABORT, 'addresses are never deleted: cim address retire'); END
;
CREATE TRIGGER {GUARD}{LAYER}_code BEFORE UPDATE OF fid, address_code ON {LAYER}
WHEN OLD.address_code IS NOT NEW.address_code OR OLD.fid IS NOT NEW.fid
BEGIN SELECT RAISE(ABORT, 'an address code is permanent and cannot be changed'); END
;
CREATE TRIGGER {GUARD}{LAYER}_derived BEFORE UPDATE ON {LAYER}
WHEN OLD.version = NEW.version AND ({_TYPED})
BEGIN SELECT RAISE(ABORT, 'addresses are written from elements: cim address correct'); END
;
CREATE TRIGGER {GUARD}{LAYER}_moved AFTER UPDATE OF geom ON {LAYER}
WHEN OLD.version = NEW.version AND OLD.geom IS NOT NEW.geom
BEGIN
  INSERT INTO cim_address_version VALUES (
    OLD.fid, OLD.version,
    coalesce((SELECT max(valid_to) FROM cim_address_version WHERE fid = OLD.fid), OLD.valid_from),
    date('now'), OLD.canonical_key,
    json_object({", ".join(f"'{name}', OLD.\"{name}\"" for name in FACTS)}), OLD.geom);
  INSERT INTO cim_address_event (fid, action, day, at, who, why) VALUES (
    NEW.fid, 'corrected', date('now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    'another program', 'door point moved');
  UPDATE {LAYER} SET version = OLD.version + 1, beidou_code = NULL, geosot_code = NULL,
    h3_code = NULL WHERE fid = OLD.fid;
END
;
"""

_TITLES: Final = {
    "address_code": ("标准地址编码", "Address code"),
    "text": ("标准地址", "Standard address"),
    "status": ("状态", "Status"),
    "group": ("组、邻", "Group"),
    "section": ("段", "Section"),
    "lane": ("巷", "Lane"),
    "alley": ("弄", "Alley"),
    "sub_alley": ("支弄", "Sub-alley"),
    "number": ("门牌号", "Door number"),
    "compound": ("号院", "Compound"),
    "zone": ("分区", "Zone"),
    "building": ("楼栋", "Building"),
    "unit": ("单元", "Unit"),
    "floor": ("楼层", "Floor"),
    "room": ("户室", "Room"),
    "own_names": ("当地写法", "Names in the city's script"),
    "height": ("大地高", "Ellipsoidal height"),
    "storey": ("所在层", "Storey"),
    "footprint": ("所在建筑实体编码", "Entity of the footprint"),
    "division_id": ("行政区划要素", "Division element"),
    "road_id": ("街路巷要素", "Street element"),
    "estate_id": ("小区要素", "Estate element"),
    "poi_id": ("兴趣点要素", "Place element"),
    "canonical_key": ("规范地址键", "Key of the canonical text"),
    "canonical_turn": ("规范地址键序", "Turn among equal keys"),
    "version": ("版本", "Version"),
}

DRAFT: Final = LayerDraft(
    name=LAYER,
    class_code=REGISTERED,
    crs="EPSG:4490",
    title_zh="标准地址",
    title_en="Standard addresses",
    name_field="text",
    fields=tuple(
        Field(name, "string", zh, en, "m" if name == "height" else "")
        for name, (zh, en) in _TITLES.items()
    ),
)
