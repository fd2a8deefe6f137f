"""Addresses: one that a person can follow, and one that says whether two links lead to the same page."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urljoin, urlsplit

from veille.items.text import INVISIBLE

# Parameters that say where a reader came from. Names with these beginnings, these names, and these pairs.
TRACKING_PREFIXES = (
    "utm_",
    "at_",
    "mtm_",
    "pk_",
    "matomo_",
    "hsa_",
    "vero_",
    "oly_",
    "__hs",
    "_hs",
    "wt.",
    "wt_",
    "trk",
)
TRACKING_WORDS = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid xtor
    xtref xtcr xtnp xts mkt_tok ns_campaign ns_source ns_mchannel ns_linkname ns_fee cmpid ncid s_cid smid dgcid
    _ga _gl spm sfnsn guccounter guce_referrer guce_referrer_sig phpsessid jsessionid echobox fb_action_ids
    fb_action_types fb_source wickedid _openstat action_object_map action_type_map action_ref_map
"""
TRACKING = frozenset(TRACKING_WORDS.split())
TRACKING_PAIRS = re.compile(
    r"(?:ref|source|from|origin|partner|medium|campaign|mod)=(?:rss|feed|atom|rss[-_]?feed|newsletter|twitter|facebook|linkedin|rss-{2,}.*)"
    r"|af=r|rss=(?:1|yes|true)|cmp=(?:share_|rss|twt|fb).*",
    re.IGNORECASE,
)

# A redirect: the last segment of its path and the parameter that holds the target.
REDIRECT_PATHS_WORDS = """
    url l.php away.php redirect redirect.php redir redir.php out outgoing exit go goto link link.php linkfilter
    click track r l lm.php apiclick.aspx safelinks.aspx ck jump.php leave external
"""
REDIRECT_PATHS = frozenset(REDIRECT_PATHS_WORDS.split())
REDIRECT_PARAMETERS_WORDS = """
    url u q to z target uddg dest destination redirect redirect_url redirecturl link mid
"""
REDIRECT_PARAMETERS = frozenset(REDIRECT_PARAMETERS_WORDS.split())
REDIRECT_HOSTS = frozenset(
    {"out.reddit.com", "l.facebook.com", "lm.facebook.com", "l.messenger.com", "exit.sc", "href.li"}
)
AMP_CACHE = re.compile(r"/amp/(s/)?([\w-]+\.[\w.-]+(?:/.*)?)")
AMP_PROJECT = re.compile(r"/[cvwi]/(s/)?(.+)")

DOI_PATH = re.compile(r"/(10\.\d{4,9}/.+)")
YOUTUBE_PATH = re.compile(r"/[\w-]+", re.ASCII)
DEFAULT_PORTS = {"http": 80, "https": 443}
SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ODD = re.compile(rf"[\s\"<>]|{INVISIBLE.pattern}")
HOST = re.compile(r"[\w.-]+|\[[0-9a-f:.]+\]")
BARE_HOST = re.compile(r"[\w.-]+")  # neither port nor user
# What most addresses are: host, path and query of characters that need no care.
PLAIN = re.compile(r"https?://([a-z0-9.-]+)(/[\w~./-]*)?(?:\?([\w.&=-]+))?", re.ASCII)


def absolute_url(link: str, base: str = "") -> str | None:
    """The http(s) address that a link leads to, redirect links unwrapped; None when it leads nowhere on the web.

    ``base`` is the address of the document that the link stands in.
    """
    if PLAIN.fullmatch(link) and not _may_carry(link):
        return link
    link = "".join(link.split("\n")).strip().replace(" ", "%20")
    if not link:
        return None
    if link[:5].lower() == "feed:":
        link = link[5:] if link[5:9].lower() == "http" else "http:" + link[5:]
    elif link[:4].lower() == "www.":
        link = "https://" + link
    try:
        url = link if link.startswith(("https://", "http://")) else urljoin(base, link)
        parts = urlsplit(url)
        usable = parts.scheme in DEFAULT_PORTS and _usable_host(parts)
    except ValueError:
        return None
    return _without_oddities(unwrap(parts.geturl())) if usable else None


def _without_oddities(url: str) -> str:
    """Escapes for the characters that no address has: they end it early, or hide in it, wherever it is shown."""
    return ODD.sub(lambda found: quote(found[0].encode("utf-8", "ignore")), url)


def _usable_host(parts: SplitResult) -> bool:
    """Whether there is a host; ValueError for an impossible port."""
    if BARE_HOST.fullmatch(parts.netloc):
        return True
    _ = parts.port
    host = parts.hostname or ""
    return bool(HOST.fullmatch(host)) and "@" not in host


def unwrap(url: str) -> str:
    """The address that a redirect link (Google Alerts, Facebook, an AMP cache...) carries, else the address itself."""
    for _ in range(5):
        target = _target(url)
        if target is None:
            return url
        url = target
    return url


def _may_carry(url: str) -> bool:
    """Whether another address may be in this one."""
    return "http" in url[8:] or "/amp/" in url or "ampproject" in url


def _target(url: str) -> str | None:
    if not _may_carry(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if host.endswith(".cdn.ampproject.org") or host.startswith(("google.", "www.google.")):
        cached = (AMP_PROJECT if host.endswith("ampproject.org") else AMP_CACHE).fullmatch(parts.path)
        if cached:
            return _web_address(
                f"http{'s' if cached[1] else ''}://{cached[2]}" + (f"?{parts.query}" if parts.query else "")
            )
    if not parts.query:
        return None
    last = parts.path.rstrip("/").rpartition("/")[2].lower()
    if (
        last not in REDIRECT_PATHS
        and host not in REDIRECT_HOSTS
        and not host.endswith("safelinks.protection.outlook.com")
    ):
        return None
    for name, value in parse_qsl(parts.query):
        if name.lower() in REDIRECT_PARAMETERS and value.startswith(("http://", "https://")):
            return _web_address(value)
    return None


def _web_address(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        return parts.geturl() if _usable_host(parts) else None
    except ValueError:
        return None


def canonical_url(url: str) -> str:
    """The form under which equal pages have equal addresses: for comparison, not for following.

    Redirects are unwrapped; the scheme is always https; host in lower case, without ``www.``, ``m.`` of the sites
    known for it and the default port; no fragment (but ``#!``), tracking parameter, session, trailing slash or
    AMP variant; parameters sorted; escapes in one spelling. A DOI resolver's address becomes ``https://doi.org/<doi>``
    in lower case. Applying it twice changes nothing. Raises ValueError for what is not an http(s) address.
    """
    host, path, query, fragment = _pieces(unwrap(url.strip()))
    path = _canonical_path(path)
    if host in ("doi.org", "dx.doi.org"):
        doi = DOI_PATH.fullmatch(unquote(path))
        if doi:
            return "https://doi.org/" + quote(doi[1].lower().rstrip("/"), safe="/:;()._-+<>@!$'*,=")
    if host == "youtu.be" and YOUTUBE_PATH.fullmatch(path):
        return f"https://youtube.com/watch?v={path[1:]}"
    query = _canonical_query(query, host) if query else ""
    fragment = f"#{fragment}" if fragment.startswith("!") else ""
    return f"https://{host}{path}{'?' + query if query else ''}{fragment}"


def drop_tracking(url: str) -> str:
    """The address as it stands, to be followed, without what only says where its reader came from.

    Parameters that name a feed, a campaign or a session go; so does a fragment that is such a parameter.
    """
    before, hash_mark, fragment = url.partition("#")
    page, _, query = before.partition("?")
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _says_origin(pair)]
    if len(kept) < len(pairs):
        before = f"{page}?{'&'.join(kept)}" if kept else page
    return before if "=" in fragment and _says_origin(fragment) else before + hash_mark + fragment


def find_site(url: str) -> str:
    """The canonical host that an address leads to; empty for what is not an http(s) address."""
    try:
        return _pieces(unwrap(url.strip()))[0]
    except ValueError:
        return ""


def _pieces(url: str) -> tuple[str, str, str, str]:
    """Canonical host, and path, query and fragment as they stand."""
    if plain := PLAIN.fullmatch(url):
        host, path, query = plain.groups()
        return _canonical_host(host, None), path or "", query or "", ""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not _usable_host(parts):
        raise ValueError(f"not a web address: {url[:200]}")
    return _canonical_host(parts.hostname or "", parts.port), parts.path, parts.query, parts.fragment


def _canonical_host(host: str, port: int | None) -> str:
    host = host.rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"not a host name: {host[:200]}") from error
    while host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    if host in ("m.youtube.com", "m.facebook.com", "music.youtube.com"):
        host = host.partition(".")[2]
    elif host.endswith(".m.wikipedia.org"):
        host = host.replace(".m.", ".")
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port in DEFAULT_PORTS.values() else f"{host}:{port}"


def _canonical_path(path: str) -> str:
    path = _one_spelling(path)
    if ";" in path:
        path = SESSION.sub("", path)
    if "/." in path:
        path = _without_dots(path)
    path = path.rstrip("/")
    while path.endswith("/amp"):
        path = path[:-4].rstrip("/")
    return path


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[max(len(kept) - 1, 1) :]  # never the empty one before the first slash
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _canonical_query(query: str, host: str) -> str:
    pairs = _one_spelling(query.replace("&amp;", "&")).split("&")
    return "&".join(sorted({pair for pair in pairs if pair and not _is_tracking(pair, host)}))


def _says_origin(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES) or TRACKING_PAIRS.fullmatch(pair) is not None


def _is_tracking(pair: str, host: str) -> bool:
    if _says_origin(pair):
        return True
    name, _, value = pair.partition("=")
    name = name.lower()
    if host == "youtube.com":
        return name in ("feature", "si", "t", "pp", "ab_channel")
    return (name == "amp" and value in ("", "1", "true")) or (name == "outputtype" and value == "amp")


def _one_spelling(text: str) -> str:
    """Percent-escapes in upper case, and only where they are needed."""
    if not text.isascii() or " " in text:
        text = quote(text, safe="/:;()._-~+<>@!$&'*,=%?[]|{}^`\\\"")
    return ESCAPE.sub(_escape, text) if "%" in text else text


def _escape(match: re.Match[str]) -> str:
    if match[1] is None:  # a percent sign that stands for itself
        return "%25"
    byte = int(match[1], 16)
    return chr(byte) if byte in UNRESERVED else f"%{match[1].upper()}"
