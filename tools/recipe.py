"""The recipe for conda-forge, from pyproject.toml and the sdist that is published: ``python tools/recipe.py SDIST``.

Writes ``build/conda/recipe.yaml``, for a request to conda-forge/staged-recipes; afterwards the feedstock's bot keeps
it. The maintainer who asks gives their own name on GitHub as second argument.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "conda" / "recipe.yaml"
CONDA = {"matplotlib": "matplotlib-base"}
"""Names that differ from PyPI's."""
RECIPE = """\
# yaml-language-server: $schema=https://raw.githubusercontent.com/prefix-dev/recipe-format/main/schema.json
schema_version: 1

context:
  version: "{version}"
  python_min: "{python}"

package:
  name: {name}
  version: ${{{{ version }}}}

source:
  url: https://pypi.org/packages/source/{name[0]}/{name}/{name}-${{{{ version }}}}.tar.gz
  sha256: {sha256}

build:
  number: 0
  noarch: python
  script: ${{{{ PYTHON }}}} -m pip install . -vv --no-deps --no-build-isolation
  python:
    entry_points:
{scripts}

requirements:
  host:
    - python ${{{{ python_min }}}}.*
{build}
    - pip
  run:
    - python >=${{{{ python_min }}}}
{run}

tests:
  - python:
      imports:
        - {name}
      pip_check: true
      python_version:
        - ${{{{ python_min }}}}.*
        - "*"
  - script:
      - {name} --version
      - {name} reproduce

about:
  homepage: {urls[Documentation]}
  summary: {description}
  license: {license}
  license_file: {licenses}
  documentation: {urls[Documentation]}
  repository: {urls[Repository]}

extra:
  recipe-maintainers:
    - {maintainer}
"""


def needed(requirements: list[str]) -> str:
    """Lines of what conda installs, of requirements whose markers hold on a desktop."""
    found = [Requirement(text) for text in requirements]
    rows = [
        f"    - {CONDA.get(one.name, one.name)} {one.specifier}".rstrip()
        for one in found
        if one.marker is None or one.marker.evaluate({"extra": ""})
    ]
    return "\n".join(sorted(rows))


def recipe(sdist: Path, maintainer: str) -> str:
    """The recipe of an sdist, ``NAME-VERSION.tar.gz``."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        document = tomllib.load(file)
    project = document["project"]
    name, version = sdist.name.removesuffix(".tar.gz").rsplit("-", 1)
    return RECIPE.format(
        name=name,
        version=version,
        python=project["requires-python"].removeprefix(">="),
        sha256=hashlib.sha256(sdist.read_bytes()).hexdigest(),
        scripts="\n".join(f"      - {key} = {value}" for key, value in project["scripts"].items()),
        build=needed(document["build-system"]["requires"]),
        run=needed(project["dependencies"]),
        urls=project["urls"],
        description=project["description"],
        license=project["license"],
        licenses=project["license-files"][0],
        maintainer=maintainer,
    )


def main() -> int:
    """Write the recipe of the sdist that is given."""
    if len(sys.argv) not in (2, 3) or not sys.argv[1].endswith(".tar.gz"):
        print("usage: python tools/recipe.py SDIST [MAINTAINER ON GITHUB]", file=sys.stderr)
        return 2
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(recipe(Path(sys.argv[1]), *(sys.argv[2:] or ["nutau"])), encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
