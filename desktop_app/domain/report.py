"""What a check found: all of it, each finding typed."""

from dataclasses import dataclass

from desktop_app.domain.ids import RecordId


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not right."""

    code: str  # a stable word for programs, e.g. "blob-damaged"
    record: RecordId | None  # the record concerned, where there is one
    detail: str  # one sentence for a person


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a check; none means that all is well."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
