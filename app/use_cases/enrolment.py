"""May the next patient be dosed? Nothing is stored."""

from dataclasses import dataclass, replace

from app.domain.case import STRICT
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.findings import GateAnswer
from app.domain.cohort.gate.gate import gate
from app.domain.cohort.gate.request import GateRequest
from app.domain.enrolment import gate_rules
from app.domain.errors import BadProtocol
from app.use_cases.adjudicate import ProtocolChoice, ready_protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest(GateRequest):
    """What is asked of the gate, and by which protocol."""

    __pydantic_config__ = STRICT

    protocol: ProtocolChoice


def answer(asked: EnrolmentRequest) -> GateAnswer:
    """Whether the gate is open, and if not, why and until when.

    Raises NotOfThisDesign, also where the protocol states no rule of enrolment.
    """
    try:
        rules = gate_rules(ready_protocol(asked.protocol))
    except BadProtocol as error:
        faults = (replace(fault, pointer="/protocol") for fault in error.faults)
        raise NotOfThisDesign(*faults) from error
    return gate(rules, asked)
