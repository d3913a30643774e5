"""The shape of a dataset (CDISC Dataset-JSON 1.1), as far as ours use it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetColumn:
    """A variable; `keySequence` is its place among those that tell rows apart."""

    itemOID: Annotated[str, Field(examples=["IT.AE.AETERM"])]
    name: str
    label: Annotated[str, Field(max_length=40)]
    dataType: Literal["string", "integer"]
    keySequence: Annotated[int | None, Field(ge=1)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSystem:
    """What made the dataset."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset: its columns, and each row as a list of as many cells. A blank is not known."""

    datasetJSONCreationDateTime: str
    datasetJSONVersion: Literal["1.1.0"]
    fileOID: str
    sourceSystem: DatasetSystem
    studyOID: str
    itemGroupOID: str
    records: Annotated[int, Field(ge=0)]
    name: str
    label: str
    columns: tuple[DatasetColumn, ...]
    rows: tuple[tuple[str | int, ...], ...]
