"""Which static files are packed."""

import re
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage

from registry.embedded.portal import ROOT
from registry.packed import PackedManifestStaticFilesStorage

RULE = "p { color: red }\n" * 100


def test_what_pages_ask_for_is_packed_and_the_admins_plain_names_are_not(tmp_path: Path) -> None:
    storage = PackedManifestStaticFilesStorage(location=str(tmp_path), base_url="/static/")
    names = ["admin/of-the-admin.css", "css/of-every-page.css"]
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(RULE)
    assert len(list(storage.post_process({name: (storage, name) for name in names}))) > len(names)
    packed = {str(path.relative_to(tmp_path)).removesuffix(".br") for path in tmp_path.rglob("*.br")}
    assert packed == {storage.stored_name(names[0]), storage.stored_name(names[1]), names[1]}


def test_the_pages_of_errors_ask_for_files_that_are_there_and_packed() -> None:
    asked = set(re.findall(r'"/static/([^"]+)"', (ROOT / "templates" / "plain.html").read_text()))
    assert len(asked) == 5
    assert [name for name in asked if not find(name) or name.startswith("admin/")] == []
    assert isinstance(staticfiles_storage._wrapped, PackedManifestStaticFilesStorage)
