"""From tables of a TOML file to values: strict about types and keys, and all errors of a file told together, each with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, IterableValidationError
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from kpicore.errors import ConfigError, KpiError, nearest
from kpicore.model.check import ProblemsError
from kpicore.model.choice import Choice, choice_of
from kpicore.model.scorecard import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
Place = tuple[str | int, ...]
Found = tuple[Place, str]
"""Where in the file, and what must hold there."""


class WrongKindError(ConfigError):
    """A key holds another kind of value than it must; the message follows the key's name."""


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: it is missing, not UTF-8, or not TOML; the message names file and line.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} must be UTF-8 text (byte {error.start} is not); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def key_of(attribute: attrs.Attribute[Any]) -> str:
    """Return the key that an attribute has in files: its name, unless its metadata say otherwise; '' if it has none."""
    return str(attribute.metadata.get("key", attribute.name))


def keys_of(cls: type) -> list[str]:
    """Return the keys that a file may give for an attrs class."""
    return [key for attribute in attrs.fields(cls) if attribute.init and (key := key_of(attribute))]


def structure(cls: type[T], data: Mapping[str, Any], where: str, schema: str | None = None) -> T:
    """Make a value of an attrs class from a table.

    Args:
        cls: the attrs class.
        data: the table.
        where: the file, or the place in it, for errors.
        schema: what the key `schema` must say, where there is one.
    Raises:
        ConfigError: with all errors of the table.
    """
    found: list[Found] = [] if schema is None else list(_schema_problems(data, schema))
    value: T | None = None
    try:
        value = _CONVERTER.structure({key: item for key, item in data.items() if schema is None or key != "schema"}, cls)
    except (ClassValidationError, KpiError) as error:
        found += _problems(error, ())
    if found or value is None:
        raise ConfigError(report(where, [(place_of(place, data), says) for place, says in found]))
    return value


def report(where: str, problems: list[tuple[str, str]]) -> str:
    """Write problems, each with its place in the file, as one message."""
    lines = [f"{place}: {says}" if place else says for place, says in problems]
    if len(lines) == 1:
        return f"{where}, {lines[0]}" if problems[0][0] else f"{where}: {lines[0]}"
    return "\n".join([f"{where} has {len(lines)} errors:", *(f"  {line}" for line in lines)])


def place_of(place: Place, data: Mapping[str, Any]) -> str:
    """Write a place as a user would look for it, e.g. '[[metric]] 2 (sales.win_rate), normalise'."""
    if not place:
        return ""
    words = [f"[{place[0]}]"]
    rest: Any = data.get(str(place[0]))
    for step in place[1:]:
        if isinstance(step, int):
            rest = rest[step]
            name = (rest.get("use") or rest.get("name")) if isinstance(rest, Mapping) else None
            words[-1] = f"[{words[-1]}] {step + 1}" + (f" ({name})" if name else "")
        else:
            rest = rest.get(step) if isinstance(rest, Mapping) else None
            words.append(step)
    return ", ".join(words)


def _schema_problems(data: Mapping[str, Any], schema: str) -> Iterator[Found]:
    if (came := data.get("schema")) != schema:
        yield (), f'schema must be "{schema}" (got {came!r})' if came is not None else f'schema is required; add schema = "{schema}"'


def _problems(error: BaseException, place: Place) -> Iterator[Found]:
    if isinstance(error, ClassValidationError):
        for part in error.exceptions:
            yield from _attribute_problems(part, place, error.cl)
    elif isinstance(error, IterableValidationError):
        for part in error.exceptions:
            index = next((note.index for note in _notes(part) if isinstance(note, IterableValidationNote)), 0)
            yield from _problems(part, (*place, index))
    elif isinstance(error, ProblemsError):
        yield from ((place, says) for _, says in error.problems)
    else:
        yield place, str(error)


def _attribute_problems(error: BaseException, place: Place, cls: type) -> Iterator[Found]:
    if isinstance(error, ForbiddenExtraKeysError):
        yield from ((place, f"unknown key {key!r}{nearest(key, keys_of(cls))}") for key in sorted(error.extra_fields))
        return
    name = next((note.name for note in _notes(error) if isinstance(note, AttributeValidationNote)), None)
    if name is None:
        yield from _problems(error, place)
        return
    key = key_of(getattr(attrs.fields(cls), name))
    if isinstance(error, KeyError):
        yield place, f"{key} is required"
    elif isinstance(error, WrongKindError):
        yield place, f"{key} {error}"
    else:
        yield from _problems(error, (*place, key))


def _notes(error: BaseException) -> list[Any]:
    return list(getattr(error, "__notes__", ()))


def _strict(kind: type | tuple[type, ...], name: str, make: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def read(came: Any, _: Any) -> Any:
        if not isinstance(came, kind) or (isinstance(came, bool) and kind is not bool):
            raise WrongKindError(f"must be {name} (got {came!r})")
        return make(came)

    return read


def _literal(came: Any, cls: Any) -> Any:
    if came not in get_args(cls):
        valid = [str(name) for name in get_args(cls)]
        raise WrongKindError(f"must be one of {', '.join(valid)} (got {came!r}){nearest(str(came), valid) if len(valid) > 12 else ''}")
    return came


def _table(came: Any, cls: Any) -> dict[str, Any]:
    if not isinstance(came, dict):
        raise WrongKindError(f"must be a table (got {came!r})")
    values = get_args(cls)[1]
    if values in (Any, object):
        return came
    if values is str and not all(isinstance(item, str) for item in came.values()):
        raise WrongKindError(f"must be a table of texts (got {came!r})")
    return {key: _entry(key, item, values) for key, item in came.items()}


def _entry(key: str, item: Any, cls: Any) -> Any:
    try:
        return _CONVERTER.structure(item, cls)
    except WrongKindError as error:
        raise ProblemsError("table", ((key, f"{key} {error}"),)) from None


def _list(came: Any, cls: Any) -> tuple[Any, ...]:
    if not isinstance(came, list):
        raise WrongKindError(f"must be a list (got {came!r})")
    items, errors = [], []
    for at, item in enumerate(came):
        try:
            items.append(_CONVERTER.structure(item, get_args(cls)[0]))
        except Exception as error:  # noqa: BLE001 - collected with its place, and raised with the others below
            error.add_note(IterableValidationNote(f"item {at}", at, cls))
            errors.append(error)
    if errors:
        raise IterableValidationError("list", errors, cls)
    return tuple(items)


def _choice(came: Any, _: Any) -> Choice:
    if not isinstance(came, (str, Mapping)):
        raise WrongKindError(f'must be a name, or a table such as {{ by = "target", target = 0.6 }} (got {came!r})')
    return choice_of(came)


def _attrs_hook(cls: Any) -> Callable[[Any, Any], Any]:
    attributes = attrs.fields(cls)
    names: dict[str, Any] = {a.name: override(rename=key_of(a)) if key_of(a) else override(omit=True) for a in attributes if a.init}
    read = make_dict_structure_fn(cls, _CONVERTER, _cattrs_forbid_extra_keys=True, **names)

    def checked(came: Any, kind: Any) -> Any:
        if not isinstance(came, Mapping):
            raise WrongKindError(f"must be a table (got {came!r})")
        try:
            return read(came, kind)
        except ClassValidationError as error:
            further = _further_problems(error, came, lambda rest: read(rest, kind))
            raise ClassValidationError(error.message, [*error.exceptions, *further], cls) from None

    return checked


_STAND_INS: dict[Any, Any] = {str: "", float: 0.0, tuple: [], Choice: "-", Effect: {"reason": "-", "cap": 0.0}}


def _further_problems(error: ClassValidationError, came: Mapping[str, Any], read: Callable[[Any], Any]) -> list[Exception]:
    """Find what else is wrong: read the table again without the keys that failed, and leave out what concerns those keys."""
    attributes = {a.name: a for a in attrs.fields(error.cl)}
    failed = [attributes[note.name] for part in error.exceptions for note in _notes(part) if isinstance(note, AttributeValidationNote)]
    valid, bad = set(keys_of(error.cl)), {key_of(a) for a in failed}
    rest = {key: item for key, item in came.items() if key in valid - bad}
    rest |= {key_of(a): _STAND_INS.get(get_origin(a.type) or a.type) for a in failed if a.default is attrs.NOTHING}
    if rest == came:
        return []
    try:
        read(rest)
    except ClassValidationError as again:
        told = [part for part in again.exceptions if isinstance(part, ProblemsError)]
        kept = tuple(problem for part in told for problem in part.problems if problem[0] not in bad)
        return [ProblemsError(error.cl.__name__, kept)] if kept else []
    return []


def _origin_is(*origins: Any) -> Callable[[Any], bool]:
    return lambda cls: get_origin(cls) in origins


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, _strict(str, "text", str))
    converter.register_structure_hook(bool, _strict(bool, "true or false", bool))
    converter.register_structure_hook(int, _strict(int, "a whole number", int))
    converter.register_structure_hook(float, _strict((int, float), "a number", float))
    converter.register_structure_hook(Choice, _choice)
    converter.register_structure_hook_func(_origin_is(Literal), _literal)
    converter.register_structure_hook_func(_origin_is(tuple), _list)
    converter.register_structure_hook_func(_origin_is(Mapping), _table)
    converter.register_structure_hook_factory(lambda cls: attrs.has(cls) and cls is not Choice, _attrs_hook)
    return converter


_CONVERTER = _converter()
