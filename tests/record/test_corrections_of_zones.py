"""A zone that is corrected judges again, tells again, and leaves alone what was known before."""

import pytest

from tests.record.service import Service, of_study

pytestmark = pytest.mark.anyio

#: Grade 4 on 5 March in UTC, and on 6 March in Shanghai.
ONSET = (4, "2026-03-05T20:00:00Z")
#: Grade 3 for a local day and seven: out of the limit of 7 days in UTC alone.
COURSE = ((3, "2026-03-05T23:30:00Z"), (2, "2026-03-13T00:30:00Z"))


async def test_a_day_of_the_past_ends_in_the_zone_of_then(service: Service) -> None:
    await service.begin(time_zone="UTC", at="2026-03-04T00:00:00+00:00")
    await service.patient(time_zone="Asia/Shanghai")
    await service.event("AE-1", ONSET, at="2026-03-05T21:00:00+00:00")
    before = await service.verdicts(as_of="2026-03-05")
    assert before["verdicts"]["subject"]["status"] == "IN_WINDOW"
    assert before["known_at"] == "2026-03-05T15:59:59.999999Z"
    await service.patient(time_zone="UTC", at="2026-03-20T00:00:00+00:00")
    assert await service.verdicts(as_of="2026-03-05") == before


async def test_what_is_reinstated_is_told_again_to_who_goes_on_from_the_last_page(
    service: Service,
) -> None:
    await service.begin(time_zone="UTC", at="2026-05-30T00:00:00+00:00")
    await service.done("PUT", of_study("sites/01"), {"time_zone": "UTC"})
    await service.patient(site="01")
    await service.event("AE-1", *COURSE, ongoing=False)
    seen = []
    after = 0
    for day, zone in enumerate(("UTC", "Asia/Shanghai", "UTC")):
        at = f"2026-06-0{day + 1}T00:00:00+00:00"
        await service.done("PUT", of_study("sites/01"), {"time_zone": zone}, at=at)
        page = await service.get(of_study("adjudications"), after=after)
        since = await service.get(of_study("adjudications"), changed_since=at[:10])
        assert since["items"] == []
        for item in page["items"]:
            seen.append((item["number"], item["verdicts"]["subject"]["status"]))
            after = item["audit_seq"]
    assert [number for number, _ in seen] == [2, 3, 2]
    assert seen[0] == seen[2] != seen[1]
    again = await service.get(of_study("adjudications"), changed_since="2026-06-02")
    assert [item["number"] for item in again["items"]] == [2]
    then = await service.get(of_study("adjudications"), as_of="2026-06-02")
    assert [item["number"] for item in then["items"]] == [3]
