"""What the commands say: for programs as values, for people as lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_app.archive import describe
from desktop_app.archive.archive import Archive
from desktop_app.archive.export import Exported
from desktop_app.archive.intake import Outcome, Taken
from desktop_app.archive.lookup import Hit, Results
from desktop_app.archive.prepare import unread
from desktop_app.archive.records import Shown
from desktop_app.archive.sources import left_in_words
from desktop_app.cli.output import size
from desktop_app.domain.ids import RecordId, reference
from desktop_app.domain.report import Report
from desktop_app.i18n import _, ngettext

_LISTED = 20  # of each sort of file an intake names at most; --json has all
_HIDDEN_FACTS = ("latitude", "longitude")


def created(folder: Path, archive: Archive) -> list[str]:
    """Say that an archive was made."""
    return [
        _("A new archive lies in {folder}.").format(folder=folder),
        _("It signs as {name}, fingerprint {fingerprint}.").format(
            name=archive.nickname, fingerprint=archive.fingerprint
        ),
    ]


def changed(record: RecordId) -> list[str]:
    """Say which record was written."""
    return [reference(record)]


def intake_values(outcome: Outcome) -> dict[str, Any]:
    """Return what became of every file."""
    return {
        "taken": [_taken(one) for one in outcome.taken],
        "skipped": [
            {"path": str(one.path), "reason": one.reason, "record": one.record}
            for one in outcome.skipped
        ],
        "failed": [{"path": str(one.path), "reason": one.reason} for one in outcome.failed],
        "seconds": round(outcome.seconds, 3),
        "isolation": outcome.isolation,
    }


def intake_lines(outcome: Outcome) -> list[str]:
    """Say what became of the files, by name where something was not as hoped."""
    unread_ones = [one for one in outcome.taken if unread(one.reading)]
    lines = [
        ngettext(
            "Taken in: {count} file in {seconds:.1f} s.",
            "Taken in: {count} files in {seconds:.1f} s.",
            len(outcome.taken),
        ).format(count=len(outcome.taken), seconds=outcome.seconds)
    ]
    if unread_ones:
        lines.append(_("Kept, text not read: {count}.").format(count=len(unread_ones)))
        lines += _listed([f"{one.path}: {_(one.reading.why)}" for one in unread_ones])
    if outcome.skipped:
        lines.append(_("Skipped: {count}.").format(count=len(outcome.skipped)))
        lines += _listed([_skipped(one.path, one.reason, one.record) for one in outcome.skipped])
    if outcome.failed:
        lines.append(_("Failed: {count}.").format(count=len(outcome.failed)))
        lines += _listed([f"{one.path}: {one.reason}" for one in outcome.failed])
    return lines


def find_values(results: Results) -> dict[str, Any]:
    """Return one page of hits."""
    return {
        "total": results.total,
        "milliseconds": round(results.milliseconds, 3),
        "hits": [_hit(hit) for hit in results.hits],
        "notes": list(results.understood.notes),
    }


def find_lines(results: Results) -> list[str]:
    """Say what was found, the words that were asked for in brackets."""
    lines = list(results.understood.notes)
    for hit in results.hits:
        row = hit.row
        parts = (row.reference, row.kind, row.date, row.title)
        lines.append("  ".join(one for one in parts if one))
        if hit.snippet.text:
            page = _("  (page {page})").format(page=hit.snippet.page) if hit.snippet.page else ""
            lines.append("    " + _marked(hit) + page)
    shown = ngettext("{shown} of {total} record.", "{shown} of {total} records.", results.total)
    shown = shown.format(shown=len(results.hits), total=results.total)
    lines.append(shown if results.total else _("Nothing found."))
    return lines


def show_values(shown: Shown, *, text: bool) -> dict[str, Any]:
    """Return everything about a record; its text page by page if that was asked for."""
    values = describe.described(shown)
    return values | {"pages": list(shown.pages)} if text else values


def show_lines(shown: Shown) -> list[str]:
    """Say what a record is."""
    lines = [f"{shown.reference}  {shown.record.kind}  {shown.title}".rstrip()]
    for name, value in describe.fields(shown).items():
        lines.append(f"  {name:<12} {_value(shown, value)}")
    told = {"sensitivity": shown.record.sensitivity, "state": shown.record.state}
    for name, value in shown.counts.items():
        if value != told[name]:
            words = _("counts as {value} here, until you set it yourself").format(value=value)
            lines.append(f"  {name:<12} {words}")
    for one in shown.record.attachments:
        lines.append(f"  {_('file'):<12} {one.name}, {size(one.size_bytes)}, {one.media_type}")
        lines.append(f"  {'':<12} SHA-256 {one.sha256}")
    for member in shown.members:
        lines.append(f"  {_('holds'):<12} {shown.names[member]} ({reference(member)})")
    lines += _fact_lines(shown)
    for conflict in describe.conflicts(shown):
        lines.append(_("  Not decided: {field}").format(field=conflict["field"]))
        lines += [f"    {one['choice']}: {one['value']}" for one in conflict["values"]]
    lines.append(_("  id           {id}").format(id=shown.record.id))
    return lines


def text_lines(shown: Shown) -> Iterator[str]:
    """Say the text of a record, page by page."""
    if not shown.pages:
        yield _("This record has no text.")
    for number, page in enumerate(shown.pages, start=1):
        if len(shown.pages) > 1:
            yield _("— page {page} —").format(page=number)
        yield page


def log_lines(shown: Shown) -> list[str]:
    """Say who said what of a record, and what was done with it here."""
    lines = [_("Log: what was said of {reference}").format(reference=shown.reference)]
    for entry in describe.described(shown)["log"]:
        author = shown.authors[entry["author"]]
        lines.append(f"  {entry['at'] or '?'}  {entry['type']}  {author}  {entry['entry'][:16]}")
        lines += [f"    {name}: {value}" for name, value in entry["sets"].items()]
        if not entry["sets"] and not entry["at"]:
            lines.append(_("    what it says was not told to you"))
    lines.append(_("Journal: what was done with it here"))
    lines += [f"  {describe.iso(line.at_utc)}  {line.what}" for line in shown.journal]
    return lines


def exported(done: Exported) -> list[str]:
    """Say what was taken out."""
    records = ngettext("{count} record", "{count} records", done.records)
    files = ngettext("{count} file", "{count} files", done.files)
    return [
        _("Taken out to {folder}, in clear: {records} with {files}.").format(
            folder=done.folder,
            records=records.format(count=done.records),
            files=files.format(count=done.files),
        )
    ]


def check_values(report: Report) -> dict[str, Any]:
    """Return all findings."""
    return {
        "ok": report.ok,
        "findings": [
            {"code": one.code, "record": one.record, "detail": one.detail}
            for one in report.findings
        ],
    }


def check_lines(report: Report, *, deep: bool) -> list[str]:
    """Say what is not right, record by record."""
    if report.ok and deep:
        return [_("All is well: every signature, every file, every text and the index.")]
    if report.ok:
        return [_("All is well. check --deep also opens every file.")]
    return [
        f"{reference(one.record) if one.record else '-'}  {one.code}  {one.detail}"
        for one in report.findings
    ]


def _taken(one: Taken) -> dict[str, Any]:
    reading = one.reading
    return {
        "record": one.record,
        "path": str(one.path),
        "kind": one.kind,
        "sha256": one.sha256,
        "outcome": str(reading.outcome),
        "why": _(reading.why) if reading.why else "",
        "family": [
            {"record": m.record, "name": m.name, "kind": m.kind, "sha256": m.sha256, "new": m.new}
            for m in one.family
        ],
    }


def _skipped(path: Path, why: str, record: RecordId | None) -> str:
    known = f" ({reference(record)})" if record else ""
    return f"{path}: {left_in_words(why)}{known}"


def _listed(lines: list[str]) -> list[str]:
    shown = [f"  {line}" for line in lines[:_LISTED]]
    if len(lines) > _LISTED:
        shown.append(_("  … and {count} more").format(count=len(lines) - _LISTED))
    return shown


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "record": hit.row.record,
        "reference": hit.row.reference,
        "kind": hit.row.kind,
        "title": hit.row.title,
        "date": hit.row.date,
        "snippet": hit.snippet.text,
        "marked": [list(one) for one in hit.snippet.marked],
        "page": hit.snippet.page,
        "score": round(hit.score, 6),
    }


def _marked(hit: Hit) -> str:
    text = hit.snippet.text
    for start, end in reversed(hit.snippet.marked):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text.replace("] [", " ")  # words beside each other are marked as one


def _value(shown: Shown, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(shown, one) for one in value)
    text = str(value)
    if text in shown.names:
        return f"{shown.names[text]} ({reference(RecordId(text))})"
    return text if len(text) <= 200 else text[:200] + " …"


def _fact_lines(shown: Shown) -> Iterator[str]:
    if shown.reading is None:
        return
    hidden = False
    for fact in shown.reading.facts:
        if fact.name in _HIDDEN_FACTS:
            hidden = True
        else:
            yield f"  {fact.name:<12} {fact.value}  [{fact.source}]"
    if hidden:
        yield _("  place        in the file; kept, not shown here")
    if shown.reading.why:
        yield f"  {_('note'):<12} {_(shown.reading.why)}"
