"""The code that a value comes from: its module, and all that this imports, wherever they lie.

Imports are read from the source, those inside functions too; no module is run for it. A module is
known by its syntax without docstrings, so comments, layout and docstrings change nothing, and by
nothing that is not imported. A package that only passes names on is looked through: who takes one
name from it depends on the module of that name alone. One that imports names when they are asked
for says in a stub, `__init__.pyi`, where they are. What is installed is known by its version,
but for the packages that the numbers themselves come from, whose source is read as well.

The digest depends on the minor version of Python, which writes syntax trees in its own way.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

LIBRARY = "dltheory"

FOUNDATION = frozenset(
    [
        *("torch", "torchvision", "numpy", "scipy", "sklearn", "PIL", "hypothesis", "jaxtyping"),
        *("filelock", "safetensors", "threadpoolctl", "jinja2", "pytest", "_pytest", "xdist"),
    ]
)
"""What the library itself is built on: its versions are part of the provenance of every number."""

Import = tuple[str, str | None]
"""A module, and the name that is taken from it; None for the module itself."""


@cache
def code_of(modules: frozenset[str], *, library: bool = True) -> str:
    """20 hexadecimal digits for the code of these modules and of what they import; "" for none.

    Without `library`, modules of this library are left out: for what its own version stands for.
    """
    facts = dict(_reached(modules, library=library))
    lines = [f"{name} {fact}\n" for name, fact in sorted(facts.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:20] if lines else ""


def _reached(modules: frozenset[str], *, library: bool) -> Iterator[tuple[str, str]]:
    """Every module that is reached with its digest, every installed package with its version."""
    own = {_top(name) for name in modules}
    waiting: list[Import] = [(name, None) for name in sorted(modules)]
    for module, name in _growing(waiting):
        top = _top(module)
        if top == LIBRARY and not library:
            continue
        if top != LIBRARY and _is_installed(top):
            if top not in FOUNDATION:
                yield f"{top} ==", _version(top)
            if top not in own:
                continue
        source = source_of(module)
        if source is not None:
            elsewhere = _elsewhere(source, module, name)
            waiting += elsewhere + _parents(module)
            if not elsewhere or not source.only_passes_on:
                yield module, source.digest
                waiting += source.imports


def _elsewhere(source: Source, module: str, name: str | None) -> list[Import]:
    """Where the name that is taken from a module is from: another one, or one inside it."""
    if name is None:
        return []
    passed_on = source.passes_on.get(name, (module, name))
    if passed_on != (module, name):
        return [passed_on]
    inside = f"{module}.{name}"
    return [(inside, None)] if source_of(inside) is not None else []


def _growing(waiting: list[Import]) -> Iterator[Import]:
    """Each import once, those that join on the way too; the standard library is left out."""
    met: set[Import] = set()
    while waiting:
        one = waiting.pop()
        if one not in met and _top(one[0]) not in sys.stdlib_module_names:
            met.add(one)
            yield one


def _parents(module: str) -> list[Import]:
    """The packages around a module, which Python runs first, where they do more than pass on."""
    names = module.split(".")
    above = [".".join(names[:count]) for count in range(1, len(names))]
    found = [(name, source_of(name)) for name in above]
    return [(name, None) for name, source in found if source and not source.only_passes_on]


# ── one module ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a module is, and what it imports."""

    digest: str
    imports: tuple[Import, ...] = ()
    passes_on: Mapping[str, Import]
    """The names that an __init__ takes from elsewhere, if it does nothing but that."""
    only_passes_on: bool = False


@cache
def source_of(module: str) -> Source | None:
    """The module's source, read once a process; None if it cannot be found."""
    path = _file_of(module)
    if path is None:
        return None
    content = path.read_bytes()
    tree = _syntax_of(path, content)
    if tree is None:
        return Source(digest=hashlib.sha256(content).hexdigest(), passes_on={})
    is_package = path.name == "__init__.py"
    if is_package and _imports_when_asked(tree):
        tree = _stub_of(path) or tree
    package = module if is_package else module.rpartition(".")[0]
    imports = tuple(_imports(tree, package))
    passing = is_package and all(_passes_on(statement) for statement in tree.body)
    return Source(
        digest=hashlib.sha256(ast.dump(tree).encode()).hexdigest(),
        imports=imports,
        passes_on=dict(_passed_on(tree, package)) if passing else {},
        only_passes_on=passing,
    )


def _file_of(module: str) -> Path | None:
    spec = _spec_of(module)
    origin = spec.origin if spec is not None else getattr(sys.modules.get(module), "__file__", None)
    if origin is None or not (path := Path(origin)).is_file():
        return None
    return path


@cache
def _spec_of(module: str) -> ModuleSpec | None:
    """Where a module lies; its packages are not run for it."""
    loaded = getattr(sys.modules.get(module), "__spec__", None)
    if loaded is not None:
        return loaded
    package = module.rpartition(".")[0]
    try:
        if not package:
            return find_spec(module)
        above = _spec_of(package)
        if above is None or above.submodule_search_locations is None:
            return None
        return PathFinder.find_spec(module, list(above.submodule_search_locations))
    except (ImportError, ValueError):
        return None


def _syntax_of(path: Path, content: bytes) -> ast.Module | None:
    """The module without docstrings; None if it is no Python source."""
    if path.suffix not in (".py", ".pyi"):
        return None
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return None
    _strip_docstrings(tree)
    return tree


def _imports_when_asked(tree: ast.Module) -> bool:
    return any(isinstance(s, ast.FunctionDef) and s.name == "__getattr__" for s in tree.body)


def _stub_of(path: Path) -> ast.Module | None:
    """The stub beside an __init__.py, if it says where names are and nothing else."""
    stub = path.with_suffix(".pyi")
    tree = _syntax_of(stub, stub.read_bytes()) if stub.is_file() else None
    return tree if tree and all(_passes_on(statement) for statement in tree.body) else None


def _strip_docstrings(tree: ast.Module) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and node.body and _is_text(node.body[0]):
            del node.body[0]


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """Everything that the module imports when it is run or when its functions are."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            waiting += node.orelse
            continue
        yield from _imported_by(node, package)
        waiting += ast.iter_child_nodes(node)


def _imported_by(node: ast.AST, package: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, None) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(node, package)
        yield from ((module, None if alias.name == "*" else alias.name) for alias in node.names)
    elif isinstance(node, ast.Call) and _is_import_call(node):
        yield str(getattr(node.args[0], "value", "")), None


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    names = package.split(".")
    base = ".".join(names[: len(names) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


def _is_import_call(node: ast.Call) -> bool:
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    literal = bool(node.args) and isinstance(getattr(node.args[0], "value", None), str)
    return called in ("import_module", "__import__") and literal


def _is_type_checking(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _passes_on(statement: ast.stmt) -> bool:
    """Whether a statement of an __init__ only takes names from elsewhere, or lists them."""
    if isinstance(statement, ast.If):
        return _is_type_checking(statement.test) and not statement.orelse
    if isinstance(statement, ast.Assign):
        return all(getattr(target, "id", "") == "__all__" for target in statement.targets)
    if isinstance(statement, ast.ImportFrom):
        return all(alias.name != "*" for alias in statement.names)
    return isinstance(statement, ast.Import)


def _passed_on(tree: ast.Module, package: str) -> Iterator[tuple[str, Import]]:
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            module = _absolute(statement, package)
            for alias in statement.names:
                yield alias.asname or alias.name, (module, alias.name)


# ── what is installed ─────────────────────────────────────────────────────────────────────────────


def _top(module: str) -> str:
    return module.partition(".")[0]


@cache
def _is_installed(top: str) -> bool:
    """Whether a package came from an index, not from a folder that somebody works in."""
    spec = _spec_of(top)
    places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
    return any({"site-packages", "dist-packages"} & set(Path(place).parts) for place in places)


@cache
def _version(top: str) -> str:
    """The version of an installed package."""
    for name in (top, *_distributions().get(top, ())):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


@cache
def _distributions() -> Mapping[str, Iterable[str]]:
    return packages_distributions()


def forget_sources() -> None:
    """Read every module again when it is next asked for: its file may have changed."""
    for remembered in (code_of, source_of, _spec_of, _is_installed, _version, _distributions):
        remembered.cache_clear()
