"""Feature batches of a GeoPackage, as a layer of the store would give them."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from cim.features import FeatureBatch

BATCH = 20_000


def with_codes(table: pa.Table, first: int) -> pa.Table:
    """The table with columns as a layer of the store has them."""
    numbers = range(first, first + table.num_rows)
    columns = {
        "entity_id": [f"BLDGN51H0134{n:011d}0" for n in numbers],
        "beidou_code": [f"N51H0134{n:08d}" for n in numbers],
        "geosot_code": [f"G001310332-{n:06d}-032123" for n in numbers],
        "h3_code": [f"8b309a{n:09d}" for n in numbers],
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


class Source:
    """Batches of a GeoPackage, and the CPU seconds spent on reading them."""

    def __init__(self, path: Path, count: int) -> None:
        self.path, self.count, self.cpu_s = path, count, 0.0

    def batches(self) -> Iterator[FeatureBatch]:
        """The first `count` buildings."""
        started, first = time.process_time(), 0
        with pyogrio.open_arrow(self.path, batch_size=BATCH, use_pyarrow=True) as (meta, reader):
            geometry_name = meta["geometry_name"] or "wkb_geometry"
            for raw in reader:
                table = pa.Table.from_batches([raw]).slice(0, self.count - first)
                if not table.num_rows:
                    return
                geometry = shapely.from_wkb(table[geometry_name].to_numpy(zero_copy_only=False))
                attributes = with_codes(table.drop_columns([geometry_name]), first)
                records = np.arange(first, first + len(geometry)) + 1
                ids = tuple(map(str, records.tolist()))
                batch = FeatureBatch("EPSG:4490", geometry, attributes, ids, records)
                first += len(geometry)
                self.cpu_s += time.process_time() - started
                yield batch
                started = time.process_time()
