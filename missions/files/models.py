"""Values from outside as models: refused with the place of the first fault, in one line."""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from missions.errors import PlanningError

Model = TypeVar("Model", bound=BaseModel)
Content = TypeVar("Content")


def validated(model: type[Model], values: dict[str, Any], what: str) -> Model:
    """A model of values. Raises PlanningError with the first fault, after `what` it is of."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise PlanningError(f"{what}: {first_fault(error)}") from None


def parsed(data: bytes, form: TypeAdapter[Content], what: str) -> Content:
    """What JSON bytes hold. Raises PlanningError as `validated` does, and for what is no JSON."""
    try:
        return form.validate_python(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise PlanningError(f"{what} is no JSON: {error}") from None
    except ValidationError as error:
        raise PlanningError(f"{what}: {first_fault(error)}") from None


def first_fault(error: ValidationError) -> str:
    """The first fault with its place: `sorties[0].waypoints[3].latitude: …`."""
    fault = error.errors(include_url=False, include_context=False)[0]
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]
    ).lstrip(".")
    said = " ".join(fault["msg"].split())
    given = " ".join(repr(fault["input"]).split())[:40]
    if fault["type"] in {"json_invalid", "missing"} or not place:
        return f"{place}: {said}".lstrip(": ")
    return f"{place}: {said}, not {given}"
