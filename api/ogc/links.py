"""Links between answers, and the media types of those that describe."""

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


def link(rel: str, href: str, media: str, title: str = "") -> dict[str, str]:
    """A link object (RFC 8288)."""
    plain = {"rel": rel, "href": href, "type": media}
    return {**plain, "title": title} if title else plain
