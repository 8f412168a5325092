"""Saves a small archive of this release's schema as schema-N.zip, from the project's folder:

`python -m tests.archives.make_archive`. Run once for each released schema and never again for an
old one: what it wrote is what people have on their disks. The passphrase is `PASSPHRASE` of
tests/helpers/archives.py; a guess costs next to nothing.
"""

import shutil
import zipfile
from pathlib import Path

from desktop_app.storage.migrate import STEPS
from tests.helpers.tampering import filled

HERE = Path(__file__).parent


def main() -> None:
    """Make the archive in a scratch folder beside this file, zip it, remove the scratch."""
    schema = len(list(STEPS.glob("[0-9]*.sql")))
    scratch = HERE / "scratch"
    folder = filled(scratch / "archive", scratch / "sources", few=True)
    with zipfile.ZipFile(HERE / f"schema-{schema}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder))
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
