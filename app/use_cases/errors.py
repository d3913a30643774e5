"""What the use cases refuse: each error has a stable code and says what would be right."""

from app.domain.errors import DomainError, Fault


class UnknownStudy(DomainError):
    """There is no such study, or none that the asker may see: the two are told alike."""

    code = "unknown_study"

    def __init__(self, study: str) -> None:
        super().__init__(
            f"There is no study {study!r} that you may see; GET /v1/studies lists those that "
            "you may."
        )


class StudyExists(DomainError):
    """There is a study of that id."""

    code = "study_exists"

    def __init__(self, study: str) -> None:
        super().__init__(f"Study {study!r} exists: correct it by PUT, or give the new one its id.")


class UnknownRecord(DomainError):
    """The study has no record of that kind with that key."""

    code = "unknown_record"

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"The study has no {kind.replace('_', ' ')} {key!r}.")


class PreconditionFailed(DomainError):
    """The record is not as the client believes it to be."""

    code = "precondition_failed"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The record is not what If-Match or If-None-Match says: {why}. Read it, and decide "
            "again."
        )


class ReasonRequired(DomainError):
    """A person changes a record and does not say why."""

    code = "reason_required"

    def __init__(self) -> None:
        super().__init__(
            "A person who changes a record says why: write reason {code, text}; a feed may leave "
            "it out."
        )


class RecordVoided(DomainError):
    """The record is voided, and cannot be changed before it is restored."""

    code = "record_voided"

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(
            f"The {kind.replace('_', ' ')} {key!r} is voided: restore it (POST …/restore) first."
        )


class NotVoided(DomainError):
    """There is nothing to restore."""

    code = "not_voided"

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"The {kind.replace('_', ' ')} {key!r} is not voided.")


class VersionExists(DomainError):
    """The protocol version stands for another document."""

    code = "version_exists"

    def __init__(self, protocol_id: str, version: str) -> None:
        super().__init__(
            f"Protocol {protocol_id} has a version {version!r} with another document, and a "
            "version never changes: give the document a version of its own."
        )


class NoProtocol(DomainError):
    """No protocol had been activated for the study at that time."""

    code = "no_protocol"

    def __init__(self, study: str) -> None:
        super().__init__(f"No protocol of study {study!r} was known at that time.")


class TwoWaysOfExposure(DomainError):
    """A patient's exposures come in the patient's record or by source, not both."""

    code = "two_ways_of_exposure"

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"The exposures of patient {subject!r} come both in the patient's record and by "
            "source, and would count twice: leave `exposures` out of the patient, or void those "
            "by source."
        )


class UnknownHold(DomainError):
    """The study has no such hold."""

    code = "unknown_hold"

    def __init__(self, hold: str) -> None:
        super().__init__(f"The study has no hold {hold!r}.")


class HoldLifted(DomainError):
    """The hold has been lifted already."""

    code = "hold_lifted"

    def __init__(self, hold: str) -> None:
        super().__init__(f"Hold {hold!r} has been lifted already; place another to stop again.")


class UnknownAdjudication(DomainError):
    """There is no such adjudication, or none that the asker may see."""

    code = "unknown_adjudication"

    def __init__(self, adjudication: str) -> None:
        super().__init__(f"There is no adjudication {adjudication!r} that you may see.")


class KeyInUse(DomainError):
    """A request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_use"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still running: ask again.")


class KeyReused(DomainError):
    """The Idempotency-Key stands for another request."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another request: a new request needs a new key."
        )


class BatchRejected(DomainError):
    """Some items of an atomic batch were refused, so none was written."""

    code = "batch_rejected"

    def __init__(self, errors: tuple[DomainError | None, ...]) -> None:
        self.errors = errors
        refused = sum(error is not None for error in errors)
        super().__init__(
            f"{refused} of {len(errors)} items were refused, and nothing was written: mend them, "
            "or send the batch with mode independent."
        )


class UnknownJob(DomainError):
    """There is no such job, or none that the asker may see: the two are told alike."""

    code = "unknown_job"

    def __init__(self, job: str) -> None:
        super().__init__(f"There is no job {job!r} that you may see.")


class JobOver(DomainError):
    """The job has ended: nothing is left to cancel."""

    code = "job_over"

    def __init__(self, job: str, state: str) -> None:
        super().__init__(
            f"Job {job!r} has {state} already; what it did stays, and each record can be voided."
            if state != "cancelled"
            else f"Job {job!r} was cancelled already; send the same request to go on with it."
        )


class UnknownSystem(DomainError):
    """The study has no such source system: nobody said how its files are to be read."""

    code = "unknown_source_system"

    def __init__(self, study: str, system: str) -> None:
        super().__init__(
            f"Study {study!r} has no source system {system!r}: say how its files are read by "
            f"PUT /v1/studies/{study}/source-systems/{system}; an empty object will do to begin."
        )


class SnapshotOfNothing(DomainError):
    """A file is said to be a snapshot, and not of which extract."""

    code = "snapshot_without_extract"

    def __init__(self) -> None:
        super().__init__(
            "A snapshot tells which rows it lacks by its extract: name it (extract), another for "
            "each time."
        )


class VoidWithoutSnapshot(DomainError):
    """Rows that a file lacks are to be void, and it does not say that it has all rows."""

    code = "void_without_snapshot"

    def __init__(self, format: str, *, has_rows: bool) -> None:  # noqa: A002
        super().__init__(
            "Only a snapshot lacks rows: say that the file has all rows of its domains "
            "(semantics=snapshot with its extract; --snapshot), or do not ask for absent rows to "
            "be void."
            if has_rows
            else f"{format} has records and no rows that it could lack: void what was deleted by "
            "DELETE, and do not ask for absent rows to be void."
        )


class VoidWithoutReason(DomainError):
    """Rows that a snapshot lacks are to be void, and nobody says why."""

    code = "void_without_reason"

    def __init__(self) -> None:
        super().__init__(
            "Nothing becomes void without a reason: say why the rows that the snapshot lacks are "
            "to be (reason_code, such as DELETED_AT_SOURCE, and reason_text; --reason and --why)."
        )


class ReasonWithoutVoid(DomainError):
    """A reason for an import that voids nothing."""

    code = "reason_without_void"

    def __init__(self) -> None:
        super().__init__(
            "The reason is why rows that a snapshot lacks are to be void, and none is to be: ask "
            "for it (absent=void; --absent void), or leave the reason out."
        )


class BadReadjudication(DomainError):
    """What is asked for cannot be judged again so."""

    code = "bad_readjudication"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


class DataMoved(DomainError):
    """A dry run tells what would come out of data that are not the same any more."""

    code = "data_moved"

    def __init__(self, job: str, moved: str) -> None:
        super().__init__(
            f"Since dry run {job!r} began, {moved}: what it tells may not be what would come out. "
            "Make another dry run, and apply that."
        )


class NotApplicable(DomainError):
    """The job is no dry run that can be made real."""

    code = "not_applicable"

    def __init__(self, job: str, why: str) -> None:
        super().__init__(f"Job {job!r} cannot be applied: {why}.")


class NothingToResume(DomainError):
    """The job goes on, or did all that it had to do."""

    code = "nothing_to_resume"

    def __init__(self, job: str, state: str) -> None:
        super().__init__(
            f"Job {job!r} is {state}: only one that failed or was cancelled can be gone on with."
        )
