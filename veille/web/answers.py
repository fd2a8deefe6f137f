"""What is answered: a page made of its template, or words about what went wrong."""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from veille.config import UnknownNameError
from veille.embed import ModelUnavailableError
from veille.signing import BadTokenError
from veille.store import StoreError
from veille.web import guard
from veille.web.cards import Setting
from veille.web.site import Site

if TYPE_CHECKING:
    import jinja2

logger = logging.getLogger(__name__)

ERRORS = (HTTPException, BadTokenError, UnknownNameError, StoreError, ModelUnavailableError, Exception)


def answer(
    site: Site,
    request: Request,
    template: str,
    title: str,
    *,
    status: int = 200,
    setting: Setting | None = None,
    **values: Any,
) -> Response:
    """A page in the organisation's language, unless the setting says another one."""
    setting = setting or site.setting
    body = _templates().get_template(f"{template}.html.j2").render(
        setting=setting,
        say=setting.say,
        page_id=template,
        title=title,
        # Links lead up from here to the root, so that the site may lie below a path of another one.
        root="../" * (request.url.path.count("/") - 1) or "./",
        **values,
    )  # fmt: skip
    return Response(body, status, guard.build_headers(), media_type="text/html; charset=utf-8")


def complain(site: Site, request: Request, error: Exception) -> Response:
    """What went wrong, for the reader; what is a bug is logged with its traceback by the server."""
    setting = site.setting
    status, key, detail = 500, "web_error_500", ""
    if isinstance(error, BadTokenError):
        status, key = 400, "web_error_token"
    elif isinstance(error, UnknownNameError):
        status, key = 404, "web_error_story"
    elif isinstance(error, StoreError | ModelUnavailableError):
        status, key, detail = 503, "web_error_503", str(error)
    elif isinstance(error, HTTPException):
        status = error.status_code
        key = "web_error_404" if status == 404 else "web_error_400"
    if status == 503:
        logger.warning("%s: %s", request.url.path, detail)
    return answer(site, request, "said", setting.say("web_error"), status=status, said=setting.say(key))


@cache
def load_style() -> bytes:
    return files("veille.web").joinpath("templates/room.css").read_bytes()


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("veille.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
