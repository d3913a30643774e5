"""The enrolment gate; nothing is stored."""

from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from app.api.bodies import Bodies
from app.domain.cohort.gate.findings import GateAnswer
from app.use_cases.enrolment import EnrolmentRequest, answer

GATE: Final = Bodies(TypeAdapter(EnrolmentRequest))
_ANSWER: Final = TypeAdapter(GateAnswer)

router = APIRouter(prefix="/v1/enrolment", tags=["enrolment"])


@router.post(
    "/gate",
    name="ask_gate",
    summary="May the next patient be dosed?",
    response_model=GateAnswer,
)
async def gate(request: Request) -> Response:
    """Whether a patient may be let in at a dose level on a day, by the protocol's own rules.

    If not, every reason with its clause, the earliest day, and whether a date is enough or an
    event is needed too. Only what was known on that day counts. Nothing is stored.
    """
    asked = await GATE.read(request)
    return Response(_ANSWER.dump_json(answer(asked)), media_type="application/json")
