"""Random kills: senders, workers, beat and broker end at moments that nobody chose."""

import os
import random
import signal
import time

from .children import Forked
from .place import Place
from .register import fault
from .world import World

KILLS = int(os.environ.get("KILLS") or 60)
LETTERS = 5  # for each kill
MESSAGES = max(400, KILLS * LETTERS)
OF_CELERY = max(4, KILLS // 18)  # how many of them hit a real worker, its children, beat or the broker
SENDERS = 3
SEED = int(os.environ.get("SEED") or time.time())


class People:
    """Rounds with their writers, by the hundred, as long as there are kills to come."""

    def __init__(self, place: Place) -> None:
        self.place, self.world = place, World(place)
        place.manifest.expect(self.world.officer.email, "ierro", may=True, copies=99)

    def add(self, number: int) -> None:
        """Make a round with so many writers, all of whom should be reminded now."""
        round_, writers = self.world.round(), self.world.preparers(number)
        self.world.drafts(round_, writers)
        self.world.expect(round_, writers)


class Senders:
    """Sweepers that live for a random time; so long on average that a few letters go for each kill."""

    def __init__(self, place: Place) -> None:
        self.place, self.forker = place, place.forker(MAIL_CONNECTIONS=str(SENDERS))
        self.longest, self.lives = 4.0, list[tuple[float, Forked]]()
        for _ in range(SENDERS):
            self.begin()

    def begin(self) -> None:
        """Fork a sweeper and choose the moment of its end."""
        life = self.forker.sweeper(every=0.05)
        self.lives.append((time.monotonic() + random.uniform(0, self.longest), life))

    def kill_one(self, letters_a_kill: float) -> None:
        """Kill the one whose moment comes first, and begin another."""
        self.longest = min(8.0, self.longest * 1.05) if letters_a_kill < LETTERS else max(0.3, self.longest * 0.97)
        moment, life = min(self.lives, key=lambda one: one[0])
        time.sleep(max(0.0, moment - time.monotonic()))
        life.kill()
        self.lives.remove((moment, life))
        self.place.kills += 1
        self.begin()

    def end(self) -> None:
        """Kill all that are left."""
        for _, life in self.lives:
            life.kill()


def _at_work(place: Place) -> None:
    """Wait until a few more letters have gone, so that the kill hits processes at work; then a random moment."""
    had, end, letters = place.accepted(), time.monotonic() + 20, random.randint(1, 6)
    while place.accepted() < had + letters and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(random.uniform(0, 0.5))


def _through_celery(place: Place, people: People, kills: int) -> None:
    """Kill pool children, workers, beat and broker until so many are dead."""
    broker = place.broker()
    url = broker.url()
    beat, worker = place.beat(BROKER_URL=url), place.worker(processes_=2, BROKER_URL=url)
    for number in range(kills):
        if place.missing() < 50:
            people.add(200)
        _at_work(place)
        what = number % 10
        if what in {3, 8}:
            worker.kill()
        elif what == 5:
            beat.kill()
            beat = place.beat(BROKER_URL=url)
        elif what == 7:
            assert broker.process is not None
            broker.process.send_signal(signal.SIGKILL)
            broker.process.wait()
            broker.begin()
            broker.wait()
        elif children := worker.children():
            os.kill(random.choice(children), signal.SIGKILL)
        else:  # it is still on its way
            worker.kill()
        place.kills += 1
        if worker.process.poll() is not None:  # killed, or lost too many children while it began: it is started again
            worker = place.worker(processes_=2, BROKER_URL=url)


def _senders(place: Place, people: People, kills: int) -> None:
    """Kill sweepers at random moments until so many are dead."""
    senders = Senders(place)
    for number in range(kills):
        if number % 20 == 19 and place.missing() < 200:
            people.add(500)
        senders.kill_one(place.accepted() / (number + 1))
    senders.end()


def _killed(place: Place, kills: int, of_celery: int, letters: int) -> None:
    """Kill so many, first senders, then what belongs to Celery, over at least so many letters."""
    random.seed(SEED)
    place.notes.append(f"SEED={SEED}")
    people = People(place)
    for _ in range(0, letters, 400):
        people.add(min(400, letters))
    place.script({"at": "dot", "delay": 0.005, "jitter": 0.02}, {"at": "rcpt", "jitter": 0.01})
    _senders(place, people, kills - of_celery)
    sent, killed = place.accepted(), place.kills
    place.notes.append(f"{sent} letters under {killed} kills of senders")
    if of_celery:
        place.script({"at": "dot", "delay": 0.1, "jitter": 0.1})
        _through_celery(place, people, of_celery)
        more = place.accepted() - sent
        place.notes.append(f"{more} letters under {place.kills - killed} kills of worker, beat, broker")
    place.script()
    place.sweeper()
    place.finish(240)


@fault("Process", short=True)
def killed_at_random_a_few_times(place: Place) -> None:
    _killed(place, 15, 0, 100)


@fault("Process", within=300 + KILLS * 1.5)
def killed_at_random(place: Place) -> None:
    _killed(place, KILLS, OF_CELERY, MESSAGES)
