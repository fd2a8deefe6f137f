"""Where a request may go: the addresses of the public internet, and redirects that lead no worse. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from veille.fetch.answers import RefusedError, show

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 10
# IPv6 ranges whose last 32 bits are an IPv4 address: NAT64 (RFC 6052, RFC 8215) and IPv4-compatible (RFC 4291).
IPV4_INSIDE = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also by the IPv4 address that it may wrap."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and (inner := _ipv4_inside(ip)) is not None:
        return is_public(str(inner))
    site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or site_local)


def _ipv4_inside(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if any(ip in network for network in IPV4_INSIDE):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def check_public(address: str, host: str, port: int) -> None:
    """Raises `RefusedError` for an address that is not public."""
    if not is_public(address):
        name = host_and_port(host, port)
        raise RefusedError(
            f'{name} is at the private address {address}; add "{name}" to network.allow_private if it is meant.'
        )


def check_address(url: httpx.URL) -> None:
    """Raises `RefusedError` for an address that may not be asked."""
    if url.scheme not in ("http", "https") or not url.host or "%" in url.host or not 0 < find_port(url) < 65536:
        raise RefusedError(f"{show(url)} is not an address of the web; give one that starts with https://.")
    if url.userinfo:
        raise RefusedError(f"{show(url)} comes with a name or a password, which are not sent; leave them out.")


def check_redirect(url: httpx.URL, target: httpx.URL, seen: set[str]) -> None:
    """Raises `RefusedError` for a redirect that is not followed; ``seen`` is where it led before."""
    if url.scheme == "https" and target.scheme == "http":
        raise RefusedError(f"{show(url)} redirects from https to {show(target)}; that is not followed.")
    if str(target) in seen:
        raise RefusedError(f"{show(url)} redirects in a loop; look at it in a browser and correct the address.")
    if len(seen) > MAX_REDIRECTS:
        raise RefusedError(f"More than {MAX_REDIRECTS} redirects led to {show(target)}; give the final address.")


def same_place(first: httpx.URL, url: httpx.URL) -> bool:
    """Whether a request's own headers may go there: the same origin, or its move from http to https."""
    ports = (find_port(first), find_port(url))
    return first.host == url.host and (
        (ports[0] == ports[1] and first.scheme == url.scheme)
        or (ports == (80, 443) and (first.scheme, url.scheme) == ("http", "https"))
    )


def find_port(url: httpx.URL) -> int:
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def host_and_port(host: str, port: int) -> str:
    """The form of ``network.allow_private``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}".lower()
