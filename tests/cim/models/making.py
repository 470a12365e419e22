"""Versions of a small given model, made by changing its text."""

from pathlib import Path

from cim import plugins
from cim.catalog import LayerDraft
from cim.loading import LoadOptions
from cim.models.loading import load_model
from cim.models.report import ModelReport
from cim.store.base import Store, StoreFactory
from tests.cim.bim.reading import path_of

SMALL = "s05_ifc4x3_m_utm31_mapconversion.ifc"
"""One building, two storeys, the upper one empty, four walls with a property set."""

WALLS = (
    "2JD5ec6VbFOO1uWROpvfkZ", "1sSZxlKVHCjv97BAAlIVzo", "0BJPuzSLrBruezsB8j6J5l",
    "3THqn3e2P4ARxKKo6G9fo_",
)  # fmt: skip
MORE = """
#200=IFCWALLTYPE('0000000000000000000tYP',$,'W30 \\X2\\783C\\X0\\',$,$,(#201),$,$,$,.SOLIDWALL.);
#201=IFCPROPERTYSET('0000000000000000000tPS',$,'Pset_Type',$,(#202,#203));
#202=IFCPROPERTYSINGLEVALUE('Thickness',$,IFCLENGTHMEASURE(0.3),$);
#203=IFCPROPERTYSINGLEVALUE('ThermalTransmittance',$,IFCTHERMALTRANSMITTANCEMEASURE(0.24),#204);
#204=IFCDERIVEDUNIT((#205,#206),.THERMALTRANSMITTANCEUNIT.,$,$);
#205=IFCDERIVEDUNITELEMENT(#207,1);
#206=IFCDERIVEDUNITELEMENT(#208,-1);
#207=IFCSIUNIT(*,.POWERUNIT.,$,.WATT.);
#208=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.);
#209=IFCRELDEFINESBYTYPE('0000000000000000000tRE',$,$,$,(#57,#75),#200);
#210=IFCZONE('0000000000000000000zON',$,'Brandabschnitt 1',$,$,$);
#211=IFCRELASSIGNSTOGROUP('0000000000000000000zRE',$,$,$,(#57,#75,#93),$,#210);
#212=IFCMATERIAL('\\X2\\6DF751DD571F\\X0\\',$,$);
#213=IFCRELASSOCIATESMATERIAL('0000000000000000000mRE',$,$,$,(#57),#212);
#214=IFCELEMENTQUANTITY('0000000000000000000qTY',$,'Qto_WallBaseQuantities',$,$,(#215));
#215=IFCQUANTITYAREA('NetSideArea',$,$,15.,$);
#216=IFCRELDEFINESBYPROPERTIES('0000000000000000000qRE',$,$,$,(#57),#214);
#217=IFCCLASSIFICATIONREFERENCE($,'14-10.10','\\X2\\5899\\X0\\',#218,$,$);
#218=IFCCLASSIFICATION($,$,$,'GB/T 51269',$,$,$);
#219=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000cRE',$,$,$,(#57),#217);
#220=IFCFURNITURE('0000000000000000000fUR',$,'Stuhl',$,$,#221,$,$,.CHAIR.);
#221=IFCLOCALPLACEMENT(#37,#222);
#222=IFCAXIS2PLACEMENT3D(#223,$,$);
#223=IFCCARTESIANPOINT((1.,2.,0.));
#224=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000cON',$,$,$,(#220),#38);
"""
"""Type, zone, material, quantities, classification, and a chair without a body."""


def small(*changes: tuple[str, str], more: str = MORE) -> str:
    """The text of the small model with pieces of it changed; each must be there."""
    text = path_of(SMALL).read_text("ascii")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    end = text.rindex("ENDSEC;")
    return text[:end] + more.lstrip() + text[end:]


def write(folder: Path, *changes: tuple[str, str], name: str = "small.ifc") -> Path:
    """The small model with changes, as a file."""
    path = folder / name
    path.write_text(small(*changes), "ascii")
    return path


def open_store(folder: Path) -> Store:
    """A new, empty store."""
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    factory.create(folder / "city.gpkg", "EPSG:4490")
    return factory.open(folder / "city.gpkg")


def load(store: Store, path: Path, source: str = "", prefix: str = "bim") -> ModelReport:
    """Load a model."""
    options = LoadOptions(LayerDraft(prefix), source)
    return load_model(store, path, options, reject_path=store.path.parent / "rejects.csv")


def rows(store: Store, layer: str) -> dict[str, dict[str, object]]:
    """Rows of a layer that are valid now, by source id."""
    return {
        str(row["source_id"]): row
        for batch in store.read(layer)
        for row in batch.attributes.to_pylist()
    }
