"""What changed in a building model, as a page that needs nothing else: Chinese and English."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

import orjson

MOST_ROWS: Final = 2_000
"""Rows of a table; the JSON holds all."""

_LONGEST: Final = 300
_TITLES: Final = {
    "added": ("新增", "Added"),
    "removed": ("删除", "Removed"),
    "moved": ("移位", "Moved"),
    "reshaped": ("形状变化", "Changed shape"),
    "changed": ("属性变化", "Changed properties"),
    "types": ("类型属性变化", "Changed types"),
}
_KINDS: Final = {
    "site": "场地 site",
    "building": "建筑 building",
    "storey": "楼层 storey",
    "part": "部位 part",
    "space": "空间 space",
    "element": "构件 element",
    "type": "类型 type",
}
_WORDS: Final = {
    "size": "尺寸 m",
    "area_m2": "表面积 m²",
    "volume_m3": "体积 m³",
    "middle": "表面中心 m",
    "name": "名称",
    "long_name": "全称",
    "description": "说明",
    "object_type": "对象类型",
    "predefined_type": "预定义类型",
    "tag": "标记",
    "type": "类型",
    "materials": "材料",
    "classifications": "分类编码",
    "elevation_m": "标高 m",
    "parent": "上级",
    "layer": "图层",
    "kind": "种类",
    "ifc_class": "IFC 类",
}
"""Chinese words of values that are no properties."""

_HEAD: Final = (("类别", "Kind"), ("IFC 类", "IFC class"), ("名称", "Name"), ("GlobalId", ""))
_STYLE: Final = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;
max-width:75rem;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}h1+table{width:auto}
th,td{border:1px solid #d0d7de;padding:.3rem .5rem;text-align:left;vertical-align:top;
overflow-wrap:anywhere}
th{background:#f3f5f7}td.n{text-align:right;white-space:nowrap}
del{color:#a40e26}ins{color:#0a6b2d;text-decoration:none}code{font-size:.9em}
"""


def difference_page(document: Mapping[str, Any]) -> str:
    """The page.

    Args:
        document: As `cim.models.comparing` writes it.
    """
    title = f"{document['model']}/{document['source']}"
    sections = "".join(_section(name, document) for name in _TITLES if document.get(name))
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>模型变化报告 Model changes: {escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>模型变化报告 <small>Model changes</small></h1>{_summary(document)}"
        f"{sections or '<p>没有变化。 Nothing changed.</p>'}</body></html>"
    )


def _summary(document: Mapping[str, Any]) -> str:
    rows = [
        ("模型", "Model", f"{document['model']}/{document['source']}"),
        ("文件", "File", document["file"]),
        ("对象数（之前 → 现在）", "Objects before → now",
         f"{document['before']} → {document['after']}"),
    ]  # fmt: skip
    if document["placed_elsewhere_m"]:
        moved = f"{document['placed_elsewhere_m']:g} m"
        rows.append(("模型整体移位", "Model placed elsewhere by", moved))
    counts = document["counts"]
    rows += [(zh, en, str(counts[name])) for name, (zh, en) in _TITLES.items()]
    cells = "".join(
        f"<tr><th>{escape(zh)} <small>{escape(en)}</small></th><td>{escape(str(value))}</td></tr>"
        for zh, en, value in rows
    )
    return f"<table>{cells}</table>"


def _section(name: str, document: Mapping[str, Any]) -> str:
    zh, en = _TITLES[name]
    entries: Sequence[Mapping[str, Any]] = document[name]
    more = {
        "moved": (("距离 m", "Distance"), ("位移 m", "Vector x, y, z")),
        "added": (),
        "removed": (),
    }.get(name, (("变化", "Before → now"),))
    head = "".join(
        f"<th>{zh_word} <small>{en_word}</small></th>" for zh_word, en_word in (*_HEAD, *more)
    )
    rows = "".join(_row(name, entry) for entry in entries[:MOST_ROWS])
    left = len(entries) - MOST_ROWS
    told = (
        f"<p>另有 {left} 条，见 JSON 文件。 {left} more are in the JSON file.</p>"
        if left > 0
        else ""
    )
    return (
        f"<h2>{zh} <small>{en}</small>: {len(entries)}</h2><table><tr>{head}</tr>{rows}</table>"
        f"{told}"
    )


def _row(name: str, entry: Mapping[str, Any]) -> str:
    one = entry.get("object", entry)
    cells = [
        escape(_KINDS.get(one["kind"], one["kind"])),
        escape(one["ifc_class"]),
        escape(one["name"] or ""),
        f"<code>{escape(one['key'])}</code>",
    ]
    plain = "".join(f"<td>{cell}</td>" for cell in cells)
    if name == "moved":
        vector = ", ".join(f"{value:+.3f}" for value in entry["vector_m"])
        more = f'<td class="n">{entry["distance_m"]:.3f}</td><td class="n">{vector}</td>'
    elif "changes" in entry:
        more = f"<td>{'<br>'.join(_changes(entry['changes']))}</td>"
    else:
        more = ""
    return f"<tr>{plain}{more}</tr>"


def _changes(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in changes:
        before, after = _shown(one["before"]), _shown(one["after"])
        word = f"{_WORDS.get(one['what'], '')} {one['what']}".strip()
        yield f"<b>{escape(word)}</b>: <del>{before}</del> → <ins>{after}</ins>"


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return "∅"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
