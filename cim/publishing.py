"""Layers opened to readers: made or taken up, and their features given ids and codes."""

from collections.abc import Sequence

from cim.catalog import Layer, NewLayer, Origin
from cim.coding import CodeLevels
from cim.recoding import recode
from cim.store.base import Store


def publish(
    store: Store, news: Sequence[NewLayer], origin: Origin, levels: CodeLevels
) -> tuple[Layer, ...]:
    """Publish layers, all of them or none; features of tables taken up get ids and codes.

    Should the process end between the two, the features are coded by `cim entity code`, as any
    that another program adds.

    Raises:
        InputError: Something that is said of a layer is not legal.
        SourceDataError: A table cannot be a layer.
        BackendError: The store refuses; nothing was published.
    """
    made = store.publish(news, origin)
    for layer in made:
        if layer.item_count:
            recode(store, layer.name, levels)
    return tuple(store.layer(layer.name) for layer in made)
