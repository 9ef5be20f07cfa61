"""Process: senders that die or stand still at the worst moments, and go on."""

import signal

from .place import Place
from .register import fault
from .world import simple


def _dies_at(place: Place, failpoint: str, number: int = 20) -> None:
    """Let the first sweeper that comes by die there, another take over."""
    simple(place, number)
    first = place.sweeper(FAILPOINTS=f"{failpoint}=kill")
    assert first.ends(60) == -signal.SIGKILL, f"it never came by {failpoint}: {first.said()[-500:]}"
    place.kills += 1
    place.sweeper()
    place.finish()


@fault("Process")
def killed_before_the_claim(place: Place) -> None:
    _dies_at(place, "before_claim")


@fault("Process")
def killed_after_the_claim(place: Place) -> None:
    _dies_at(place, "after_claim")


@fault("Process")
def killed_after_rcpt(place: Place) -> None:
    _dies_at(place, "after_rcpt@3")


@fault("Process")
def killed_before_the_first_byte_of_the_body(place: Place) -> None:
    _dies_at(place, "before_body@3")


@fault("Process", short=True)
def killed_after_the_dot_before_the_answer(place: Place) -> None:
    _dies_at(place, "after_dot@3")


@fault("Process")
def killed_after_the_answer_before_the_commit(place: Place) -> None:
    _dies_at(place, "after_answer@3")


@fault("Process")
def killed_amid_a_batch_of_200(place: Place) -> None:
    _dies_at(place, "after_answer@100", 200)


@fault("Process")
def killed_while_it_plans(place: Place) -> None:
    _dies_at(place, "after_plan")


@fault("Process")
def killed_with_letters_written_and_not_committed(place: Place) -> None:
    _dies_at(place, "after_post@5")


@fault("Process")
def killed_between_hand_over_and_sending(place: Place) -> None:
    _dies_at(place, "after_queue")
