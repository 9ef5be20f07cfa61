"""What is found out of a file: its kind, why it is not taken, its name, and a picture without what a camera noted."""

import io
import random

import pytest

from registry.lib.sniffing import NotTaken, Verdict, clean_name, recognise
from registry.lib.sniffing.pictures import stripped
from registry.lib.sniffing.verdicts import WORDS
from tests.files import HOSTILE, NAMES, SOUND, chunk, exif, jpg, pdf, png, segment


def verdict(name: str, content: bytes) -> str:
    try:
        recognise(io.BytesIO(content), clean_name(name), len(content))
    except NotTaken as refused:
        return refused.verdict.value
    return "sound"


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_recognised(name: str) -> None:
    content = SOUND[name]()
    found = recognise(io.BytesIO(content), name, len(content))
    assert name.lower().rpartition(".")[2] in found.endings


def test_each_hostile_file_gets_its_verdict() -> None:
    assert len(HOSTILE) >= 60
    given = {name: (verdict(name, make()), wanted) for name, make, wanted in HOSTILE}
    assert {name: pair for name, pair in given.items() if pair[0] != pair[1]} == {}


def test_every_verdict_is_met_and_has_its_words() -> None:
    assert {wanted for _, _, wanted in HOSTILE} == {one.value for one in Verdict}
    assert set(WORDS) == set(Verdict)


def test_what_is_broken_anywhere_is_refused_and_never_a_fault() -> None:
    chance = random.Random(14)
    for name, make in SOUND.items():
        whole = make()
        for _ in range(40):
            broken = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.5 else whole)
            for _ in range(chance.randrange(4)):
                if broken:
                    broken[chance.randrange(len(broken))] = chance.randrange(256)
            verdict(name, bytes(broken))


@pytest.mark.parametrize("given", NAMES)
def test_a_name_is_cleaned(given: str) -> None:
    assert clean_name(given) == NAMES[given]
    assert clean_name(NAMES[given]) == NAMES[given]


def test_a_stripped_photograph_tells_no_place_and_stays_the_right_way_up() -> None:
    photograph = jpg(
        exif(6), segment(0xED, b"Photoshop Matti"), segment(0xFE, b"comment Matti"), after=b"a trailer Matti"
    )
    bare = stripped(photograph, "jpg")
    assert not any(told in bare for told in (b"N61.4858", b"Matti"))
    assert b"points \xff\x00" in bare
    assert bare.endswith(b"\xff\xd9")
    assert stripped(bare, "jpg") == bare
    assert verdict("kuva.jpg", bare) == "sound"
    assert stripped(jpg(exif(1)), "jpg") == jpg()
    assert b"Exif" in bare, "it says nothing but which way is up"


def test_a_stripped_drawing_tells_no_author_and_no_time() -> None:
    told = [chunk(b"tEXt", b"Author\0Matti"), chunk(b"tIME", b"1234567"), chunk(b"eXIf", b"N61"), chunk(b"prVt", b"x")]
    assert stripped(png(*told, chunk(b"gAMA", b"\0\0\xb1\x8f")), "png") == png(chunk(b"gAMA", b"\0\0\xb1\x8f"))
    assert stripped(pdf(), "pdf") == pdf()


@pytest.mark.parametrize("notes", [b"", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"])
def test_notes_of_a_camera_that_make_no_sense_turn_nothing(notes: bytes) -> None:
    assert stripped(jpg(segment(0xE1, b"Exif\0\0" + notes)), "jpg") == jpg()
